namespace Stepwise.Sandboxing;

/// <summary>A sandbox did not start: it says nothing of the program that was to run in it.</summary>
/// <param name="message">Which sandbox, and what it said.</param>
/// <param name="innerException">The cause, where there is one.</param>
public sealed class SandboxException(string message, Exception? innerException = null) : Exception(message, innerException);

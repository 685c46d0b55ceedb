namespace Stepwise.Answers.Mathematics;

/// <summary>A text that is no mathematics, whoever reads it.</summary>
/// <param name="message">What is wrong with it, for people.</param>
internal sealed class MalformedException(string message) : Exception(message);

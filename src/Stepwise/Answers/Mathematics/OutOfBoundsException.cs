namespace Stepwise.Answers.Mathematics;

/// <summary>A text or a computation that goes beyond the bounds of reading and comparing answers.</summary>
/// <param name="message">Which bound, for people.</param>
internal sealed class OutOfBoundsException(string message) : Exception(message);

namespace Stepwise.Answers.Mathematics;

/// <summary>An expression that has no value, such as 1/0.</summary>
/// <param name="message">Why, for people.</param>
internal sealed class UndefinedException(string message) : Exception(message);

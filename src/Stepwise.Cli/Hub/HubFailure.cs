namespace Stepwise.Cli.Hub;

/// <summary>An exchange with a hub that may well succeed if it is tried again: a cut connection, an overloaded server.</summary>
/// <param name="message">What happened.</param>
/// <param name="retryAfter">How long the server asks to wait, if it does.</param>
/// <param name="innerException">The cause, if any.</param>
internal sealed class HubFailure(string message, TimeSpan? retryAfter = null, Exception? innerException = null) : Exception(message, innerException)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

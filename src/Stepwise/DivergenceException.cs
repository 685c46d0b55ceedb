namespace Stepwise;

/// <summary>The policy diverged: a log-probability, a loss or a norm is NaN or infinite. The message says where.</summary>
public sealed class DivergenceException : RunException
{
    /// <summary>Creates the failure.</summary>
    /// <param name="message">Which number of what is not finite, and where.</param>
    /// <param name="inUpdate">See <see cref="InUpdate"/>.</param>
    public DivergenceException(string message, bool inUpdate)
        : base(message) => InUpdate = inUpdate;

    /// <summary>
    /// Whether an update brought it: the weights of the last whole training step had sampled finite numbers. Otherwise these are the bad ones.
    /// </summary>
    public bool InUpdate { get; }
}

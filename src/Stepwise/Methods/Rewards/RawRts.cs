namespace Stepwise.Methods.Rewards;

/// <summary>RTS itself.</summary>
public sealed record RawRts : IRtsShaping
{
    /// <inheritdoc/>
    public double Reward(double rts) => rts;
}

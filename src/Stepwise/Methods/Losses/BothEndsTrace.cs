using Stepwise.Options;

namespace Stepwise.Methods.Losses;

/// <summary>max((γλ)^l, (γλ)^(t − l)): tokens close to this one and those at the completion's start weigh most.</summary>
public sealed record BothEndsTrace : ITrace
{
    /// <summary>γλ in [0, 1], what is left of a weight from one token to the next.</summary>
    [Key("what is left of a trace's weight from one token to the next", Low = 0, High = 1)]
    public double TraceDecay { get; init; } = 0.99;

    /// <inheritdoc/>
    public double Weight(int token, int lag) => lag == 0 ? 1.0 : Math.Pow(TraceDecay, Math.Min(lag, token - lag));
}

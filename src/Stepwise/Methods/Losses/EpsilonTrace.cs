using Stepwise.Options;

namespace Stepwise.Methods.Losses;

/// <summary>max((γλ)^l, ε): the closer an earlier token, the more it weighs, and none is forgotten.</summary>
public sealed record EpsilonTrace : ITrace
{
    /// <summary>γλ in [0, 1], what is left of a weight from one token to the next.</summary>
    [Key("what is left of a trace's weight from one token to the next", Low = 0, High = 1)]
    public double TraceDecay { get; init; } = 0.99;

    /// <summary>ε in [0, 1], the least that an earlier token weighs.</summary>
    [Key("the least that an earlier token weighs in a trace", Low = 0, High = 1)]
    public double TraceFloor { get; init; } = 0.1;

    /// <inheritdoc/>
    public double Weight(int token, int lag) => lag == 0 ? 1.0 : Math.Max(Math.Pow(TraceDecay, lag), TraceFloor);
}

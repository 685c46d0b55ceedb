using Stepwise.Options;

namespace Stepwise.Methods.Losses;

/// <summary>(γλ)^l: the closer an earlier token, the more it weighs.</summary>
public sealed record RecentTrace : ITrace
{
    /// <summary>γλ in [0, 1], what is left of a weight from one token to the next.</summary>
    [Key("what is left of a trace's weight from one token to the next", Low = 0, High = 1)]
    public double TraceDecay { get; init; } = 0.99;

    /// <inheritdoc/>
    public double Weight(int token, int lag) => Math.Pow(TraceDecay, lag);
}

using Stepwise.Options;

namespace Stepwise.Policies;

/// <summary>AdamW with decoupled weight decay and clipping by the gradient's global norm.</summary>
public sealed record OptimizerOptions
{
    /// <summary>β₁, decay of the first moment; in [0, 1).</summary>
    [Key("decay of AdamW's first moment", Low = 0, High = 1, BelowHigh = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, decay of the second moment; in [0, 1).</summary>
    [Key("decay of AdamW's second moment", Low = 0, High = 1, BelowHigh = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root of the second moment; above 0.</summary>
    [Key("added to the root of the second moment", Low = 0, AboveLow = true, High = 1)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>λ, decoupled weight decay; at least 0.</summary>
    [Key("decoupled weight decay", Low = 0, High = 100)]
    public double WeightDecay { get; init; }

    /// <summary>The largest global L2 norm of a gradient, longer ones are scaled down to it; 0 clips nothing.</summary>
    [Key("largest global norm of a gradient; 0 clips nothing", Low = 0, High = 1e9)]
    public double ClipNorm { get; init; } = 1.0;
}

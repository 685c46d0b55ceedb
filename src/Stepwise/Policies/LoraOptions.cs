using Stepwise.Options;

namespace Stepwise.Policies;

/// <summary>The matrices of a layer that can have adapters, by the names that checkpoints give them.</summary>
[Flags]
public enum LoraTargets
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Queries.</summary>
    QProj = 1,

    /// <summary>Keys.</summary>
    KProj = 2,

    /// <summary>Values.</summary>
    VProj = 4,

    /// <summary>Attention's output.</summary>
    OProj = 8,

    /// <summary>The feed-forward gate.</summary>
    GateProj = 16,

    /// <summary>The feed-forward entry.</summary>
    UpProj = 32,

    /// <summary>The feed-forward output.</summary>
    DownProj = 64,

    /// <summary>Every matrix of every layer.</summary>
    AllLinear = QProj | KProj | VProj | OProj | GateProj | UpProj | DownProj,
}

/// <summary>How frozen weights are stored.</summary>
public enum FrozenType
{
    /// <summary>As fp32.</summary>
    Float32,

    /// <summary>As BF16: half the memory; for checkpoints whose matrices BF16 represents, others are refused.</summary>
    Bfloat16,
}

/// <summary>
/// Low-rank adapters: a frozen matrix W gets two small trained ones, <c>y = x Wᵀ + (α / r) (x Aᵀ) Bᵀ</c> with A [r, in] and B [out, r].
/// </summary>
/// <remarks>
/// A starts uniform in ±1/√in and B at zero, so that training starts at the frozen policy. Gradient and moments exist for A and B only.
/// Hu et al. 2021, arXiv 2106.09685, §4.1; initialisation as in its reference implementation.
/// </remarks>
public sealed record LoraOptions : IRemarks
{
    /// <summary>The rank r; in [1, 4096]. 0 has no adapters: every weight is trained.</summary>
    [Key("rank of adapters trained beside frozen weights; 0 trains all weights", Low = 0, High = 4096)]
    public int Rank { get; init; }

    /// <summary>α; the adapters' product is scaled by α / r. Above 0.</summary>
    [Key("adapters are scaled by alpha / rank", Low = 0, AboveLow = true, High = 1e6)]
    public double Alpha { get; init; } = 16;

    /// <summary>The matrices that get adapters; at least one.</summary>
    [Key("the matrices that have adapters")]
    public LoraTargets Targets { get; init; } = LoraTargets.AllLinear;

    /// <summary>How the frozen matrices are stored; the adapters are fp32.</summary>
    [Key("how the frozen matrices are stored; bfloat16 for checkpoints in BF16")]
    public FrozenType Frozen { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Property, string Remark)> Remarks() => Rank > 0
        ? []
        : new[] { nameof(Alpha), nameof(Targets), nameof(Frozen) }.Select(property => (property, " has no effect while lora.rank is 0"));
}

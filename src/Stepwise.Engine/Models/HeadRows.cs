using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>The rows that predict targets, and one chunk of logits.</summary>
internal readonly unsafe struct HeadRows
{
    public required float* Hidden { get; init; }

    public required float* Normed { get; init; }

    public required float* InverseRms { get; init; }

    public required float* LogSumExp { get; init; }

    public required float* LogProbs { get; init; }

    public required float* Entropies { get; init; }

    /// <summary>∂L/∂ℓ.</summary>
    public required float* Gradient { get; init; }

    public required float* NormedGradient { get; init; }

    public required float* HiddenGradient { get; init; }

    public required float* Logits { get; init; }

    public required int ChunkRows { get; init; }

    /// <summary>
    /// Floats that <see cref="Allocate"/> takes at most, and a target's two indices in <see cref="BatchRows"/>; rounding of each array aside.
    /// </summary>
    public static long Floats(ModelConfig config, int targets) =>
        (targets * ((4L * config.Width) + 7)) + ((long)Rows(config, targets, HeadPass.LogitBudget) * config.VocabularySize);

    public static HeadRows Allocate(Arena arena, ModelConfig config, int targets, int logitBudget)
    {
        long size = (long)targets * config.Width;
        int rows = Rows(config, targets, logitBudget);
        return new HeadRows
        {
            Hidden = arena.Take(size),
            Normed = arena.Take(size),
            InverseRms = arena.Take(targets),
            LogSumExp = arena.Take(targets),
            LogProbs = arena.Take(targets),
            Entropies = arena.Take(targets),
            Gradient = arena.Take(targets),
            NormedGradient = arena.Take(size),
            HiddenGradient = arena.Take(size),
            Logits = arena.Take((long)rows * config.VocabularySize),
            ChunkRows = rows,
        };
    }

    private static int Rows(ModelConfig config, int targets, int logitBudget) =>
        Math.Clamp(logitBudget / config.VocabularySize, 1, Math.Max(1, targets));
}

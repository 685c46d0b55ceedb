using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>The index arrays of a batch in native memory.</summary>
internal readonly unsafe struct BatchRows
{
    public required int Count { get; init; }

    public required int TargetCount { get; init; }

    public required int* Tokens { get; init; }

    public required int* Positions { get; init; }

    public required int* PredictingRows { get; init; }

    public required int* Targets { get; init; }

    public static BatchRows Copy(Arena arena, PackedBatch batch) => new()
    {
        Count = batch.Rows,
        TargetCount = batch.PredictingRows.Length,
        Tokens = Copy(arena, batch.Tokens),
        Positions = Copy(arena, batch.Positions),
        PredictingRows = Copy(arena, batch.PredictingRows),
        Targets = Copy(arena, batch.Targets),
    };

    private static int* Copy(Arena arena, ReadOnlySpan<int> values)
    {
        int* copy = (int*)arena.Take(values.Length);
        values.CopyTo(new Span<int>(copy, values.Length));
        return copy;
    }
}

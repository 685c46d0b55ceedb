using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <content>Logits, for checks against other implementations.</content>
internal sealed unsafe partial class TrainingPass
{
    /// <summary>Logits of every row; for checks on small models, as it holds them all.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="logits">[rows, V].</param>
    public void Logits(PackedBatch batch, float* logits)
    {
        Arena arena = Reserve(batch, 0, KeptLayers.OfScoring);
        BatchRows rows = BatchRows.Copy(arena, batch);
        float* output = Forward(batch, rows, arena, CancellationToken.None);
        _decoder.Logits(output, rows.Count, output, null, logits);
    }

    /// <summary>Logits of the last row; [V].</summary>
    public void LastLogits(PackedBatch batch, float* logits)
    {
        Arena arena = Reserve(batch, 0, KeptLayers.OfScoring);
        BatchRows rows = BatchRows.Copy(arena, batch);
        float* last = Forward(batch, rows, arena, CancellationToken.None) + ((long)(rows.Count - 1) * _config.Width);
        _decoder.Logits(last, 1, last, null, logits);
    }
}

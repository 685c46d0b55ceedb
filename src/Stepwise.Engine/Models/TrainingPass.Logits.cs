using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <content>Whole rows of logits and log-probabilities.</content>
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

    /// <summary>Log-probabilities of every next token after hidden states.</summary>
    /// <param name="states">States after the final norm; [rows, C].</param>
    /// <param name="rows">Number of states.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="logProbs">[rows, V].</param>
    public void LogProbs(ReadOnlySpan<float> states, int rows, double temperature, Span<float> logProbs)
    {
        float inverseTemperature = (float)(1 / temperature);
        int vocabulary = _config.VocabularySize;
        float[] normalisers = new float[rows];
        fixed (float* normed = states, logits = logProbs, logSumExp = normalisers)
        {
            _decoder.HeadLogits(normed, rows, logits);
            SoftmaxHead.Forward(_decoder.Workers, logits, vocabulary, rows, vocabulary, inverseTemperature, null, logSumExp, null, null);
            for (int row = 0; row < rows; row++)
            {
                foreach (ref float logit in logProbs.Slice(row * vocabulary, vocabulary))
                {
                    logit = SoftmaxHead.LogProb(logit, inverseTemperature, logSumExp[row]);
                }
            }
        }
    }
}

using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>The end of the model over the targets of a batch: final norm, output projection and log-probabilities.</summary>
/// <remarks>
/// The logits of a large batch are never held whole: the head, the loss and the head's backward run on a few groups at a time, and a
/// chunk's logits become their own gradient in place. Only a group too large for one chunk has its logits computed a second time.
/// </remarks>
/// <param name="decoder">The decoder.</param>
/// <param name="logitBudget">Floats of logits held at once; at most the default, at least a row's.</param>
internal sealed unsafe class HeadPass(Decoder decoder, int logitBudget)
{
    /// <summary>Floats of logits held at once, 256 MiB: a group of 1365 tokens at a vocabulary of 49,152.</summary>
    public const int LogitBudget = 64 << 20;

    /// <summary>Gathers the rows that predict targets, and norms them.</summary>
    /// <param name="rows">The batch.</param>
    /// <param name="output">The residual stream after the last layer; [rows, C].</param>
    /// <param name="arena">Memory for the rows that predict targets.</param>
    public HeadRows Predict(in BatchRows rows, float* output, Arena arena)
    {
        HeadRows head = HeadRows.Allocate(arena, decoder.Config, rows.TargetCount, logitBudget);
        Embedding.Forward(decoder.Workers, output, rows.PredictingRows, head.Hidden, rows.TargetCount, decoder.Config.Width);
        RmsNorm.Forward(
            decoder.Workers, head.Hidden, decoder.Weights.At(decoder.Weights.Layout.FinalNorm), head.Normed, rows.TargetCount, decoder.Config.Width,
            (float)decoder.Config.RmsNormEpsilon, head.InverseRms);
        return head;
    }

    /// <summary>Log-probabilities and entropies of some targets, a chunk of logits at a time; the last chunk's logits stay.</summary>
    public void Forward(in BatchRows rows, in HeadRows head, double temperature, int first, int targets)
    {
        for (int start = first, end = first + targets; start < end; start += head.ChunkRows)
        {
            int count = Math.Min(head.ChunkRows, end - start);
            decoder.HeadLogits(head.Normed + ((long)start * decoder.Config.Width), count, head.Logits);
            SoftmaxHead.Forward(
                decoder.Workers, head.Logits, decoder.Config.VocabularySize, count, decoder.Config.VocabularySize, (float)(1 / temperature),
                rows.Targets + start, head.LogSumExp + start, head.LogProbs + start, head.Entropies + start);
        }
    }

    /// <summary>From ∂L/∂ℓ of the targets that <see cref="Forward"/> saw last to the gradients of the head and of the normed rows.</summary>
    public void Backward(in BatchRows rows, in HeadRows head, double temperature, int first, int targets, float* gradient)
    {
        int width = decoder.Config.Width, vocabulary = decoder.Config.VocabularySize;
        BackwardMatrices matrices = decoder.Weights.PrepareBackward();
        for (int start = first, end = first + targets; start < end; start += head.ChunkRows)
        {
            int count = Math.Min(head.ChunkRows, end - start);
            float* normed = head.Normed + ((long)start * width);
            if (targets > head.ChunkRows)
            {
                decoder.HeadLogits(normed, count, head.Logits);
            }

            SoftmaxHead.Backward(
                decoder.Workers, head.Logits, vocabulary, count, vocabulary, (float)(1 / temperature), rows.Targets + start,
                head.LogSumExp + start, head.Gradient + start);
            MatMul.Multiply(
                decoder.Workers, head.Logits, vocabulary, matrices.Head, head.NormedGradient + ((long)start * width), width, count,
                accumulate: false);
            if (decoder.Adapters is null)
            {
                MatMul.AccumulateOuter(
                    decoder.Workers, head.Logits, vocabulary, normed, width, gradient + decoder.Weights.Layout.Head.Offset, width, count,
                    vocabulary, width);
            }
        }
    }

    /// <summary>From the gradient of the normed rows to that of the final norm and of the residual stream after the last layer.</summary>
    public void PredictBackward(in BatchRows rows, in HeadRows head, float* dx, float* gradient)
    {
        Parameter norm = decoder.Weights.Layout.FinalNorm;
        RmsNorm.Backward(
            decoder.Workers, head.NormedGradient, head.Hidden, decoder.Weights.At(norm), head.InverseRms, head.HiddenGradient,
            decoder.GradientOf(norm, gradient), rows.TargetCount, decoder.Config.Width, accumulate: false);
        Embedding.Backward(decoder.Workers, head.HiddenGradient, rows.PredictingRows, dx, rows.TargetCount, decoder.Config.Width);
    }
}

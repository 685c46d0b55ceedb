using Stepwise.Engine.Kernels;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Tests.Models;

/// <summary>The logits of every position of a sequence under a model at rest.</summary>
internal static class ModelLogits
{
    /// <returns>[T, V], row by row.</returns>
    public static unsafe float[] Of(IWeightSource source, int[] tokens)
    {
        using Workers workers = new(1);
        using DecoderWeights weights = new(source.Config, workers);
        weights.Load(source);
        using Decoder decoder = new(weights, workers);
        using TrainingPass pass = new(decoder);
        float[] logits = new float[tokens.Length * source.Config.VocabularySize];
        fixed (float* address = logits)
        {
            pass.Logits(PackedBatch.OfPrompts([tokens]), address);
        }

        return logits;
    }
}

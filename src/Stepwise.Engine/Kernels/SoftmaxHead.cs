using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Kernels;

/// <summary>
/// The end of the model: log-probabilities of tokens under softmax(logits / temperature). The sampler and the trainer both take them from
/// here, so that they are the same bits.
/// </summary>
internal static unsafe class SoftmaxHead
{
    /// <summary>Per row: the log of the normaliser, the target's log-probability and the entropy.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="ld">Floats from row to row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="vocabulary">Number of tokens, at least 1.</param>
    /// <param name="inverseTemperature">1 / temperature, above 0.</param>
    /// <param name="targets">[rows] token ids in [0, vocabulary), or −1 for a row without target; or null.</param>
    /// <param name="logSumExp">[rows], receives log Σ exp(logit / temperature).</param>
    /// <param name="logProbs">[rows], receives the target's log-probability, 0 without target; null where targets is.</param>
    /// <param name="entropy">[rows], receives the entropy in nats; or null.</param>
    public static void Forward(
        Workers workers, float* logits, int ld, int rows, int vocabulary, float inverseTemperature, int* targets,
        float* logSumExp, float* logProbs, float* entropy)
    {
        ForwardKernel kernel = new()
        {
            Logits = logits, Ld = ld, Vocabulary = vocabulary, InverseTemperature = inverseTemperature, Targets = targets,
            LogSumExp = logSumExp, LogProbs = logProbs, Entropy = entropy,
        };
        workers.For(ref kernel, rows, Math.Max(1, 4096 / vocabulary));
    }

    /// <summary>The log-probability of a token, from its logit and the row's normaliser.</summary>
    /// <param name="logit">The token's logit.</param>
    /// <param name="inverseTemperature">1 / temperature.</param>
    /// <param name="logSumExp">From <see cref="Forward"/>.</param>
    public static float LogProb(float logit, float inverseTemperature, float logSumExp)
        => MathF.FusedMultiplyAdd(logit, inverseTemperature, -logSumExp);

    /// <summary>The gradient, in place: logits become dLogProb · (onehot(target) − softmax) / temperature.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="logits">[rows, vocabulary]; replaced by their gradient.</param>
    /// <param name="ld">Floats from row to row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="vocabulary">Number of tokens.</param>
    /// <param name="inverseTemperature">1 / temperature, as in the forward pass.</param>
    /// <param name="targets">[rows] token ids; a row with −1 gets a zero gradient.</param>
    /// <param name="logSumExp">[rows], from the forward pass.</param>
    /// <param name="dlogProbs">[rows].</param>
    public static void Backward(
        Workers workers, float* logits, int ld, int rows, int vocabulary, float inverseTemperature, int* targets,
        float* logSumExp, float* dlogProbs)
    {
        BackwardKernel kernel = new()
        {
            Logits = logits, Ld = ld, Vocabulary = vocabulary, InverseTemperature = inverseTemperature, Targets = targets,
            LogSumExp = logSumExp, DlogProbs = dlogProbs,
        };
        workers.For(ref kernel, rows, Math.Max(1, 4096 / vocabulary));
    }

    private struct ForwardKernel : IRangeKernel
    {
        public float* Logits;
        public nint Ld;
        public int Vocabulary;
        public float InverseTemperature;
        public int* Targets;
        public float* LogSumExp;
        public float* LogProbs;
        public float* Entropy;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                float* logits = Logits + (row * Ld);
                float max = VectorMath.Max(logits, Vocabulary) * InverseTemperature;
                (float sum, float weighted) = Sums(logits, max);
                float logSum = (float)Math.Log(sum);
                LogSumExp[row] = max + logSum;
                if (Targets != null)
                {
                    int target = Targets[row];
                    LogProbs[row] = target < 0 ? 0f : LogProb(logits[target], InverseTemperature, LogSumExp[row]);
                }

                if (Entropy != null)
                {
                    Entropy[row] = logSum - (weighted / sum);
                }
            }
        }

        /// <summary>Σ e^z and Σ z·e^z over z = logit / temperature − max.</summary>
        private readonly (float Sum, float Weighted) Sums(float* logits, float max)
        {
            Vector512<float> scale = Vector512.Create(InverseTemperature);
            Vector512<float> shift = Vector512.Create(-max);
            Vector512<float> sum = default;
            Vector512<float> weighted = default;
            int i = 0;
            for (; i <= Vocabulary - Lanes.Count; i += Lanes.Count)
            {
                Add(Vector512.FusedMultiplyAdd(Vector512.Load(logits + i), scale, shift), ref sum, ref weighted);
            }

            if (i < Vocabulary)
            {
                Vector512<float> tail = Lanes.LoadTail(logits + i, Vocabulary - i, float.NegativeInfinity);
                Add(Vector512.FusedMultiplyAdd(tail, scale, shift), ref sum, ref weighted);
            }

            return (Lanes.Sum(sum), Lanes.Sum(weighted));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(Vector512<float> z, ref Vector512<float> sum, ref Vector512<float> weighted)
        {
            Vector512<float> e = VectorMath.Exp(z);
            sum += e;

            // A token of probability 0 has z = −∞: its share of the entropy is 0, not 0 · ∞.
            Vector512<float> finite = Vector512.ConditionalSelect(Vector512.Equals(e, Vector512<float>.Zero), default, z);
            weighted = Vector512.FusedMultiplyAdd(e, finite, weighted);
        }
    }

    private struct BackwardKernel : IRangeKernel
    {
        public float* Logits;
        public nint Ld;
        public int Vocabulary;
        public float InverseTemperature;
        public int* Targets;
        public float* LogSumExp;
        public float* DlogProbs;

        public readonly void Run(int start, int end, int worker)
        {
            for (int row = start; row < end; row++)
            {
                float* logits = Logits + (row * Ld);
                int target = Targets[row];
                float gradient = target < 0 ? 0f : DlogProbs[row] * InverseTemperature;
                if (gradient == 0f)
                {
                    new Span<float>(logits, Vocabulary).Clear();
                    continue;
                }

                Vector512<float> scale = Vector512.Create(InverseTemperature);
                Vector512<float> shift = Vector512.Create(-LogSumExp[row]);
                Vector512<float> factor = Vector512.Create(-gradient);
                int i = 0;
                for (; i <= Vocabulary - Lanes.Count; i += Lanes.Count)
                {
                    Vector512<float> z = Vector512.FusedMultiplyAdd(Vector512.Load(logits + i), scale, shift);
                    (VectorMath.Exp(z) * factor).Store(logits + i);
                }

                if (i < Vocabulary)
                {
                    Vector512<float> tail = Lanes.LoadTail(logits + i, Vocabulary - i);
                    Vector512<float> z = Vector512.FusedMultiplyAdd(tail, scale, shift);
                    Lanes.StoreTail(VectorMath.Exp(z) * factor, logits + i, Vocabulary - i);
                }

                logits[target] += gradient;
            }
        }
    }
}

using Stepwise.Engine.Kernels;
using Stepwise.Engine.Kernels.Reference;

namespace Stepwise.Engine.Models.Reference;

/// <summary>The plain twin of <see cref="Decoder"/>, in double precision: one sequence at a time, every row anew, nothing shared or kept.</summary>
/// <param name="config">The model's shape.</param>
/// <param name="weights">All weights in the order of <see cref="ParameterLayout"/>; read at every call.</param>
internal sealed class ReferenceDecoder(ModelConfig config, double[] weights)
{
    private readonly ParameterLayout _layout = new(config);

    private int QueryWidth => config.Heads * config.HeadSize;

    private int KeyWidth => config.KeyValueHeads * config.HeadSize;

    /// <summary>Log-probabilities of a completion's tokens after a prompt.</summary>
    public double[] LogProbs(int[] prompt, int[] completion, double temperature)
    {
        int[] tokens = [.. prompt, .. completion];
        double[] logits = Logits(tokens);
        double[] logProbs = new double[completion.Length];
        for (int t = 0; t < completion.Length; t++)
        {
            ReadOnlySpan<double> row = logits.AsSpan((prompt.Length + t - 1) * config.VocabularySize, config.VocabularySize);
            logProbs[t] = ReferenceSoftmaxHead.Forward(row, completion[t], 1 / temperature).LogProb;
        }

        return logProbs;
    }

    /// <summary>Logits after every token; [tokens, V].</summary>
    public double[] Logits(int[] tokens) => Multiply(States(tokens), _layout.Head, tokens.Length);

    /// <summary>The state after every token that the output projection reads; [tokens, C].</summary>
    public double[] States(int[] tokens)
    {
        double[] x = new double[tokens.Length * config.Width];
        for (int row = 0; row < tokens.Length; row++)
        {
            At(_layout.Embedding).Slice(tokens[row] * config.Width, config.Width).CopyTo(x.AsSpan(row * config.Width));
        }

        for (int l = 0; l < config.Layers; l++)
        {
            LayerParameters layer = _layout.Layers[l];
            Add(x, Attention(l, Norm(x, layer.AttentionNorm), tokens.Length));
            Add(x, FeedForward(layer, Norm(x, layer.FeedForwardNorm), tokens.Length));
        }

        return Norm(x, _layout.FinalNorm);
    }

    private double[] Attention(int index, double[] x, int rows)
    {
        LayerParameters layer = _layout.Layers[index];
        double[] q = Multiply(x, layer.Query, rows), k = Multiply(x, layer.Key, rows), v = Multiply(x, layer.Value, rows);
        if (layer.QueryBias is { } queryBias)
        {
            ReadOnlySpan<double> biases = weights.AsSpan((int)queryBias.Offset, QueryWidth + (2 * KeyWidth));
            AddBias(q, biases[..QueryWidth]);
            AddBias(k, biases.Slice(QueryWidth, KeyWidth));
            AddBias(v, biases[(QueryWidth + KeyWidth)..]);
        }

        if (layer.QueryNorm is { } queryNorm)
        {
            q = Norm(q, queryNorm);
            k = Norm(k, layer.KeyNorm!);
        }

        if (!config.LayersWithoutRope.Contains(index))
        {
            int[] positions = [.. Enumerable.Range(0, rows)];
            float[] frequencies = config.RopeScaling.InverseFrequencies(config.HeadSize, config.RopeTheta);
            ReferenceRope.Forward(q, frequencies, config.RopeScaling.AttentionFactor, positions, rows, config.Heads);
            ReferenceRope.Forward(k, frequencies, config.RopeScaling.AttentionFactor, positions, rows, config.KeyValueHeads);
        }

        int window = config.LayersWithoutWindow.Contains(index) ? int.MaxValue : config.SlidingWindow ?? int.MaxValue;
        double[] attended = new double[rows * QueryWidth];
        HeadLayout heads = new(config.Heads, config.KeyValueHeads, config.HeadSize);
        ReferenceAttention.Forward(heads, q, k, v, attended, [new Segment(0, rows)], 1 / Math.Sqrt(config.HeadSize), window);
        return Multiply(attended, layer.Output, rows);
    }

    private double[] FeedForward(LayerParameters layer, double[] x, int rows)
    {
        double[] activated = new double[rows * config.FeedForwardWidth];
        ReferenceSwiGlu.Forward(Multiply(x, layer.Gate, rows), Multiply(x, layer.Up, rows), activated);
        return Multiply(activated, layer.Down, rows);
    }

    private Span<double> At(Parameter parameter) => weights.AsSpan((int)parameter.Offset, (int)parameter.Count);

    /// <summary>Normalises consecutive vectors of the weight's length: rows, or the heads of rows.</summary>
    private double[] Norm(double[] x, Parameter weight)
    {
        double[] y = new double[x.Length];
        int width = weight.Shape[0];
        ReferenceRmsNorm.Forward(x, At(weight), y, x.Length / width, width, config.RmsNormEpsilon);
        return y;
    }

    private double[] Multiply(double[] x, Parameter matrix, int rows)
    {
        double[] y = new double[rows * matrix.Shape[0]];
        ReferenceMatMul.Multiply(x, At(matrix), y, rows, matrix.Shape[0], matrix.Shape[1]);
        return y;
    }

    private static void Add(double[] y, double[] x)
    {
        for (int i = 0; i < y.Length; i++)
        {
            y[i] += x[i];
        }
    }

    private static void AddBias(double[] y, ReadOnlySpan<double> bias)
    {
        for (int i = 0; i < y.Length; i++)
        {
            y[i] += bias[i % bias.Length];
        }
    }
}

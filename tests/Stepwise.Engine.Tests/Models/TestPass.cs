using Stepwise.Engine.Formats;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>A model's training pass with its gradient in the open; biases and norms are random too.</summary>
internal sealed unsafe class TestPass : IDisposable
{
    private readonly Workers _workers;
    private readonly Decoder _decoder;
    private readonly TrainingPass _pass;
    private readonly NativeBuffer<float> _gradient;

    public TestPass(string family, int threads, bool recompute = false, int? logitBudget = null)
    {
        _workers = new Workers(threads);
        Weights = new DecoderWeights(Config = TestModel.Config(family), _workers);
        Weights.Initialize(11);
        foreach (Parameter vector in Layout.All.Where(p => !p.IsMatrix))
        {
            for (int i = 0; i < vector.Count; i++)
            {
                Weights.At(vector)[i] += 0.3f * (float)CounterRandom.Normal(12, (ulong)(vector.Offset + i));
            }
        }

        Weights.Pack();
        _decoder = new Decoder(Weights, _workers);
        _pass = logitBudget is { } budget ? new TrainingPass(_decoder, recompute, budget) : new TrainingPass(_decoder, recompute);
        _gradient = new NativeBuffer<float>(Layout.Count);
    }

    /// <summary>A stored model.</summary>
    public TestPass(IWeightSource source)
    {
        _workers = new Workers(2);
        Config = source.Config;
        Weights = new DecoderWeights(Config, _workers);
        Weights.Load(source);
        _decoder = new Decoder(Weights, _workers);
        _pass = new TrainingPass(_decoder);
        _gradient = new NativeBuffer<float>(Layout.Count);
    }

    /// <summary>A stored model, frozen, and stored adapters beside it.</summary>
    public TestPass(string model, string adapters, LoraOptions lora)
    {
        _workers = new Workers(2);
        using IWeightSource source = WeightSource.Open(model);
        Config = source.Config;
        Weights = new DecoderWeights(Config, _workers);
        Weights.Load(source);
        Adapters = new Adapters(Config, lora, _workers);
        AdapterFolder.Restore(adapters, Adapters);
        _decoder = new Decoder(Weights, _workers, Adapters);
        _pass = new TrainingPass(_decoder);
        _gradient = new NativeBuffer<float>(Adapters.Layout.Count);
    }

    public ModelConfig Config { get; }

    public DecoderWeights Weights { get; }

    /// <summary>What the gradient is of, where the weights are frozen.</summary>
    public Adapters? Adapters { get; }

    public ParameterLayout Layout => Weights.Layout;

    /// <summary>The gradient of the batches' summed losses, and that sum.</summary>
    public (float[] Gradient, double Loss) Gradient(params IEnumerable<TrainingBatch> batches)
    {
        _gradient.Span.Clear();
        double loss = 0;
        foreach (TrainingBatch batch in batches)
        {
            loss += _pass.Accumulate(batch, new WeightedLogProbs(), new(), _gradient.Pointer).Loss;
        }

        return (_gradient.Span.ToArray(), loss);
    }

    /// <summary>The gradient of a loss of hidden states, and its value; each of <paramref name="cuts"/> is computed at once.</summary>
    public (float[] Gradient, double Loss) StateGradient(IStateLoss loss, params IEnumerable<IReadOnlyList<StateRequest>> cuts)
    {
        _gradient.Span.Clear();
        double value = 0;
        foreach (IReadOnlyList<StateRequest> requests in cuts)
        {
            value += _pass.AccumulateStates(requests, loss, _gradient.Pointer);
        }

        return (_gradient.Span.ToArray(), value);
    }

    public float[] States(StateRequest request) => _pass.ReadStates(request);

    /// <summary>Log-probabilities of each token after the first.</summary>
    public float[] LogProbs(int[] tokens)
    {
        float[] logProbs = new float[tokens.Length - 1];
        _pass.Score(new PackedBatch([tokens[0]], [tokens[1..]]), 1, logProbs, new float[logProbs.Length]);
        return logProbs;
    }

    public float[] Logits(int[] tokens)
    {
        float[] logits = new float[tokens.Length * Config.VocabularySize];
        fixed (float* address = logits)
        {
            _pass.Logits(PackedBatch.OfPrompts([tokens]), address);
        }

        return logits;
    }

    public void Dispose()
    {
        _gradient.Dispose();
        _pass.Dispose();
        _decoder.Dispose();
        Adapters?.Dispose();
        Weights.Dispose();
        _workers.Dispose();
    }
}

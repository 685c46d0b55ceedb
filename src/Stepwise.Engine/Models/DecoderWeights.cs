using Stepwise.Engine.Formats;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>The weights of a decoder in one flat block, and packed copies of its matrices for the multiplies that read them many times
/// between two optimizer steps.</summary>
internal sealed unsafe class DecoderWeights : IDisposable
{
    private readonly Owned _owned = new();
    private readonly Workers _workers;

    public DecoderWeights(ModelConfig config, Workers workers)
    {
        _workers = workers;
        Config = config;
        Layout = new ParameterLayout(config);
        Layers = new LayerMatrices[config.Layers];
        try
        {
            Values = _owned.Add(new NativeBuffer<float>(Layout.Count));
            for (int l = 0; l < Layers.Length; l++)
            {
                Layers[l] = new LayerMatrices(config, _owned);
            }

            Head = _owned.Add(new PackedMatrix(config.Width, config.VocabularySize));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    public ModelConfig Config { get; }

    public ParameterLayout Layout { get; }

    /// <summary>All weights; [<see cref="ParameterBlock.Count"/>].</summary>
    public NativeBuffer<float> Values { get; }

    /// <summary>Packed for y = x Wᵀ.</summary>
    public LayerMatrices[] Layers { get; }

    /// <summary>The output projection, packed for logits = x Wᵀ.</summary>
    public PackedMatrix Head { get; }

    /// <summary>Packed for dx = dy W; present once training began.</summary>
    public BackwardMatrices? Backward { get; private set; }

    /// <summary>Floats of the packed copies for one direction, forward or backward.</summary>
    public static long PackedFloats(ModelConfig config)
    {
        int queryWidth = config.Heads * config.HeadSize;
        return PackedMatrix.Floats(config.Width, config.VocabularySize) + (config.Layers * (
            PackedMatrix.Floats(config.Width, LayerMatrices.QueryKeyValueWidth(config)) + PackedMatrix.Floats(queryWidth, config.Width)
            + PackedMatrix.Floats(config.Width, 2 * config.FeedForwardWidth) + PackedMatrix.Floats(config.FeedForwardWidth, config.Width)));
    }

    /// <summary>The address of a parameter's first element.</summary>
    public float* At(Parameter parameter) => Values.Pointer + parameter.Offset;

    /// <summary>Reads every parameter from a source and packs the matrices.</summary>
    /// <exception cref="InputException">The source has not exactly the tensors of the layout.</exception>
    public void Load(IWeightSource source)
    {
        Layout.Check(source);
        foreach (Parameter parameter in Layout.All)
        {
            source.Read(parameter.Name, new Span<float>(At(parameter), checked((int)parameter.Count)));
        }

        Pack();
    }

    /// <summary>Draws fresh weights: normal with the configuration's initializer range, norms 1, biases 0; the residual outputs are scaled
    /// by 1/√(2L) (GPT-2's initialisation).</summary>
    public void Initialize(ulong seed)
    {
        double residualScale = 1 / Math.Sqrt(2.0 * Config.Layers);
        for (int p = 0; p < Layout.All.Count; p++)
        {
            Parameter parameter = Layout.All[p];
            Span<float> values = new(At(parameter), checked((int)parameter.Count));
            if (!parameter.IsMatrix)
            {
                values.Fill(parameter.Name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
                continue;
            }

            bool residual = parameter.Name.EndsWith("o_proj.weight", StringComparison.Ordinal)
                || parameter.Name.EndsWith("down_proj.weight", StringComparison.Ordinal);
            double scale = Config.InitializerRange * (residual ? residualScale : 1);
            ulong key = CounterRandom.Key(seed, (ulong)p);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)(scale * CounterRandom.Normal(key, (ulong)i));
            }
        }

        Pack();
    }

    /// <summary>Packs the matrices anew; to be called after every change of <see cref="Values"/>.</summary>
    public void Pack()
    {
        for (int l = 0; l < Layers.Length; l++)
        {
            LayerParameters p = Layout.Layers[l];
            Layers[l].QueryKeyValue.PackTransposed(_workers, At(p.Query), Config.Width);
            Layers[l].Output.PackTransposed(_workers, At(p.Output), Config.Heads * Config.HeadSize);
            Layers[l].GateUp.PackTransposed(_workers, At(p.Gate), Config.Width);
            Layers[l].Down.PackTransposed(_workers, At(p.Down), Config.FeedForwardWidth);
        }

        Head.PackTransposed(_workers, At(Layout.Head), Config.Width);
        Backward?.Pack(this, _workers);
    }

    /// <summary>Makes the packed copies that backward needs.</summary>
    public BackwardMatrices PrepareBackward()
    {
        if (Backward is null)
        {
            Backward = _owned.Add(new BackwardMatrices(Config));
            Backward.Pack(this, _workers);
        }

        return Backward;
    }

    public void Dispose() => _owned.Dispose();
}

/// <summary>The packed matrices of one layer; K × N as noted, C width, Q and KV the widths of queries and of keys, F feed-forward width.</summary>
internal sealed class LayerMatrices(ModelConfig config, Owned owner)
{
    /// <summary>C × (Q + 2 KV).</summary>
    public PackedMatrix QueryKeyValue { get; } = owner.Add(new PackedMatrix(config.Width, QueryKeyValueWidth(config)));

    /// <summary>Q × C.</summary>
    public PackedMatrix Output { get; } = owner.Add(new PackedMatrix(config.Heads * config.HeadSize, config.Width));

    /// <summary>C × 2F.</summary>
    public PackedMatrix GateUp { get; } = owner.Add(new PackedMatrix(config.Width, 2 * config.FeedForwardWidth));

    /// <summary>F × C.</summary>
    public PackedMatrix Down { get; } = owner.Add(new PackedMatrix(config.FeedForwardWidth, config.Width));

    public static int QueryKeyValueWidth(ModelConfig config) => (config.Heads + (2 * config.KeyValueHeads)) * config.HeadSize;
}

/// <summary>The matrices packed for dx = dy W: the transposes of <see cref="LayerMatrices"/>.</summary>
internal sealed unsafe class BackwardMatrices : IDisposable
{
    private readonly Owned _owned = new();

    public BackwardMatrices(ModelConfig config)
    {
        int queryWidth = config.Heads * config.HeadSize;
        Layers = new (PackedMatrix, PackedMatrix, PackedMatrix, PackedMatrix)[config.Layers];
        try
        {
            for (int l = 0; l < config.Layers; l++)
            {
                Layers[l] = (
                    _owned.Add(new PackedMatrix(LayerMatrices.QueryKeyValueWidth(config), config.Width)),
                    _owned.Add(new PackedMatrix(config.Width, queryWidth)),
                    _owned.Add(new PackedMatrix(2 * config.FeedForwardWidth, config.Width)),
                    _owned.Add(new PackedMatrix(config.Width, config.FeedForwardWidth)));
            }

            Head = _owned.Add(new PackedMatrix(config.VocabularySize, config.Width));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    public (PackedMatrix QueryKeyValue, PackedMatrix Output, PackedMatrix GateUp, PackedMatrix Down)[] Layers { get; }

    /// <summary>V × C.</summary>
    public PackedMatrix Head { get; }

    public void Pack(DecoderWeights weights, Workers workers)
    {
        for (int l = 0; l < Layers.Length; l++)
        {
            LayerParameters p = weights.Layout.Layers[l];
            Layers[l].QueryKeyValue.Pack(workers, weights.At(p.Query), weights.Config.Width);
            Layers[l].Output.Pack(workers, weights.At(p.Output), weights.Config.Heads * weights.Config.HeadSize);
            Layers[l].GateUp.Pack(workers, weights.At(p.Gate), weights.Config.Width);
            Layers[l].Down.Pack(workers, weights.At(p.Down), weights.Config.FeedForwardWidth);
        }

        Head.Pack(workers, weights.At(weights.Layout.Head), weights.Config.Width);
    }

    public void Dispose() => _owned.Dispose();
}

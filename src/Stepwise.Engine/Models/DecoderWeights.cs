using System.Runtime.InteropServices;
using Stepwise.Engine.Files;
using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>How the weights of a decoder are held.</summary>
/// <param name="Frozen">Whether the layers' matrices exist only packed; else also in one fp32 block, which training changes.</param>
/// <param name="Backward">Whether packed copies for backward are made at once: adapters train beside frozen weights.</param>
/// <param name="Narrow">Whether packed matrices are BF16.</param>
/// <param name="Rounds">Whether numbers that BF16 does not have are rounded; else they are refused.</param>
internal readonly record struct WeightStorage(bool Frozen = false, bool Backward = false, bool Narrow = false, bool Rounds = false)
{
    /// <summary>Of weights that are trained.</summary>
    public static WeightStorage Trained => default;

    /// <summary>Of weights beside which adapters are trained.</summary>
    public static WeightStorage Adapted(FrozenType type) => new(Frozen: true, Backward: true, Narrow: type == FrozenType.Bfloat16);

    /// <summary>Of weights that are only sampled from and scored with.</summary>
    public static WeightStorage Read(FrozenType type) => new(Frozen: true, Narrow: type == FrozenType.Bfloat16, Rounds: true);
}

/// <summary>The weights of a decoder in one flat block, and packed copies of its matrices for the multiplies that read them many times
/// between two optimizer steps.</summary>
/// <remarks>
/// Of frozen weights the layers' matrices exist only packed, for forward and for backward: in the flat block all layers' matrices share
/// the place of the first layer's, where each lies until it is packed.
/// </remarks>
internal sealed unsafe class DecoderWeights : IDisposable
{
    private readonly Owned _owned = new();
    private readonly Workers _workers;

    public DecoderWeights(ModelConfig config, Workers workers, WeightStorage storage = default)
    {
        _workers = workers;
        Storage = storage;
        Config = config;
        Layout = new ParameterLayout(config, storage.Frozen);
        Layers = new LayerMatrices[config.Layers];
        try
        {
            Values = _owned.Add(new NativeBuffer<float>(Layout.Count));
            for (int l = 0; l < Layers.Length; l++)
            {
                Layers[l] = new LayerMatrices(config, storage.Narrow, _owned);
            }

            Head = _owned.Add(new PackedMatrix(config.Width, config.VocabularySize, storage.Narrow));
            if (storage.Backward)
            {
                Backward = _owned.Add(new BackwardMatrices(config, storage.Narrow));
            }
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    public ModelConfig Config { get; }

    public WeightStorage Storage { get; }

    public ParameterLayout Layout { get; }

    /// <summary>All weights; [<see cref="ParameterBlock.Count"/>].</summary>
    public NativeBuffer<float> Values { get; }

    /// <summary>Packed for y = x Wᵀ.</summary>
    public LayerMatrices[] Layers { get; }

    /// <summary>The output projection, packed for logits = x Wᵀ.</summary>
    public PackedMatrix Head { get; }

    /// <summary>Packed for dx = dy W; present once training began, and where adapters train.</summary>
    public BackwardMatrices? Backward { get; private set; }

    /// <summary>Elements of the packed copies for one direction, forward or backward.</summary>
    public static long PackedElements(ModelConfig config)
    {
        int queryWidth = config.Heads * config.HeadSize;
        return PackedMatrix.Elements(config.Width, config.VocabularySize) + (config.Layers * (
            PackedMatrix.Elements(config.Width, LayerMatrices.QueryKeyValueWidth(config)) + PackedMatrix.Elements(queryWidth, config.Width)
            + PackedMatrix.Elements(config.Width, 2 * config.FeedForwardWidth) + PackedMatrix.Elements(config.FeedForwardWidth, config.Width)));
    }

    /// <summary>The address of a parameter's first element.</summary>
    public float* At(Parameter parameter) => Values.Pointer + parameter.Offset;

    /// <summary>Reads every parameter from a source and packs the matrices.</summary>
    /// <exception cref="InputException">The source has not exactly the tensors of the layout.</exception>
    public void Load(IWeightSource source)
    {
        Layout.Check(source);
        int next = 0;
        for (int l = 0; l < Layers.Length; l++)
        {
            // Up to the layer's last parameter, and packed at once: a frozen layer's place is the next one's.
            while (next <= Layout.LastOf(l))
            {
                Read(source, Layout.All[next++]);
            }

            PackLayer(l);
        }

        while (next < Layout.All.Count)
        {
            Read(source, Layout.All[next++]);
        }

        PackHead();
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
            PackLayer(l);
        }

        PackHead();
    }

    /// <summary>Makes the packed copies that backward needs.</summary>
    public BackwardMatrices PrepareBackward()
    {
        if (Backward is null)
        {
            Backward = _owned.Add(new BackwardMatrices(Config, narrow: false));
            Pack();
        }

        return Backward;
    }

    public void Dispose() => _owned.Dispose();

    private void Read(IWeightSource source, Parameter parameter)
    {
        Span<float> values = new(At(parameter), checked((int)parameter.Count));
        source.Read(parameter.Name, values);
        FiniteNumbers.Require(values, source.Location, parameter.Name);
        if (Storage is { Narrow: true, Rounds: false } && parameter.IsMatrix && !IsBFloat16(values))
        {
            throw new InputException(
                $"{source.Location}: tensor '{parameter.Name}' has numbers that BF16 does not, so storing it so would make another model of it. "
                + "Leave lora.frozen at float32, or export the model as bf16 first.");
        }
    }

    private static bool IsBFloat16(ReadOnlySpan<float> values)
    {
        foreach (uint bits in MemoryMarshal.Cast<float, uint>(values))
        {
            if ((bits & 0xFFFF) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private void PackLayer(int l)
    {
        LayerParameters p = Layout.Layers[l];
        Layers[l].QueryKeyValue.PackTransposed(_workers, At(p.Query), Config.Width);
        Layers[l].Output.PackTransposed(_workers, At(p.Output), Config.Heads * Config.HeadSize);
        Layers[l].GateUp.PackTransposed(_workers, At(p.Gate), Config.Width);
        Layers[l].Down.PackTransposed(_workers, At(p.Down), Config.FeedForwardWidth);
        Backward?.PackLayer(l, this, _workers);
    }

    private void PackHead()
    {
        Head.PackTransposed(_workers, At(Layout.Head), Config.Width);
        Backward?.Head.Pack(_workers, At(Layout.Head), Config.Width);
    }
}

/// <summary>The packed matrices of one layer; K × N as noted, C width, Q and KV the widths of queries and of keys, F feed-forward width.</summary>
internal sealed class LayerMatrices(ModelConfig config, bool narrow, Owned owner)
{
    /// <summary>C × (Q + 2 KV).</summary>
    public PackedMatrix QueryKeyValue { get; } = owner.Add(new PackedMatrix(config.Width, QueryKeyValueWidth(config), narrow));

    /// <summary>Q × C.</summary>
    public PackedMatrix Output { get; } = owner.Add(new PackedMatrix(config.Heads * config.HeadSize, config.Width, narrow));

    /// <summary>C × 2F.</summary>
    public PackedMatrix GateUp { get; } = owner.Add(new PackedMatrix(config.Width, 2 * config.FeedForwardWidth, narrow));

    /// <summary>F × C.</summary>
    public PackedMatrix Down { get; } = owner.Add(new PackedMatrix(config.FeedForwardWidth, config.Width, narrow));

    public static int QueryKeyValueWidth(ModelConfig config) => (config.Heads + (2 * config.KeyValueHeads)) * config.HeadSize;
}

/// <summary>The matrices packed for dx = dy W: the transposes of <see cref="LayerMatrices"/>.</summary>
internal sealed unsafe class BackwardMatrices : IDisposable
{
    private readonly Owned _owned = new();

    public BackwardMatrices(ModelConfig config, bool narrow)
    {
        int queryWidth = config.Heads * config.HeadSize;
        Layers = new (PackedMatrix, PackedMatrix, PackedMatrix, PackedMatrix)[config.Layers];
        try
        {
            for (int l = 0; l < config.Layers; l++)
            {
                Layers[l] = (
                    _owned.Add(new PackedMatrix(LayerMatrices.QueryKeyValueWidth(config), config.Width, narrow)),
                    _owned.Add(new PackedMatrix(config.Width, queryWidth, narrow)),
                    _owned.Add(new PackedMatrix(2 * config.FeedForwardWidth, config.Width, narrow)),
                    _owned.Add(new PackedMatrix(config.Width, config.FeedForwardWidth, narrow)));
            }

            Head = _owned.Add(new PackedMatrix(config.VocabularySize, config.Width, narrow));
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

    public void PackLayer(int l, DecoderWeights weights, Workers workers)
    {
        LayerParameters p = weights.Layout.Layers[l];
        Layers[l].QueryKeyValue.Pack(workers, weights.At(p.Query), weights.Config.Width);
        Layers[l].Output.Pack(workers, weights.At(p.Output), weights.Config.Heads * weights.Config.HeadSize);
        Layers[l].GateUp.Pack(workers, weights.At(p.Gate), weights.Config.Width);
        Layers[l].Down.Pack(workers, weights.At(p.Down), weights.Config.FeedForwardWidth);
    }

    public void Dispose() => _owned.Dispose();
}

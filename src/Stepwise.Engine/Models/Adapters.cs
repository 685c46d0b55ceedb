using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>The adapters of one layer, by the multiplies they belong to; null where no matrix of a multiply has one.</summary>
internal sealed record LayerAdapters(LowRankUpdate? QueryKeyValue, LowRankUpdate? Output, LowRankUpdate? GateUp, LowRankUpdate? Down);

/// <summary>The trained part of a policy whose own weights are frozen, in one flat block; see <see cref="LoraOptions"/>.</summary>
internal sealed unsafe class Adapters : IDisposable
{
    private readonly Owned _owned = new();
    private readonly LowRankUpdate[] _updates;
    private NativeBuffer<float>? _scratch;

    public Adapters(ModelConfig config, LoraOptions options, Workers workers)
    {
        Options = options;
        Workers = workers;
        Layout = new AdapterLayout(config, options);
        try
        {
            Values = _owned.Add(new NativeBuffer<float>(Layout.Count));
            Layers = [.. Layout.Layers.Select(p =>
                new LayerAdapters(Update(p.QueryKeyValue), Update(p.Output), Update(p.GateUp), Update(p.Down)))];
        }
        catch
        {
            _owned.Dispose();
            throw;
        }

        _updates = [.. Layers.SelectMany(l => new[] { l.QueryKeyValue, l.Output, l.GateUp, l.Down }).OfType<LowRankUpdate>()];
    }

    public LoraOptions Options { get; }

    public Workers Workers { get; }

    public AdapterLayout Layout { get; }

    /// <summary>All A and B; [<see cref="ParameterBlock.Count"/>].</summary>
    public NativeBuffer<float> Values { get; }

    public LayerAdapters[] Layers { get; }

    /// <summary>s = α / r.</summary>
    public float Scale => (float)(Options.Alpha / Options.Rank);

    /// <summary>The address of a parameter's first element.</summary>
    public float* At(Parameter parameter) => Values.Pointer + parameter.Offset;

    /// <summary>A parameter's elements.</summary>
    public Span<float> ValuesOf(Parameter parameter) => new(At(parameter), checked((int)parameter.Count));

    /// <summary>Draws A and clears B, see <see cref="LoraOptions"/>.</summary>
    public void Initialize(ulong seed)
    {
        for (int p = 0; p < Layout.All.Count; p++)
        {
            Parameter parameter = Layout.All[p];
            Span<float> values = ValuesOf(parameter);
            values.Clear();
            if (parameter.Name.EndsWith(AdapterLayout.DownSuffix, StringComparison.Ordinal))
            {
                double bound = 1 / Math.Sqrt(parameter.Shape[1]);
                ulong key = CounterRandom.Key(seed, (ulong)p);
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (float)(bound * ((2 * CounterRandom.Uniform(key, (ulong)i)) - 1));
                }
            }
        }

        Pack();
    }

    /// <summary>Packs A and B anew; to be called after every change of <see cref="Values"/>.</summary>
    public void Pack()
    {
        foreach (LowRankUpdate update in _updates)
        {
            update.Pack();
        }
    }

    /// <summary>Memory that lasts until the next call.</summary>
    public float* Scratch(long length)
    {
        if (_scratch is null || _scratch.Length < length)
        {
            _scratch?.Dispose();
            _scratch = null; // The larger one may be refused.
            _scratch = new NativeBuffer<float>(length);
        }

        return _scratch.Pointer;
    }

    public void Dispose()
    {
        _scratch?.Dispose();
        _owned.Dispose();
    }

    private LowRankUpdate? Update(AdapterParameters[] parameters) => parameters.Length == 0 ? null : new(this, parameters, _owned);
}

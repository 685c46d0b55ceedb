using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Kernels;

/// <summary>How the heads of a layer are arranged.</summary>
/// <param name="Heads">Query heads H, a multiple of <paramref name="KeyValueHeads"/>.</param>
/// <param name="KeyValueHeads">Key-value heads K; query head h reads key-value head h / (H/K).</param>
/// <param name="HeadSize">Head size D, at least 1.</param>
internal readonly record struct HeadLayout(int Heads, int KeyValueHeads, int HeadSize)
{
    /// <summary>Query heads per key-value head.</summary>
    public int GroupSize => Heads / KeyValueHeads;

    /// <summary>Head size rounded up to whole panels of 32 columns.</summary>
    public int PaddedHeadSize => Packing.Panels(HeadSize) * Packing.PanelColumns;

    /// <summary>Floats of the keys and values of one block of <paramref name="capacity"/> positions.</summary>
    /// <param name="capacity">A multiple of 32.</param>
    public long BlockFloats(long capacity) => checked(capacity * KeyValueHeads * (HeadSize + PaddedHeadSize));

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="InvalidOperationException">They do not fit together.</exception>
    public void Validate()
    {
        if (HeadSize < 1 || KeyValueHeads < 1 || Heads < 1 || Heads % KeyValueHeads != 0)
        {
            throw new InvalidOperationException(
                $"{Heads} query heads, {KeyValueHeads} key-value heads of size {HeadSize}: "
                + "the key-value heads must divide the query heads.");
        }
    }
}

/// <summary>The keys and values of one layer for a run of positions, laid out for the tiles.</summary>
/// <param name="Keys">[K, capacity/32, D, 32]: panels of 32 keys, one dimension of all 32 together.</param>
/// <param name="Values">[K, capacity, padded D]: rows, filled up to whole panels with zeros.</param>
/// <param name="Capacity">Positions, a multiple of 32.</param>
internal readonly unsafe record struct KeyValueBlock(nint Keys, nint Values, int Capacity)
{
    /// <summary>A block over <see cref="HeadLayout.BlockFloats"/> floats of memory.</summary>
    public static KeyValueBlock Over(float* memory, int capacity, in HeadLayout layout)
        => new((nint)memory, (nint)(memory + ((nint)capacity * layout.KeyValueHeads * layout.HeadSize)), capacity);

    /// <summary>The key panels of one head.</summary>
    public float* KeysOf(int head, in HeadLayout layout) => (float*)Keys + ((nint)head * Capacity * layout.HeadSize);

    /// <summary>The value rows of one head.</summary>
    public float* ValuesOf(int head, in HeadLayout layout) => (float*)Values + ((nint)head * Capacity * layout.PaddedHeadSize);

    /// <summary>Writes one head of consecutive positions.</summary>
    /// <param name="layout">The arrangement of heads.</param>
    /// <param name="head">Key-value head.</param>
    /// <param name="position">First position; position + rows is at most the capacity.</param>
    /// <param name="k">The head's keys [rows, D], after the rotary embedding.</param>
    /// <param name="ldk">Floats from row to row of k.</param>
    /// <param name="v">The head's values [rows, D].</param>
    /// <param name="ldv">Floats from row to row of v.</param>
    /// <param name="rows">Number of positions.</param>
    public void Write(in HeadLayout layout, int head, int position, float* k, nint ldk, float* v, nint ldv, int rows)
    {
        int padded = layout.PaddedHeadSize;
        float* values = ValuesOf(head, layout) + ((nint)position * padded);
        for (int row = 0; row < rows; row++)
        {
            Packing.CopyPadded(v + (row * ldv), layout.HeadSize, values + ((nint)row * padded), padded);
        }

        float* keys = KeysOf(head, layout);
        for (int row = 0; row < rows;)
        {
            int lane = (position + row) % Packing.PanelColumns;
            int count = Math.Min(Packing.PanelColumns - lane, rows - row);
            float* panel = keys + ((nint)((position + row) / Packing.PanelColumns) * layout.HeadSize * Packing.PanelColumns);
            Packing.Transpose(k + (row * ldk), ldk, count, layout.HeadSize, panel + lane, Packing.PanelColumns);
            row += count;
        }
    }
}

/// <summary>
/// The keys and values of all layers for a number of sequences: slots of one size. A prompt that several samples share takes one slot, and
/// each sample another for what follows.
/// </summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
    private readonly NativeBuffer<float> _buffer;
    private readonly HeadLayout _layout;
    private readonly int _layers;

    /// <summary>Allocates the cache.</summary>
    /// <param name="layers">Number of layers.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="capacity">Positions per slot, rounded up to a multiple of 32.</param>
    /// <param name="layout">The arrangement of heads.</param>
    public KeyValueCache(int layers, int slots, int capacity, HeadLayout layout)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layers);
        ArgumentOutOfRangeException.ThrowIfNegative(slots);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        layout.Validate();
        _layers = layers;
        _layout = layout;
        Slots = slots;
        Capacity = Packing.Panels(capacity) * Packing.PanelColumns;

        // Filled position by position at every head of every slot: a short sample touches little of its slot.
        _buffer = new NativeBuffer<float>(Floats(layers, slots, capacity, layout), hugePages: false);
    }

    /// <summary>Floats that a cache takes.</summary>
    /// <param name="layers">Number of layers.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="capacity">Positions per slot, rounded up to a multiple of 32.</param>
    /// <param name="layout">The arrangement of heads.</param>
    public static long Floats(int layers, int slots, int capacity, HeadLayout layout) =>
        checked(layout.BlockFloats((long)Packing.Panels(capacity) * Packing.PanelColumns) * layers * slots);

    /// <summary>Number of slots.</summary>
    public int Slots { get; }

    /// <summary>Positions per slot.</summary>
    public int Capacity { get; }

    /// <summary>One layer of one slot.</summary>
    public KeyValueBlock Block(int layer, int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, _layers);
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, Slots);
        nint index = ((nint)slot * _layers) + layer;
        return KeyValueBlock.Over(_buffer.Pointer + (index * (nint)_layout.BlockFloats(Capacity)), Capacity, _layout);
    }

    /// <summary>Gives a slot the first positions of another, in all layers; what it held there before, and in the rest of their last panel, is lost.</summary>
    /// <param name="from">The slot that is read.</param>
    /// <param name="to">The slot that is written, another.</param>
    /// <param name="positions">Number of positions; at most the capacity.</param>
    public void Copy(int from, int to, int positions)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(to, from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(positions, Capacity);
        long keys = (long)Packing.Panels(positions) * Packing.PanelColumns * _layout.HeadSize * sizeof(float);
        long values = (long)positions * _layout.PaddedHeadSize * sizeof(float);
        for (int layer = 0; layer < _layers; layer++)
        {
            KeyValueBlock source = Block(layer, from), target = Block(layer, to);
            for (int head = 0; head < _layout.KeyValueHeads; head++)
            {
                Buffer.MemoryCopy(source.KeysOf(head, _layout), target.KeysOf(head, _layout), keys, keys);
                Buffer.MemoryCopy(source.ValuesOf(head, _layout), target.ValuesOf(head, _layout), values, values);
            }
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _buffer.Dispose();
}

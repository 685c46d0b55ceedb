using System.Runtime.CompilerServices;

namespace Stepwise.Engine.Kernels;

/// <summary>One key-value head's keys and values of successive positions; see <see cref="KeyValueBlock"/>.</summary>
internal unsafe struct KeyStretch
{
    /// <summary>Panels of 32 keys.</summary>
    public float* Keys;

    /// <summary>Rows of padded values.</summary>
    public float* Values;

    /// <summary>Number of positions.</summary>
    public int Length;
}

/// <summary>What a row attends to with one key-value head, in the order of positions: of the segments before its own, and of that.</summary>
internal unsafe struct KeyPath
{
    /// <summary>The most segments that follow one another.</summary>
    public const int MaxStretches = 32;

    private Stretches _stretches;

    /// <summary>Number of stretches.</summary>
    public int Count { get; private set; }

    /// <summary>Number of positions.</summary>
    public int Length { get; private set; }

    /// <summary>A stretch, the first positions' first.</summary>
    public readonly KeyStretch this[int index] => _stretches[index];

    /// <summary>Adds the positions that follow: the first of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="length">How many; with 0 nothing is added.</param>
    /// <param name="head">Key-value head.</param>
    /// <param name="layout">The arrangement of heads.</param>
    public void Add(in KeyValueBlock block, int length, int head, in HeadLayout layout) =>
        Add(new() { Keys = block.KeysOf(head, layout), Values = block.ValuesOf(head, layout), Length = length });

    /// <summary>Leaves out whole panels before a position, so that what is left keeps its place within lanes and panels.</summary>
    public readonly KeyPath From(int position, in HeadLayout layout)
    {
        const int Whole = ~(Packing.PanelColumns - 1);
        KeyPath left = default;
        for (int s = 0, start = 0; s < Count; start += _stretches[s++].Length)
        {
            KeyStretch stretch = _stretches[s];
            int dropped = Math.Clamp(position - start, 0, stretch.Length) & Whole;
            left.Add(new()
            {
                Keys = stretch.Keys + ((nint)dropped * layout.HeadSize),
                Values = stretch.Values + ((nint)dropped * layout.PaddedHeadSize),
                Length = stretch.Length - dropped,
            });
        }

        return left;
    }

    private void Add(KeyStretch stretch)
    {
        if (stretch.Length > 0)
        {
            _stretches[Count++] = stretch;
            Length += stretch.Length;
        }
    }

    [InlineArray(MaxStretches)]
    private struct Stretches
    {
        private KeyStretch _first;
    }
}

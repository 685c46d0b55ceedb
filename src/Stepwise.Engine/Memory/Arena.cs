namespace Stepwise.Engine.Memory;

/// <summary>Hands out slices of one native block in order and takes them back all at once: the memory of one lifetime.</summary>
internal sealed unsafe class Arena : IDisposable
{
    private const int AlignmentFloats = 16;
    private readonly NativeBuffer<float> _buffer;
    private readonly string _name;
    private nint _used;

    /// <summary>Allocates the arena.</summary>
    /// <param name="capacity">Floats; see <see cref="Aligned"/> for what a slice takes.</param>
    /// <param name="name">What it holds, for the error when it is exhausted.</param>
    public Arena(long capacity, string name)
    {
        _buffer = new NativeBuffer<float>(capacity);
        _name = name;
    }

    /// <summary>Floats in the arena.</summary>
    public long Capacity => _buffer.Length;

    /// <summary>What a slice of <paramref name="length"/> floats takes: slices begin at multiples of 64 bytes.</summary>
    /// <param name="length">Floats, at least 0.</param>
    public static long Aligned(long length) => checked(length + AlignmentFloats - 1) & ~(long)(AlignmentFloats - 1);

    /// <summary>Takes the next slice; its contents are what the last user left.</summary>
    /// <param name="length">Floats, at least 0.</param>
    /// <exception cref="RunException">The arena has not that much left.</exception>
    public float* Take(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long size = Aligned(length);
        if (size > _buffer.Length - _used)
        {
            throw new RunException(
                $"The arena for {_name} is exhausted: {length} floats asked, {_buffer.Length - _used} of {_buffer.Length} left.");
        }

        float* slice = _buffer.Pointer + _used;
        _used += (nint)size;
        return slice;
    }

    /// <summary>The present position, for <see cref="Release"/>.</summary>
    public long Mark() => _used;

    /// <summary>Takes back everything handed out since the mark.</summary>
    /// <param name="mark">From <see cref="Mark"/>; 0 takes back all.</param>
    public void Release(long mark)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mark);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mark, _used);
        _used = (nint)mark;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _buffer.Dispose();
}

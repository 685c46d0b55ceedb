using System.Runtime.InteropServices;

namespace Stepwise.Engine.Memory;

/// <summary>A zeroed block of native memory, aligned to a cache line of 64 bytes, that the garbage collector never sees.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Pages are given by the system when first touched, so a generous block costs only the pages that are used of it.</remarks>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;
    private void* _allocation;

    /// <summary>Allocates the block.</summary>
    /// <param name="length">Number of elements, at least 0.</param>
    /// <param name="hugePages">Whether pages of 2 MiB are asked for; not for blocks that are used here and there.</param>
    /// <exception cref="RunException">The size overflows or the system has not that much memory.</exception>
    public NativeBuffer(long length, bool hugePages = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > (nint.MaxValue - Alignment) / sizeof(T))
        {
            throw new RunException($"A block of {length} elements of {sizeof(T)} bytes is larger than this process can address.");
        }

        nuint bytes = (nuint)length * (nuint)sizeof(T);
        try
        {
            _allocation = NativeMemory.AllocZeroed(bytes + Alignment);
        }
        catch (OutOfMemoryException exception)
        {
            throw new RunException(
                $"The system refused {bytes} bytes of memory. Use a smaller model, fewer samples at once or a shorter context.", exception);
        }

        if (hugePages)
        {
            HugePages.Advise(_allocation, bytes);
        }

        Length = (nint)length;
        Pointer = (T*)(((nuint)_allocation + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    /// <summary>Number of elements.</summary>
    public nint Length { get; private set; }

    /// <summary>Address of the first element; <see langword="null"/> after <see cref="Dispose"/>.</summary>
    public T* Pointer { get; private set; }

    /// <summary>The whole block.</summary>
    /// <exception cref="OverflowException">The block has more than 2³¹ − 1 elements.</exception>
    public Span<T> Span => new(Pointer, checked((int)Length));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_allocation);
        _allocation = null;
        Pointer = null;
        Length = 0;
    }
}

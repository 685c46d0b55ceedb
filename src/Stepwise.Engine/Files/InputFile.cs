using Microsoft.Win32.SafeHandles;

namespace Stepwise.Engine.Files;

/// <summary>An untrusted binary file: reads at a position, never past the end, and reports failures by the file's name.</summary>
internal sealed class InputFile : IDisposable
{
    private const int ChunkBytes = 1 << 16;

    private readonly SafeFileHandle _handle;

    private InputFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public string Path { get; }

    /// <summary>Size in bytes when it was opened.</summary>
    public long Length { get; }

    /// <exception cref="InputException">The file is missing or cannot be opened.</exception>
    public static InputFile Open(string path)
    {
        try
        {
            RegularFile.Require(path);
            return new InputFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The whole of a small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes it may have.</param>
    /// <exception cref="InputException">The file is missing, unreadable or larger than <paramref name="limit"/>.</exception>
    public static byte[] ReadWhole(string path, int limit)
    {
        using InputFile file = Open(path);
        if (file.Length > limit)
        {
            throw new InputException($"{path}: {file.Length} bytes; such a file may have at most {limit}.");
        }

        byte[] content = new byte[file.Length];
        file.Read(0, content);
        return content;
    }

    /// <summary>Fills the destination from an offset.</summary>
    /// <exception cref="InputException">The file ends before the destination is full, or cannot be read.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        try
        {
            while (destination.Length > 0)
            {
                int read = RandomAccess.Read(_handle, destination, offset);
                if (read == 0)
                {
                    throw new InputException($"{Path}: ends at byte {offset}, {destination.Length} bytes before it should.");
                }

                offset += read;
                destination = destination[read..];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(Path, e);
        }
    }

    /// <summary>Reads encoded numbers and widens them to fp32.</summary>
    /// <param name="offset">Where the first block begins.</param>
    /// <param name="format">How the numbers are encoded.</param>
    /// <param name="destination">As many numbers as are read; a whole number of blocks.</param>
    public void ReadNumbers(long offset, NumberFormat format, Span<float> destination)
    {
        int blocks = Math.Min(ChunkBytes / format.BlockBytes, destination.Length / format.BlockLength);
        Span<byte> chunk = stackalloc byte[blocks * format.BlockBytes];
        int perChunk = blocks * format.BlockLength;
        while (destination.Length > 0)
        {
            int numbers = Math.Min(perChunk, destination.Length);
            Span<byte> source = chunk[..(numbers / format.BlockLength * format.BlockBytes)];
            Read(offset, source);
            format.Decode(source, destination[..numbers]);
            offset += source.Length;
            destination = destination[numbers..];
        }
    }

    public void Dispose() => _handle.Dispose();

    private static InputException Unreadable(string path, Exception e) => e is FileNotFoundException or DirectoryNotFoundException
        ? new InputException($"{path}: no such file.", e)
        : new InputException($"{path}: cannot be read: {e.Message}", e);
}

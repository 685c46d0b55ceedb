
namespace Stepwise.Engine.Files;

/// <summary>A file that appears whole or not at all: written beside its place, flushed to disk, then renamed.</summary>
internal sealed class AtomicFile : IDisposable
{
    private const int ChunkBytes = 1 << 15;

    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private bool _committed;

    /// <exception cref="RunException">The file cannot be created.</exception>
    public AtomicFile(string path)
    {
        _path = path;
        _temporary = path + ".partial";
        _stream = Guard(path, () => new FileStream(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16));
    }

    /// <summary>Writes a small file whole.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using AtomicFile file = new(path);
        file.Write(content);
        file.Commit();
    }

    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException e)
        {
            throw Failed(_path, e);
        }
    }

    /// <summary>Writes numbers, narrowed from fp32.</summary>
    /// <param name="format">How they are encoded; one that can be written.</param>
    /// <param name="values">A whole number of blocks.</param>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void WriteNumbers(NumberFormat format, ReadOnlySpan<float> values)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes / format.BlockBytes * format.BlockBytes];
        int perChunk = chunk.Length / format.BlockBytes * format.BlockLength;
        for (int i = 0; i < values.Length; i += perChunk)
        {
            ReadOnlySpan<float> part = values.Slice(i, Math.Min(perChunk, values.Length - i));
            Span<byte> encoded = chunk[..(int)format.Bytes(part.Length)];
            format.Encode(part, encoded);
            Write(encoded);
        }
    }

    /// <summary>Flushes to disk and puts the file in its place, replacing one of that name.</summary>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Commit() => Guard(_path, () =>
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        return _committed = true;
    });

    /// <summary>Removes what was written, unless it was committed.</summary>
    public void Dispose()
    {
        if (_committed)
        {
            return;
        }

        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The buffered rest could not be written; the file is given up anyway.
        }

        File.Delete(_temporary);
    }

    private static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, e);
        }
    }

    private static RunException Failed(string path, Exception e) =>
        new($"{path}: cannot be written: {e.Message} Check the folder's rights and the free space.", e);
}

using System.Text;

namespace Stepwise.Files;

/// <summary>A file that appears whole or not at all: written beside its place, flushed to disk, then renamed.</summary>
public sealed class WholeFile : IDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private readonly FileStream _stream;
    private bool _committed;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Where it is to be; its folder exists.</param>
    /// <exception cref="RunException">The file cannot be created.</exception>
    public WholeFile(string path)
    {
        _path = path;
        _partial = path + ".partial";
        _stream = Guard(() => new FileStream(_partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16));
    }

    /// <summary>Writes a text as UTF-8 over any file of that name.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="RunException">Writing failed (a full disk); a file that was there before is untouched.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a small file over any file of that name.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="content">All of it.</param>
    /// <exception cref="RunException">Writing failed (a full disk); a file that was there before is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using WholeFile file = new(path);
        file.Write(content);
        file.Commit();
    }

    /// <summary>Adds bytes to the end.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException error)
        {
            throw Failed(error);
        }
    }

    /// <summary>Flushes to disk and puts the file in its place, replacing one of that name.</summary>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    public void Commit() => Guard(() =>
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_partial, _path, overwrite: true);
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

        File.Delete(_partial);
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(error);
        }
    }

    private RunException Failed(Exception error) =>
        new($"{_path}: cannot be written ({error.Message.TrimEnd('.')}). Free space or rights there.", error);
}

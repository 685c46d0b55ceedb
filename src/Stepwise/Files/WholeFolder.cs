namespace Stepwise.Files;

/// <summary>Writes a folder beside its place, flushes its files to disk and renames it, so a folder under its own name is whole.</summary>
internal static class WholeFolder
{
    /// <summary>Writes a folder.</summary>
    /// <param name="folder">Where it is to be.</param>
    /// <param name="partial">The name it has until then, in the same folder; what lies there is removed.</param>
    /// <param name="replace">Whether a folder that is there is replaced; otherwise the exception says that there is one.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="write">Writes the files into an empty folder.</param>
    /// <exception cref="RunException">Writing failed (a full disk); nothing is left of the attempt.</exception>
    public static async ValueTask WriteAsync(string folder, string partial, bool replace, string what, Func<string, ValueTask> write)
    {
        try
        {
            Remove(partial);
            Directory.CreateDirectory(partial);
            await write(partial).ConfigureAwait(false);
            foreach (string file in Directory.EnumerateFiles(partial, "*", SearchOption.AllDirectories))
            {
                using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
                stream.Flush(flushToDisk: true);
            }

            if (replace)
            {
                Remove(folder);
            }

            Directory.Move(partial, folder);
        }
        catch (Exception error) when (IsOfTheDisk(error))
        {
            throw new RunException(
                $"{folder}: {what} could not be written ({(error.InnerException ?? error).Message.TrimEnd('.', '\n')}). Nothing of it was kept. "
                + "Free space or rights there.", error);
        }
        finally
        {
            TryRemove(partial);
        }
    }

    /// <summary>Removes a folder where there is one; a failure here must not hide one before it, so there is no exception.</summary>
    public static void TryRemove(string folder)
    {
        try
        {
            Remove(folder);
        }
        catch (Exception error) when (IsOfTheDisk(error))
        {
            // The name says that it is partial, nothing reads it, and the next attempt removes it.
        }
    }

    /// <summary>Whether writing failed; engines say so by a <see cref="RunException"/> of their own.</summary>
    private static bool IsOfTheDisk(Exception error) =>
        error is IOException or UnauthorizedAccessException or RunException { InnerException: IOException or UnauthorizedAccessException };

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

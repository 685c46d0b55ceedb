using Stepwise.Policies;

namespace Stepwise.Runs;

/// <summary>Writes a policy to a new folder: beside its place, then renamed, so a folder under its own name is whole.</summary>
public static class PolicyFolder
{
    /// <summary>Checks that a path is free and makes its parent; to be called before the work whose result goes there.</summary>
    /// <param name="path">The folder or file that is to be.</param>
    /// <exception cref="InputException">There is something under that name already, or its parent cannot be made.</exception>
    public static void Prepare(string path)
    {
        if (Directory.Exists(path) || File.Exists(path))
        {
            throw new InputException($"{Path.GetFullPath(path)}: exists already, and nothing is ever overwritten. Give another path.");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be made ({error.Message.TrimEnd('.')}). Give another path.", error);
        }
    }

    /// <summary>Writes the weights and what is needed to load them.</summary>
    /// <param name="path">The folder, which must not exist yet.</param>
    /// <param name="policy">The policy.</param>
    /// <exception cref="InputException">See <see cref="Prepare"/>.</exception>
    /// <exception cref="RunException">Writing failed (a full disk); nothing is left of the attempt.</exception>
    public static ValueTask WriteAsync(string path, IPolicy policy) =>
        WriteAsync(path, folder => policy.SaveAsync(folder, withOptimizer: false));

    /// <summary>Writes what a policy consists of.</summary>
    /// <param name="path">The folder, which must not exist yet.</param>
    /// <param name="write">Writes the files into an empty folder, which is renamed once they are there.</param>
    /// <exception cref="InputException">See <see cref="Prepare"/>.</exception>
    /// <exception cref="RunException">Writing failed (a full disk); nothing is left of the attempt.</exception>
    public static async ValueTask WriteAsync(string path, Func<string, ValueTask> write)
    {
        Prepare(path);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        // A name nobody has, so that nothing of anybody is ever removed.
        string partial = $"{full}.{Path.GetRandomFileName()}.partial";
        try
        {
            Directory.CreateDirectory(partial);
            await write(partial).ConfigureAwait(false);
            Directory.Move(partial, full);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{full}: the policy could not be written ({error.Message.TrimEnd('.')}). Free space or rights there.", error);
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }
    }
}

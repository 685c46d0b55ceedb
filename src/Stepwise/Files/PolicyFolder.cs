using Stepwise.Policies;

namespace Stepwise.Files;

/// <summary>Writes a policy to a new folder: beside its place, then renamed, so a folder under its own name is whole.</summary>
public static class PolicyFolder
{
    /// <summary>
    /// Checks that a path is free, makes its parent and tries to write there; to be called before the work whose result goes there.
    /// </summary>
    /// <param name="path">The folder or file that is to be.</param>
    /// <exception cref="InputException">There is something under that name already, or nothing can be made in its parent.</exception>
    public static void Prepare(string path)
    {
        if (Path.Exists(path))
        {
            throw new InputException($"{Path.GetFullPath(path)}: exists already, and nothing is ever overwritten. Give another path.");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Full(path))!);
            Directory.Delete(Directory.CreateDirectory(PartialOf(path)).FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be made ({error.Message.TrimEnd('.')}). Give another path.", error);
        }
    }

    /// <summary>Writes the weights and what is needed to load them, under another name where the path was taken meanwhile.</summary>
    /// <param name="path">The folder; where it exists, <c>path-2</c> or the first number that is free is taken.</param>
    /// <param name="policy">The policy.</param>
    /// <returns>Full path of the folder that was written.</returns>
    /// <exception cref="RunException">Writing failed (a full disk); nothing is left of the attempt.</exception>
    public static async ValueTask<string> WriteBesideAsync(string path, IPolicy policy)
    {
        string free = Full(path);
        for (int n = 2; Path.Exists(free); n++)
        {
            free = $"{Full(path)}-{n}";
        }

        await WriteAsync(free, folder => policy.SaveAsync(folder, withOptimizer: false)).ConfigureAwait(false);
        return free;
    }

    /// <summary>Writes what a policy consists of.</summary>
    /// <param name="path">The folder, which must not exist yet.</param>
    /// <param name="write">Writes the files into an empty folder, which is renamed once they are there.</param>
    /// <exception cref="InputException">See <see cref="Prepare"/>.</exception>
    /// <exception cref="RunException">Writing failed (a full disk); nothing is left of the attempt.</exception>
    public static ValueTask WriteAsync(string path, Func<string, ValueTask> write)
    {
        Prepare(path);
        return WholeFolder.WriteAsync(Full(path), PartialOf(path), replace: false, "the policy", write);
    }

    private static string Full(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>A name nobody has, so that nothing of anybody is ever removed.</summary>
    private static string PartialOf(string path) => $"{Full(path)}.{Path.GetRandomFileName()}.partial";
}

using System.Globalization;
using Stepwise.Files;
using Stepwise.Recipes;

namespace Stepwise.Runs;

/// <summary>
/// The folder of one run: <c>recipe.yaml</c> (resolved), <c>run.db</c>, <c>checkpoints/</c>, and at the end <c>report.json</c>,
/// <c>report.md</c> and <c>curve.svg</c>. It is never written over. While a program carries the run on, it holds <c>run.lock</c>.
/// </summary>
public sealed class RunFolder
{
    // EEXIST, and ERROR_FILE_EXISTS.
    private const int FileExists = 17, FileExistsOnWindows = unchecked((int)0x80070050);

    private RunFolder(string path) => Path = path;

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The resolved recipe: every key, so that the run can be started again from this file alone.</summary>
    public string RecipePath => In(RunLayout.RecipeName);

    /// <summary>The run's store.</summary>
    public string StorePath => In("run.db");

    /// <summary>The folder of the run's checkpoints.</summary>
    public string CheckpointsPath => RunLayout.Checkpoints(Path);

    /// <summary>Whether there is a checkpoint, whole or not.</summary>
    public bool HasCheckpoint => Checkpoint.Any(CheckpointsPath);

    /// <summary>Makes the folder of a new run and writes the resolved recipe into it.</summary>
    /// <param name="path">
    /// The folder, which must not exist yet; <see langword="null"/> takes <c>runs/yyyyMMdd-HHmmss-recipe</c> under the working directory, or
    /// that with the first number behind it that is free.
    /// </param>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="now">The local time that names the folder.</param>
    /// <exception cref="InputException">The folder exists, or cannot be made.</exception>
    public static RunFolder Create(string? path, Recipe recipe, DateTimeOffset now)
    {
        string full = System.IO.Path.GetFullPath(path ?? DefaultPath(recipe, now));
        if (TryCreate(full, recipe) is { } folder)
        {
            return folder;
        }

        if (path is not null)
        {
            RunLock.RequireFree(full);
            throw new InputException(
                $"{full}: exists already, and no run is ever overwritten. Give another folder with --out, or go on with that run by --resume.");
        }

        for (int n = 2; ; n++)
        {
            if (TryCreate($"{full}-{n}", recipe) is { } next)
            {
                return next;
            }
        }
    }

    /// <summary>The run that a folder is of: its own, a checkpoint's or that of a checkpoint's policy; <see langword="null"/> for none.</summary>
    /// <param name="path">The folder; may be absent.</param>
    public static RunFolder? Around(string path)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        DirectoryInfo folder = new(full);
        DirectoryInfo?[] places = [folder, folder.Parent?.Parent, folder.Parent?.Parent?.Parent];
        return folder.Exists && Array.Find(places, place => place is not null && RunLayout.IsRun(place.FullName)) is { } found
            && (found == folder || full.StartsWith(new RunFolder(found.FullName).CheckpointsPath, StringComparison.Ordinal))
                ? new(found.FullName)
                : null;
    }

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">It is not the folder of a run.</exception>
    public static RunFolder Open(string path)
    {
        RunFolder folder = new(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
        return File.Exists(folder.RecipePath)
            ? folder
            : throw new InputException($"{folder.Path}: no run's folder, it has no {RunLayout.RecipeName}. Give the folder that the run printed.");
    }

    /// <summary>The newest checkpoint that the run can go on from: whole, and the store has the steps that it comes after.</summary>
    /// <param name="note">Told why a newer checkpoint is not taken.</param>
    /// <exception cref="InputException">
    /// There is none, the run's store is missing or is no store, or another program carries the run on.
    /// </exception>
    /// <exception cref="RunException">The store cannot be read.</exception>
    public Checkpoint Newest(Action<string> note)
    {
        RequireFree();
        return (HasCheckpoint ? Checkpoint.Latest(CheckpointsPath, note, RunStore.WholeSteps(StorePath)) : null)
            ?? throw new InputException($"{CheckpointsPath}: no checkpoint to go on from. Start a new run.");
    }

    /// <summary>Refuses a run that another program carries on.</summary>
    /// <exception cref="InputException">There is one, and the message says which.</exception>
    public void RequireFree() => RunLock.RequireFree(Path);

    /// <summary>Where a run goes without an option that says so, relative to the working directory.</summary>
    internal static string DefaultPath(Recipe recipe, DateTimeOffset now) =>
        System.IO.Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd-HHmmss}-{recipe.Name}"));

    /// <summary>The path of a file of the run.</summary>
    /// <param name="file">The file's name.</param>
    public string In(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Makes the folder; <see langword="null"/> where there is something of that name.</summary>
    private static RunFolder? TryCreate(string full, Recipe recipe)
    {
        if (System.IO.Path.Exists(full))
        {
            return null;
        }

        RunFolder folder = new(full);
        try
        {
            Directory.CreateDirectory(full);

            // Of programs that make the same folder at once, one makes this file.
            new FileStream(folder.RecipePath, FileMode.CreateNew).Dispose();
        }
        catch (IOException error) when (error.HResult is FileExists or FileExistsOnWindows)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotBeMade(full, error);
        }

        try
        {
            WholeFile.Write(folder.RecipePath, recipe.ToYaml());
            return folder;
        }
        catch (RunException error)
        {
            WholeFolder.TryRemove(full);
            throw CannotBeMade(full, error.InnerException!);
        }
    }

    private static InputException CannotBeMade(string full, Exception error) =>
        new($"{full}: the run's folder could not be made ({error.Message.TrimEnd('.')}). Give another with --out.", error);
}

using System.Globalization;

namespace Stepwise.Runs;

/// <summary>
/// The folder of one run: <c>recipe.yaml</c> (resolved), <c>run.db</c>, <c>checkpoints/</c>, and at the end <c>report.json</c>,
/// <c>report.md</c> and <c>curve.svg</c>. It is never written over.
/// </summary>
public sealed class RunFolder
{
    /// <summary>The name of the file with the resolved recipe.</summary>
    public const string RecipeName = "recipe.yaml";

    private RunFolder(string path) => Path = path;

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The resolved recipe: every key, so that the run can be started again from this file alone.</summary>
    public string RecipePath => In(RecipeName);

    /// <summary>The run's store.</summary>
    public string StorePath => In("run.db");

    /// <summary>The folder of the run's checkpoints.</summary>
    public string CheckpointsPath => In("checkpoints");

    /// <summary>Makes the folder of a new run and writes the resolved recipe into it.</summary>
    /// <param name="path">
    /// The folder, which must not exist yet; <see langword="null"/> takes <c>runs/yyyyMMdd-HHmmss-recipe</c> under the working directory.
    /// </param>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="now">The local time that names the folder.</param>
    /// <exception cref="InputException">The folder exists, or cannot be made.</exception>
    public static RunFolder Create(string? path, Recipe recipe, DateTimeOffset now)
    {
        string full = System.IO.Path.GetFullPath(path ?? DefaultPath(recipe, now));
        if (Directory.Exists(full) || File.Exists(full))
        {
            throw new InputException(
                $"{full}: exists already, and no run is ever overwritten. " +
                "Give another folder with --out, or go on with that run by --resume.");
        }

        RunFolder folder = new(full);
        try
        {
            Directory.CreateDirectory(full);

            // CreateNew: of two programs that make the same folder at once, one fails here.
            using FileStream stream = new(folder.RecipePath, FileMode.CreateNew);
            using StreamWriter writer = new(stream);
            writer.Write(recipe.ToYaml());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{full}: the run's folder could not be made ({error.Message.TrimEnd('.')}). Give another with --out.", error);
        }

        return folder;
    }

    /// <summary>Whether a folder is that of a run.</summary>
    /// <param name="path">The folder; may be absent.</param>
    public static bool IsOne(string path) => File.Exists(System.IO.Path.Combine(path, RecipeName));

    /// <summary>The run that a folder is of: its own, a checkpoint's or that of a checkpoint's policy; <see langword="null"/> for none.</summary>
    /// <param name="path">The folder; may be absent.</param>
    public static RunFolder? Around(string path)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        DirectoryInfo folder = new(full);
        DirectoryInfo?[] places = [folder, folder.Parent?.Parent, folder.Parent?.Parent?.Parent];
        return folder.Exists && Array.Find(places, place => place is not null && IsOne(place.FullName)) is { } found
            && (found == folder || full.StartsWith(new RunFolder(found.FullName).CheckpointsPath, StringComparison.Ordinal))
                ? new(found.FullName)
                : null;
    }

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">It is not the folder of a run.</exception>
    public static RunFolder Open(string path)
    {
        RunFolder folder = new(System.IO.Path.GetFullPath(path));
        return File.Exists(folder.RecipePath)
            ? folder
            : throw new InputException($"{folder.Path}: no run's folder, it has no {RecipeName}. Give the folder that the run printed.");
    }

    /// <summary>Where a run goes without an option that says so, relative to the working directory.</summary>
    internal static string DefaultPath(Recipe recipe, DateTimeOffset now) =>
        System.IO.Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd-HHmmss}-{recipe.Name}"));

    /// <summary>The path of a file of the run.</summary>
    /// <param name="file">The file's name.</param>
    public string In(string file) => System.IO.Path.Combine(Path, file);
}

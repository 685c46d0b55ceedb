using System.Globalization;

namespace Stepwise.Runs;

/// <summary>
/// The folder of one run: <c>recipe.yaml</c> (resolved), <c>run.db</c>, <c>checkpoints/</c>, and at the end <c>report.json</c>,
/// <c>report.md</c> and <c>curve.svg</c>. It is never written over.
/// </summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Path = path;

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The resolved recipe: every key, so that the run can be started again from this file alone.</summary>
    public string RecipePath => In("recipe.yaml");

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

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">It is not the folder of a run.</exception>
    public static RunFolder Open(string path)
    {
        RunFolder folder = new(System.IO.Path.GetFullPath(path));
        return File.Exists(folder.RecipePath)
            ? folder
            : throw new InputException($"{folder.Path}: no run's folder, it has no recipe.yaml. Give the folder that the run printed.");
    }

    /// <summary>Where a run goes without an option that says so, relative to the working directory.</summary>
    internal static string DefaultPath(Recipe recipe, DateTimeOffset now) =>
        System.IO.Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd-HHmmss}-{recipe.Name}"));

    /// <summary>The path of a file of the run.</summary>
    /// <param name="file">The file's name.</param>
    public string In(string file) => System.IO.Path.Combine(Path, file);
}

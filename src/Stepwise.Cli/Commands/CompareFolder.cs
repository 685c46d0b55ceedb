using System.Globalization;
using System.Text.Json;
using Stepwise.Comparisons;
using Stepwise.Files;

namespace Stepwise.Cli.Commands;

/// <summary>
/// The folder of a comparison: under <c>runs/</c> every run's own folder and a file with its result once it is finished, so that a
/// comparison that was stopped goes on where it was; and <c>comparison.json</c>, <c>comparison.md</c>, <c>comparison.svg</c> over all of
/// them. Files are written aside, flushed to disk and renamed.
/// </summary>
internal sealed class CompareFolder
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private CompareFolder(string path) => Path = path;

    /// <summary>The full path.</summary>
    public string Path { get; }

    private string Runs => In("runs");

    /// <summary>Opens the folder of a comparison, or makes it.</summary>
    /// <param name="path">
    /// A new or empty folder, or one of an earlier start; <see langword="null"/> takes a new one under <c>runs</c>.
    /// </param>
    /// <param name="name">The comparison's name.</param>
    /// <param name="now">The local time that names a new folder.</param>
    /// <exception cref="InputException">The folder holds something else, or cannot be made.</exception>
    public static CompareFolder Open(string? path, string name, DateTimeOffset now)
    {
        string fresh = string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd-HHmmss}-{name}");
        CompareFolder folder = new(System.IO.Path.GetFullPath(path ?? System.IO.Path.Combine("runs", fresh)));
        try
        {
            bool foreign = Directory.Exists(folder.Path) && !Directory.Exists(folder.Runs)
                && Directory.EnumerateFileSystemEntries(folder.Path).Any();
            if (foreign || File.Exists(folder.Path))
            {
                throw new InputException(
                    $"{folder.Path}: exists and is not the folder of a comparison; nothing is ever overwritten. Give another one.");
            }

            Directory.CreateDirectory(folder.Runs);
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder.Path}: cannot be made ({error.Message.TrimEnd('.')}). Give another one.", error);
        }
    }

    /// <summary>Holds the folder against a second program, which could not tell its stopped runs from those that go on; until disposed.</summary>
    /// <exception cref="InputException">Another program is at it.</exception>
    public FileStream Hold()
    {
        try
        {
            return new(In("compare.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{Path}: cannot be held ({error.Message.TrimEnd('.')}). Another comparison may be at it; or give another --out.", error);
        }
    }

    /// <summary>The path of a file in the folder.</summary>
    public string In(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>The path of a run's own folder.</summary>
    public string RunOf(PlannedRun run) =>
        System.IO.Path.Combine(Runs, string.Create(CultureInfo.InvariantCulture, $"{run.Variant}-seed{run.Recipe.Seed}"));

    /// <summary>The result of a run that finished earlier, or <see langword="null"/>.</summary>
    /// <exception cref="InputException">The file is of other settings, or unsound.</exception>
    public ComparedRun? Load(PlannedRun run)
    {
        string path = FileOf(run);
        if (!File.Exists(path))
        {
            return null;
        }

        Stored? stored;
        try
        {
            stored = JsonSerializer.Deserialize<Stored>(File.ReadAllText(path), Json);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: not the result of a run ({error.Message.TrimEnd('.')}). Delete it, and the run is repeated.", error);
        }

        return stored is not null && string.Equals(stored.Digest, run.Digest, StringComparison.Ordinal)
            ? stored.Run
            : throw new InputException(
                $"{path}: the result of other settings, files or starting weights. Give another --out, or undo the change.");
    }

    /// <summary>Keeps the result of a finished run.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Store(PlannedRun run, ComparedRun result) =>
        WholeFile.Write(FileOf(run), JsonSerializer.Serialize(new Stored(run.Digest, result), Json) + "\n");

    /// <summary>Writes the report over all runs that are finished.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Write(CompareReport report)
    {
        WholeFile.Write(In("comparison.json"), JsonSerializer.Serialize(report.ToObject(), Json) + "\n");
        WholeFile.Write(In("comparison.md"), report.ToMarkdown());
        WholeFile.Write(In("comparison.svg"), report.ToChart().ToSvg());
    }

    private string FileOf(PlannedRun run) => RunOf(run) + ".json";

    private sealed record Stored(string Digest, ComparedRun Run);
}

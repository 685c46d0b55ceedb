using System.Text.Json;
using Stepwise.Files;

namespace Stepwise.Cli.Hub;

/// <summary>What a pulled folder says of itself, in <see cref="PullFolder.RecordName"/>.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit.</param>
/// <param name="File">The one file that was asked for, or <see langword="null"/>.</param>
/// <param name="Files">Its files.</param>
internal sealed record PullRecord(string Repository, string Commit, string? File, IReadOnlyList<HubFile> Files)
{
    /// <summary>Whether the repository is a dataset's; otherwise a model's.</summary>
    public bool IsDataset { get; init; }
}

/// <summary>The folder of a pull while it is not whole: it lies beside its place until every file is there.</summary>
internal sealed class PullFolder : IDisposable
{
    public const string RecordName = "pull.json";

    private const string LockName = "pull.lock";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly string _path;
    private readonly FileStream _lock;

    private PullFolder(string path, string partial, FileStream held)
    {
        _path = path;
        Partial = partial;
        _lock = held;
    }

    /// <summary>Where files are downloaded to.</summary>
    public string Partial { get; }

    /// <summary>Whether a name in the folder is one of the pull's own; where case does not count, in any case.</summary>
    public static bool Keeps(string name) =>
        name.Equals(RecordName, StringComparison.OrdinalIgnoreCase) || name.Equals(LockName, StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(FileDownload.Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>What is at a place already; <see langword="null"/> where nothing is.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">There is something else than a whole pulled folder.</exception>
    public static PullRecord? Find(string path)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
        {
            return null;
        }

        PullRecord? record = null;
        try
        {
            record = JsonSerializer.Deserialize<PullRecord>(File.ReadAllBytes(Path.Combine(path, RecordName)), Json);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            // Said below: whatever it is, it is no folder of a pull.
        }

        if (record is null)
        {
            throw new InputException($"{path}: exists already and was not made by pull, and nothing is ever overwritten. Give another folder with --out.");
        }

        HubFile? changed = record.Files.FirstOrDefault(f => !(new FileInfo(Path.Combine(path, f.Name)) is { Exists: true } info && info.Length == f.Size));
        return changed is null
            ? record
            : throw new InputException($"{path}: {changed.Name} is missing or has been changed since it was pulled. "
                + "Remove the folder, or give another with --out.");
    }

    /// <summary>Makes the folder beside its place, or takes up the one of an earlier attempt.</summary>
    /// <param name="path">The place.</param>
    /// <exception cref="InputException">The folder cannot be made, another program is at it, or it is somebody else's.</exception>
    public static PullFolder Begin(string path)
    {
        string partial = path + ".partial";
        string held = Path.Combine(partial, LockName);
        // The lock goes before the folder is renamed; then the record says whose it is.
        bool own = File.Exists(held) || File.Exists(Path.Combine(partial, RecordName));
        if (Directory.Exists(partial) && !own && Directory.EnumerateFileSystemEntries(partial).Any())
        {
            throw new InputException($"{partial}: exists already and was not made by pull. Give another folder with --out.");
        }

        try
        {
            Directory.CreateDirectory(partial);
            return new(path, partial, new FileStream(held, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{partial}: cannot be written ({error.Message.TrimEnd('.')}). Another pull may be at it; or give another folder with --out.", error);
        }
    }

    /// <summary>Leaves nothing but the record and its files in the folder, and puts it in its place.</summary>
    /// <param name="record">What was pulled.</param>
    /// <exception cref="RunException">The disk failed.</exception>
    public void Finish(PullRecord record)
    {
        try
        {
            WholeFile.Write(Path.Combine(Partial, RecordName), JsonSerializer.Serialize(record, Json) + "\n");
            HashSet<string> kept = new(record.Files.Select(f => f.Name), StringComparer.Ordinal) { RecordName };
            _lock.Dispose();
            foreach (string left in Directory.EnumerateFiles(Partial).Where(file => !kept.Contains(Path.GetFileName(file))))
            {
                File.Delete(left);
            }

            Directory.Move(Partial, _path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{_path}: the folder could not be finished ({error.Message.TrimEnd('.')}). Free space or rights there.", error);
        }
    }

    public void Dispose() => _lock.Dispose();
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Stepwise.Files;

/// <summary>What a run needs beside the policy's own state to go on from where it was.</summary>
/// <param name="Step">Training steps done.</param>
/// <param name="Seed">The run's seed; random numbers are counter-based, so with the step it is the whole random state.</param>
/// <param name="DataPosition">Problems drawn so far from the shuffled training set, all epochs together; the next one is there.</param>
/// <param name="Updates">Optimizer steps that the training steps made.</param>
/// <param name="RecipeDigest">
/// SHA-256 of the resolved recipe with the contents of the model and the problem files in place of their paths.
/// </param>
/// <param name="Method">What the method's parts remember, by part; without those that remember nothing.</param>
/// <param name="Parts">
/// SHA-256 of each part that <paramref name="RecipeDigest"/> is made from, by name, so that a difference can be named; absent in checkpoints
/// of earlier versions.
/// </param>
/// <param name="Tokens">Completion tokens that the training steps sampled.</param>
public sealed record CheckpointState(
    int Step, ulong Seed, long DataPosition, long Updates, string RecipeDigest, JsonObject Method,
    IReadOnlyDictionary<string, string>? Parts = null, long Tokens = 0);

/// <summary>
/// A checkpoint: a folder with the policy's files under <c>policy/</c>, <c>state.json</c> and <c>manifest.json</c>, the SHA-256 sum and
/// size of every other file. It is written beside its place, flushed to disk and renamed, so a folder under its own name is whole.
/// </summary>
public sealed class Checkpoint
{
    internal const string ManifestFile = "manifest.json";
    private const string StateFile = "state.json";
    private const string UnstoredFile = "unstored.db";
    private const string Prefix = "step-";
    private const string PartialPrefix = ".partial-";
    private const string Broken = "The checkpoint is broken; go on from an earlier one.";

    // Far above any manifest or state; a larger file is not one.
    private const long MaxJsonBytes = 16 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private Checkpoint(string folder, CheckpointState state)
    {
        Folder = folder;
        State = state;
    }

    /// <summary>The checkpoint's folder.</summary>
    public string Folder { get; }

    /// <summary>The folder to give to <see cref="Policies.IPolicy.LoadAsync"/>.</summary>
    public string PolicyFolder => Path.Combine(Folder, "policy");

    /// <summary>The run's state.</summary>
    public CheckpointState State { get; }

    /// <summary>A store of the last training step alone, where the run's own store failed to take it; otherwise there is no such file.</summary>
    public string UnstoredPath => UnstoredIn(Folder);

    /// <summary>Training steps that the run's store must have.</summary>
    public int StoredSteps => File.Exists(UnstoredPath) ? State.Step - 1 : State.Step;

    /// <summary>Whether a run has checkpoints, whole or not.</summary>
    /// <param name="checkpoints">The folder of a run's checkpoints; may be absent.</param>
    internal static bool Any(string checkpoints) =>
        Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, Prefix + "*").Any();

    /// <summary>The name of a step's checkpoint folder, for example <c>step-000100</c>.</summary>
    /// <param name="step">Training steps done.</param>
    public static string NameOf(int step) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D6}");

    /// <summary>Writes a checkpoint; one of the same step that is whole is left as it is, a broken one is replaced.</summary>
    /// <param name="checkpoints">The folder of the run's checkpoints; made if absent.</param>
    /// <param name="state">The run's state.</param>
    /// <param name="writePolicy">Writes the policy's files into an empty folder, see <see cref="Policies.IPolicy.SaveAsync"/>.</param>
    /// <param name="writeUnstored">
    /// Writes the step that the run's store could not take to a path, see <see cref="UnstoredPath"/>; <see langword="null"/> where it took it.
    /// </param>
    /// <returns>The checkpoint.</returns>
    /// <exception cref="RunException">Writing failed (a full disk); nothing is left of the attempt, earlier ones are untouched.</exception>
    public static async ValueTask<Checkpoint> SaveAsync(
        string checkpoints, CheckpointState state, Func<string, ValueTask> writePolicy, Action<string>? writeUnstored = null)
    {
        string folder = Path.Combine(checkpoints, NameOf(state.Step));
        if (Directory.Exists(folder) && IsWhole(folder))
        {
            return new(folder, state);
        }

        try
        {
            string unfinished = Path.Combine(checkpoints, PartialPrefix + NameOf(state.Step));
            await WholeFolder.WriteAsync(folder, unfinished, replace: true, "the checkpoint", async partial =>
            {
                await writePolicy(Directory.CreateDirectory(Path.Combine(partial, "policy")).FullName).ConfigureAwait(false);
                writeUnstored?.Invoke(UnstoredIn(partial));
                WriteJson(Path.Combine(partial, StateFile), state);
                Manifest manifest = new([.. FilesOf(partial).Select(file => Describe(partial, file))]);
                WriteJson(Path.Combine(partial, ManifestFile), manifest);
            }).ConfigureAwait(false);
            return new(folder, state);
        }
        catch (RunException error)
        {
            throw new RunException($"{error.Message} Earlier checkpoints are untouched; go on from them with --resume.", error);
        }
    }

    /// <summary>Whether a folder says that it is a checkpoint; <see cref="Load"/> finds out whether it is whole.</summary>
    /// <param name="folder">The folder; may be absent.</param>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, ManifestFile));

    /// <summary>Reads a checkpoint once every file has been found to be what was written.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <exception cref="InputException">
    /// A file is missing, added where an engine would read it, cannot be read, or has another size or sum, or the folder is no checkpoint.
    /// </exception>
    public static Checkpoint Load(string folder) => Readable(folder, () => LoadWhole(folder));

    /// <summary>The newest whole checkpoint, or <see langword="null"/> where there is none.</summary>
    /// <param name="checkpoints">The folder of a run's checkpoints; may be absent.</param>
    /// <param name="broken">Told why a newer checkpoint is not taken, or <see langword="null"/>.</param>
    /// <param name="stored">Training steps that the run's store has; a checkpoint that needs more is not taken.</param>
    /// <exception cref="InputException">The folder cannot be listed.</exception>
    public static Checkpoint? Latest(string checkpoints, Action<string>? broken = null, int stored = int.MaxValue)
    {
        if (!Directory.Exists(checkpoints))
        {
            return null;
        }

        IEnumerable<string> newestFirst = Readable(checkpoints, () => Directory.GetDirectories(checkpoints, Prefix + "*"))
            .OrderByDescending(folder => folder.Length).ThenByDescending(folder => folder, StringComparer.Ordinal);
        foreach (string folder in newestFirst)
        {
            try
            {
                return RequireFit(Load(folder), stored);
            }
            catch (InputException error)
            {
                broken?.Invoke(error.Message);
            }
        }

        return null;
    }

    private static Checkpoint RequireFit(Checkpoint checkpoint, int stored)
    {
        int step = checkpoint.State.Step;
        if (!string.Equals(Path.GetFileName(checkpoint.Folder), NameOf(step), StringComparison.Ordinal))
        {
            throw new InputException($"{checkpoint.Folder}: its {StateFile} says step {step}, which is not the folder's. {Broken}");
        }

        return checkpoint.StoredSteps <= stored ? checkpoint : throw new InputException(
            $"{checkpoint.Folder}: comes after training step {step}, and the run's store has its first {stored} whole; a run does not go on "
            + "over a gap.");
    }

    private static T Readable<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({error.Message.TrimEnd('.')}). Check its rights and its disk.", error);
        }
    }

    private static Checkpoint LoadWhole(string folder)
    {
        string manifestPath = Path.Combine(folder, ManifestFile);
        if (!File.Exists(manifestPath))
        {
            throw new InputException($"{folder}: no checkpoint, {ManifestFile} is missing. Give a folder like {NameOf(100)}.");
        }

        Manifest manifest = ReadJson<Manifest>(manifestPath);
        if (manifest.Version != Manifest.Current)
        {
            throw new InputException($"{manifestPath}: version {manifest.Version}; this program reads version {Manifest.Current}.");
        }

        // Names are looked up among the folder's own files, so a lying manifest cannot name anything outside it.
        HashSet<string> present = [.. FilesOf(folder).Where(file => file is not ManifestFile)];
        foreach (ManifestEntry entry in manifest.Files)
        {
            string path = Path.Combine(folder, entry.Path);
            if (!present.Remove(entry.Path))
            {
                throw new InputException($"{path}: missing, although {ManifestFile} lists it (once). {Broken}");
            }

            long length = new FileInfo(path).Length;
            if (length != entry.Size)
            {
                throw new InputException($"{path}: {length} bytes; {ManifestFile} says {entry.Size}. {Broken}");
            }

            string sum = Describe(folder, entry.Path).Sha256;
            if (!string.Equals(sum, entry.Sha256, StringComparison.Ordinal))
            {
                throw new InputException($"{path}: SHA-256 is {sum}; {ManifestFile} says {entry.Sha256}. {Broken}");
            }
        }

        // What nothing reads (a file manager's, a note) does no harm.
        present.RemoveWhere(file => !ModelFiles.IsRead(Path.GetFileName(file)) && file is not UnstoredFile);
        if (present.Count > 0)
        {
            string added = present.Order(StringComparer.Ordinal).First();
            throw new InputException($"{Path.Combine(folder, added)}: not listed in {ManifestFile}. {Broken}");
        }

        if (!manifest.Files.Any(file => file.Path is StateFile))
        {
            throw new InputException($"{manifestPath}: lists no {StateFile}. {Broken}");
        }

        return new(folder, ReadJson<CheckpointState>(Path.Combine(folder, StateFile)));
    }

    private static bool IsWhole(string folder)
    {
        try
        {
            _ = Load(folder);
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    private static ManifestEntry Describe(string folder, string file)
    {
        using FileStream stream = new(Path.Combine(folder, file), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        return new(file, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    private static string UnstoredIn(string folder) => Path.Combine(folder, UnstoredFile);

    private static void WriteJson<T>(string path, T value) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(value, Json));

    private static T ReadJson<T>(string path)
        where T : class
    {
        try
        {
            if (new FileInfo(path).Length > MaxJsonBytes)
            {
                throw new InputException($"{path}: larger than {MaxJsonBytes} bytes, so it is not a checkpoint's. {Broken}");
            }

            byte[] content = File.ReadAllBytes(path);
            StrictJson.CheckNames(content);
            return JsonSerializer.Deserialize<T>(content, Json) ?? throw new JsonException("it says null");
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}: not a checkpoint's JSON ({error.Message}). {Broken}", error);
        }
    }

    private readonly record struct ManifestEntry(string Path, long Size, string Sha256);

    private sealed record Manifest(IReadOnlyList<ManifestEntry> Files, int Version = Manifest.Current)
    {
        public const int Current = 1;
    }
}

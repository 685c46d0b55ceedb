using System.Text;
using System.Text.Json;
using Stepwise.Files;
using Stepwise.Problems;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>
/// The folder of an evaluation: <c>settings.json</c>, <c>samples.jsonl</c> and at the end <c>evaluation.json</c>, <c>evaluation.md</c> and
/// <c>evaluation.svg</c>.
/// </summary>
/// <remarks>
/// While samples are drawn, those of a problem are written as soon as it has all of them; a line that a stop has cut off is dropped. At the end
/// the file is written anew, in the order of the problems: that of an evaluation which was stopped is the same, byte for byte.
/// </remarks>
public sealed class EvaluationFolder
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private EvaluationFolder(string path, EvaluationSettings settings)
    {
        Path = path;
        Settings = settings;
    }

    /// <summary>The folder's full path.</summary>
    public string Path { get; }

    /// <summary>The evaluation's settings.</summary>
    public EvaluationSettings Settings { get; private set; }

    /// <summary>The samples.</summary>
    public string SamplesPath => In("samples.jsonl");

    /// <summary>The path of a file of the folder.</summary>
    /// <param name="file">The file's name.</param>
    public string In(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Makes the folder of a new evaluation, or opens that of one with the same settings, to go on with it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="settings">The settings.</param>
    /// <exception cref="InputException">It is the folder of another evaluation, or of something else, or cannot be made.</exception>
    public static EvaluationFolder Begin(string path, EvaluationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string full = System.IO.Path.GetFullPath(path);
        EvaluationFolder folder = new(full, settings);
        if (File.Exists(SettingsIn(full)))
        {
            folder.RequireSame(Open(full).Settings);
            return folder;
        }

        try
        {
            if (File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any()))
            {
                throw new InputException($"{full}: exists already and is no evaluation's folder. Give another folder with --out.");
            }

            Directory.CreateDirectory(full);
            WholeFile.Write(SettingsIn(full), JsonSerializer.Serialize(settings, Options) + "\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or RunException)
        {
            throw new InputException($"{full}: the evaluation's folder could not be made ({error.Message.TrimEnd('.')}). Give another with --out.", error);
        }

        return folder;
    }

    /// <summary>Opens the folder of an evaluation.</summary>
    /// <param name="path">The folder, or a file in it, or a run whose evaluation it is.</param>
    /// <exception cref="InputException">There is no evaluation.</exception>
    public static EvaluationFolder Open(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        string folder = File.Exists(full) ? System.IO.Path.GetDirectoryName(full)! : RunLayout.IsRun(full) ? InRun(full) : full;
        string file = SettingsIn(folder);
        try
        {
            using FileStream stream = RegularFile.OpenRead(file);
            return new(folder, JsonSerializer.Deserialize<EvaluationSettings>(stream, Options) ?? throw new JsonException("it holds null"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: no evaluation of benchmarks, {file} cannot be read ({error.Message.TrimEnd('.')}). Give the folder that stepwise eval --out wrote.",
                error);
        }
        catch (JsonException error)
        {
            throw new InputException($"{file}: not the settings of an evaluation: {error.Message}", error);
        }
    }

    /// <summary>Whether a folder is that of an evaluation.</summary>
    /// <param name="path">The folder.</param>
    public static bool IsOne(string path) =>
        !string.IsNullOrEmpty(path) && File.Exists(SettingsIn(path)) && File.Exists(System.IO.Path.Combine(path, "samples.jsonl"));

    /// <summary>Where the evaluation of a run's policy goes without an option that says so.</summary>
    /// <param name="run">The run's folder.</param>
    public static string InRun(string run) => System.IO.Path.Combine(run, "evaluation");

    /// <summary>Refuses problems that are not those of the folder, by their names and number.</summary>
    /// <param name="sets">The problems.</param>
    /// <exception cref="InputException">They are others.</exception>
    public void RequireProblems(IReadOnlyList<BenchmarkSet> sets)
    {
        ArgumentNullException.ThrowIfNull(sets);
        string here = Names(sets.Select(EvaluatedSet.Of)), there = Names(Settings.Benchmarks);
        if (!string.Equals(here, there, StringComparison.Ordinal))
        {
            throw new InputException($"{Path}: holds the samples of {there}; given are {here}. Give the same benchmarks.");
        }

        static string Names(IEnumerable<EvaluatedSet> sets) => string.Join(", ", sets.Select(set => $"{Counted.Of(set.Problems, "problem")} of {set.Name}"));
    }

    /// <summary>Refuses problems that are not those of the folder, by what they ask and what is right.</summary>
    /// <param name="sets">The problems.</param>
    /// <exception cref="InputException">They are others.</exception>
    public void RequireSame(IReadOnlyList<BenchmarkSet> sets)
    {
        RequireProblems(sets);
        if (sets.Select(set => EvaluatedSet.Of(set).DifferenceIn(Settings.Benchmarks)).OfType<string>().FirstOrDefault() is { } difference)
        {
            throw new InputException($"{Path}: {difference}. Verify its samples with the references as they are now: stepwise eval --rescore.");
        }
    }

    /// <summary>Refuses an evaluation whose samples cannot be paired with those of this one.</summary>
    /// <param name="other">The other evaluation; its policy may be another.</param>
    /// <exception cref="InputException">Its settings or problems are others.</exception>
    public void RequirePaired(EvaluationFolder other)
    {
        ArgumentNullException.ThrowIfNull(other);
        string[] differences =
        [
            .. Settings.Differences(other.Settings),
            .. Settings.Benchmarks.Select(set => set.DifferenceIn(other.Settings.Benchmarks)).OfType<string>(),
        ];
        if (differences.Length > 0)
        {
            throw new InputException(
                $"{other.Path}: cannot be compared with: {string.Join("; ", differences)}. Evaluate both with the same problems, seed and settings.");
        }
    }

    /// <summary>The samples there are; a last line that was cut off is dropped.</summary>
    /// <param name="sets">The problems.</param>
    /// <exception cref="InputException">A line is no sample of such a problem.</exception>
    public List<ScoredSample> Read(IReadOnlyList<BenchmarkSet> sets)
    {
        DropUnfinished();
        if (!File.Exists(SamplesPath) || new FileInfo(SamplesPath).Length == 0)
        {
            return [];
        }

        List<ScoredSample> samples = [];
        HashSet<(string, string, int)> seen = [];
        foreach (FileRecord line in JsonLines.Read(SamplesPath, JsonLines.MaxResponseLineBytes))
        {
            ScoredSample sample = ScoredSample.Of(line.Object, line.Place);
            if (sample.Sample < 0 || sample.Sample >= Settings.Samples || !seen.Add((sample.Benchmark, sample.Id, sample.Sample))
                || !sets.Any(set => set.Has(sample)))
            {
                throw new InputException(
                    $"{line.Place}: sample {sample.Sample} of problem {Quoted.Of(sample.Id)} of {Quoted.Of(sample.Benchmark)} is there twice "
                    + "or not of this evaluation. Give another folder with --out.");
            }

            samples.Add(sample);
        }

        return samples;
    }

    /// <summary>All samples of every problem, in order.</summary>
    /// <param name="sets">The problems.</param>
    /// <exception cref="InputException">Some are missing, or a line is no sample of such a problem.</exception>
    public IReadOnlyList<ScoredSample> ReadWhole(IReadOnlyList<BenchmarkSet> sets)
    {
        List<ScoredSample> samples = Read(sets);
        long expected = sets.Sum(set => (long)set.Problems.Count) * Settings.Samples;
        return samples.Count == expected
            ? samples
            : throw new InputException(
                $"{SamplesPath}: holds {samples.Count} of {Counted.Of(expected, "sample")}. End the evaluation first, by the command that began it.");
    }

    /// <summary>Opens the samples to add to them; one program at a time.</summary>
    /// <exception cref="InputException">Another program has them open, or they cannot be written.</exception>
    internal StreamWriter Append()
    {
        try
        {
            return new(new FileStream(SamplesPath, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { NewLine = "\n" };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{SamplesPath}: cannot be written ({error.Message.TrimEnd('.')}). Does another program carry this evaluation on?", error);
        }
    }

    /// <summary>Writes all samples, in the order of benchmarks, problems and samples, over those there are.</summary>
    /// <param name="sets">The problems.</param>
    /// <param name="samples">The samples.</param>
    /// <returns>The samples in that order.</returns>
    /// <exception cref="RunException">The disk is full or fails.</exception>
    internal IReadOnlyList<ScoredSample> WriteSamples(IReadOnlyList<BenchmarkSet> sets, IEnumerable<ScoredSample> samples)
    {
        Dictionary<string, (BenchmarkSet Set, int Place)> places =
            sets.Select((set, i) => (set, i)).ToDictionary(s => s.set.Name, s => (s.set, s.i), StringComparer.Ordinal);
        ScoredSample[] ordered =
        [
            .. samples.OrderBy(sample => places[sample.Benchmark].Place)
                .ThenBy(sample => places[sample.Benchmark].Set.Place(sample.Id)).ThenBy(sample => sample.Sample),
        ];
        using WholeFile file = new(SamplesPath);
        foreach (ScoredSample sample in ordered)
        {
            file.Write(Encoding.UTF8.GetBytes(sample.ToLine() + "\n"));
        }

        file.Commit();
        return ordered;
    }

    /// <summary>Writes the settings anew, with the references as they are now.</summary>
    /// <param name="sets">The problems.</param>
    internal void UpdateReferences(IReadOnlyList<BenchmarkSet> sets)
    {
        Settings = Settings with { Benchmarks = [.. sets.Select(EvaluatedSet.Of)] };
        WholeFile.Write(SettingsIn(Path), JsonSerializer.Serialize(Settings, Options) + "\n");
    }

    private static string SettingsIn(string folder) => System.IO.Path.Combine(folder, "settings.json");

    private void RequireSame(EvaluationSettings there)
    {
        string[] differences =
        [
            .. string.Equals(there.Model, Settings.Model, StringComparison.Ordinal)
                ? Array.Empty<string>() : [$"the model is {Settings.Model} here and {there.Model} there"],
            .. Settings.Differences(there),
            .. there.Benchmarks.Select(set => set.Name).SequenceEqual(Settings.Benchmarks.Select(set => set.Name), StringComparer.Ordinal)
                ? Array.Empty<string>() : ["the benchmarks are others"],
            .. Settings.Benchmarks.Select(set => set.DifferenceIn(there.Benchmarks)).OfType<string>(),
        ];
        if (differences.Length > 0)
        {
            throw new InputException(
                $"{Path}: holds an evaluation with other settings: {string.Join("; ", differences)}. "
                + "Give the same settings to go on with it, or another folder with --out.");
        }
    }

    /// <summary>Drops the end of a last line that has no line feed.</summary>
    private void DropUnfinished()
    {
        if (!File.Exists(SamplesPath))
        {
            return;
        }

        using FileStream file = new(SamplesPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        long end = file.Length;
        while (end > 0)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n')
            {
                break;
            }

            end--;
        }

        if (end < file.Length)
        {
            file.Dispose();
            using FileStream writable = new(SamplesPath, FileMode.Open, FileAccess.Write, FileShare.Read);
            writable.SetLength(end);
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>The problems of a benchmark's file, with what verifies answers to them.</summary>
public sealed class BenchmarkSet
{
    // The names that public files give the id, the first that a record has counts.
    private static readonly string[] Ids = ["id", "idx", "task_id", "unique_id", "ID"];

    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    private BenchmarkSet(string name, string file, ITask task, bool votes)
    {
        Name = name;
        File = file;
        Task = task;
        Votes = votes;
    }

    /// <summary>What stands for the held-out problems of a recipe where a benchmark is named.</summary>
    public const string HeldOutName = "held-out";

    /// <summary>The benchmark's name, or <see cref="HeldOutName"/>.</summary>
    public string Name { get; }

    /// <summary>The file, as it was named.</summary>
    public string File { get; }

    /// <summary>Whether answers can be compared with each other, so that the samples of a problem can vote.</summary>
    public bool Votes { get; }

    /// <summary>What asks and verifies.</summary>
    public ITask Task { get; }

    /// <summary>The problems in the file's order, at least one.</summary>
    public IReadOnlyList<BenchmarkProblem> Problems { get; private init; } = [];

    /// <summary>Whether a reference solution derives something on the way to its answer, so that the task's judge can say how far a response came.</summary>
    public bool HasMilestones => Problems.Any(problem => Task.Milestones(problem.Problem).Count > 1);

    /// <summary>SHA-256 of what is asked and of the references: two sets with the same are the same problems, whatever their files.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>
    /// A word of warning for people where all references of a longer set are the same, so that an answer that never changes is always right;
    /// otherwise <see langword="null"/>.
    /// </summary>
    public string? Warning => Problems.Count >= 10 && Problems.All(p => string.Equals(p.Problem.Answer, Problems[0].Problem.Answer, StringComparison.Ordinal))
        ? $"{Name}: all {Problems.Count} references of {File} are {Quoted.Of(Problems[0].Problem.Answer)}; "
            + "a policy that always answers so is always right. Shuffle the choices."
        : null;

    /// <summary>Reads a file.</summary>
    /// <param name="benchmark">Whose form it has.</param>
    /// <param name="file">The file: .jsonl, .json, .csv or .parquet.</param>
    /// <param name="most">The most problems, from the first; 0 for all.</param>
    /// <param name="chat">Whether policies are asked in their chat template.</param>
    /// <exception cref="InputException">A record is not of the benchmark's form, or two have one id; the message names the line.</exception>
    public static BenchmarkSet Read(Benchmark benchmark, string file, int most = 0, bool chat = true)
    {
        ArgumentNullException.ThrowIfNull(benchmark);
        List<BenchmarkProblem> problems = [];
        BenchmarkSet set = new(benchmark.Name, file, benchmark.CreateTask(chat), benchmark.Votes) { Problems = problems };
        foreach (FileRecord record in RecordFile.Read(file))
        {
            BenchmarkProblem problem = benchmark.Read(record, IdOf(record));
            if (!set._places.TryAdd(problem.Problem.Id, problems.Count))
            {
                throw new InputException($"{record.Place}: the id {Quoted.Of(problem.Problem.Id)} is taken by an earlier problem; ids must be unique.");
            }

            problems.Add(problem);
            if (problems.Count == most)
            {
                break;
            }
        }

        set.Digest = set.DigestOf();
        return set;
    }

    /// <summary>The held-out problems of a recipe, asked as the recipe asks them.</summary>
    /// <param name="task">What asks and verifies.</param>
    /// <param name="problems">The problems, whose ids differ; at least one.</param>
    /// <param name="recipe">The recipe's file.</param>
    /// <param name="most">The most problems, from the first; 0 for all.</param>
    public static BenchmarkSet HeldOut(ITask task, IReadOnlyList<Problem> problems, string recipe, int most = 0)
    {
        BenchmarkSet set = new(HeldOutName, recipe, task, votes: false)
        {
            Problems = [.. problems.AtMost(most).Select(problem => new BenchmarkProblem(problem, task.WhyUndecided(problem)))],
        };
        for (int i = 0; i < set.Problems.Count; i++)
        {
            set._places.Add(set.Problems[i].Problem.Id, i);
        }

        set.Digest = set.DigestOf();
        return set;
    }

    /// <summary>The place of a problem among <see cref="Problems"/>; −1 for none.</summary>
    /// <param name="id">Its id.</param>
    public int Place(string id) => _places.GetValueOrDefault(id, -1);

    /// <summary>Whether a sample is of one of the problems.</summary>
    /// <param name="sample">The sample.</param>
    public bool Has(ScoredSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return string.Equals(sample.Benchmark, Name, StringComparison.Ordinal) && Place(sample.Id) >= 0;
    }

    /// <summary>The verdict on a response.</summary>
    /// <param name="problem">The problem's place.</param>
    /// <param name="completion">The response; untrusted.</param>
    /// <param name="sample">Which of the problem's responses it is, for messages.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Undecided, with the reason, where sampling failed or the reference cannot be read.</returns>
    /// <exception cref="RunException">The verifier threw.</exception>
    public ValueTask<Verdict> VerifyAsync(int problem, Completion completion, string sample, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(completion);
        return Problems[problem].Unread is { } unread && !completion.Failed
            ? new(new Verdict(Correctness.Undecided, null, unread))
            : Verification.VerdictAsync(Task, Problems[problem].Problem, completion, sample, cancellationToken);
    }

    private string DigestOf()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((Problem problem, _) in Problems)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { problem.Id, Asked = Text(Task.Prompt(problem)), problem.Answer })));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string IdOf(FileRecord record)
    {
        string? field = Array.Find(Ids, name => record.Object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null);
        return field is null ? record.Number.ToString(CultureInfo.InvariantCulture) : record.Text(field, orNumber: true);
    }

    private static string Text(Prompt prompt) => prompt switch
    {
        ChatPrompt chat => string.Join('\n', chat.Messages.Select(message => message.Content)),
        TextPrompt text => text.Text,
        _ => "",
    };
}

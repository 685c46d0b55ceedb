using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Reasoning.Steps;

namespace Stepwise.Tasks.Mathematics;

/// <summary>The settings of <see cref="MathTask"/>.</summary>
public sealed record MathOptions : TaskOptions
{
    private const string Expected = "a .jsonl, .json, .csv or .parquet file of problems";

    // Not the run's seed: runs of different seeds are measured on the same problems.
    private const ulong HeldOutStream = 0x48656C64;

    /// <summary>Full path of the training problems.</summary>
    [PathKey($"training problems, {Expected}")]
    public string Train { get; init; } = "";

    /// <summary>
    /// Full path of the test problems; <see langword="null"/> holds <see cref="TaskOptions.TestProblems"/> of the training problems out, always the
    /// same of a file.
    /// </summary>
    [PathKey("test problems, such a file too; held-out takes task.testProblems out of the training problems", None = "held-out")]
    public string? Test { get; init; }

    /// <summary>Which fields hold a problem.</summary>
    [Section("fields")]
    public ProblemFields Fields { get; init; } = new();

    /// <summary>The most difficulty; harder problems, and those of which it is not said, are left out. <see langword="null"/> takes all.</summary>
    [Key("leave out problems that are harder, and those whose difficulty is not said", Low = -1e9, High = 1e9)]
    public double? MaxDifficulty { get; init; }

    /// <summary>How a response is cut into steps, to which one is added where it stops without an answer; see <see cref="MathTask.Steps"/>.</summary>
    [Part<StepCatalog>("steps", "how a response is cut into steps")]
    public StepSplitter Steps { get; init; } = new Sentences();

    /// <summary>How a question is put.</summary>
    [Section]
    public PromptOptions Prompt { get; init; } = new() { Template = $"{PromptOptions.Question}\n\n{MathTask.BoxedInstruction}", Chat = true };

    /// <inheritdoc/>
    public override ITask Create() => new MathTask(this);

    /// <inheritdoc/>
    public override IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default)
    {
        if (Test is null)
        {
            return Easy(HeldOut(ReadTrain("line"), split), Train).AtMost(Count(split));
        }

        return Easy(split == Split.Train ? ReadTrain("train") : Read(Test, "test"), split == Split.Train ? Train : Test).AtMost(Count(split));
    }

    // Of problems held out before: whatever the difficulty, none of them is ever trained on.
    private IReadOnlyList<Problem> Easy(IReadOnlyList<Problem> problems, string path) =>
        problems.UpTo(MaxDifficulty, path, "name the field that says it (task.fields.difficulty)");

    /// <inheritdoc/>
    public override void RequireHeldOut() => RequireOther(Test, Train);

    /// <inheritdoc/>
    public override void Check()
    {
        RequireGiven(nameof(Train), Train, Expected);
        RequireFile(nameof(Test), Test);
        if (Test is null && TestProblems == 0)
        {
            throw new OptionException(nameof(TestProblems), " is 0, which would hold out all training problems; say how many, or give task.test.");
        }
    }

    // What is not needed to measure a policy (solutions, hints) need not be in the test problems at all.
    private IReadOnlyList<Problem> ReadTrain(string prefix)
    {
        OptionalFields optional = new(Fields);
        IReadOnlyList<Problem> problems = Read(Train, prefix, optional.See);
        optional.Require();
        return problems;
    }

    private IReadOnlyList<Problem> Read(string path, string prefix, Action<FileRecord>? see = null) => ProblemFile.Gather(
        RecordFile.Read(path),
        record =>
        {
            see?.Invoke(record);
            return Fields.Read(record, prefix);
        },
        problem =>
        {
            if (problem.Messages is not null && !Prompt.Chat)
            {
                throw new InputException("the question is a list of messages, and task.chat is false: plain text has no turns. Set task.chat to true.");
            }
        });

    private Problem[] HeldOut(IReadOnlyList<Problem> problems, Split split)
    {
        if (TestProblems >= problems.Count)
        {
            throw new InputException(
                $"{Train}: holds {Counted.Of(problems.Count, "problem")}, and task.testProblems takes {TestProblems} of them out; "
                + "none is left to train on. Lower it, or give task.test.");
        }

        HashSet<int> held = [.. CounterRandom.Permutation(HeldOutStream, problems.Count).Take(TestProblems)];
        return [.. problems.Where((_, i) => held.Contains(i) == (split == Split.Test))];
    }
}

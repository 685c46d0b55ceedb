using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Reasoning.Steps;

namespace Stepwise.Tasks.Mathematics;

/// <summary>The settings of <see cref="Gsm8k"/>.</summary>
public sealed record Gsm8kOptions : TaskOptions
{
    private const string Expected = "a file in GSM8K's format: JSON lines with question and answer";

    /// <summary>Full path of the training problems.</summary>
    [PathKey("training problems, a file in GSM8K's format")]
    public string Train { get; init; } = "";

    /// <summary>Full path of the test problems.</summary>
    [PathKey("test problems, a file in GSM8K's format")]
    public string Test { get; init; } = "";

    /// <summary>
    /// The most calculations that a worked solution marks; problems with more, and those that mark none, are left out. <see langword="null"/> takes all.
    /// </summary>
    [Key("leave out problems that are harder, and those whose difficulty is not said", Low = -1e9, High = 1e9)]
    public double? MaxDifficulty { get; init; }

    /// <summary>How a response is cut into steps, to which one is added where it stops without an answer; see <see cref="MathTask.Steps"/>.</summary>
    [Part<StepCatalog>("steps", "how a response is cut into steps")]
    public StepSplitter Steps { get; init; } = new Sentences();

    /// <summary>How a question is put.</summary>
    [Section]
    public PromptOptions Prompt { get; init; } = new() { Template = $"{PromptOptions.Question}\n\n{Gsm8k.Instruction}", Chat = true };

    /// <inheritdoc/>
    public override ITask Create() => new Gsm8k(this);

    /// <inheritdoc/>
    public override IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default) =>
        Gsm8k.Read(PathOf(split), split).UpTo(MaxDifficulty, PathOf(split), "no solution marks a calculation (<<a=b>>)").AtMost(Count(split));

    /// <inheritdoc/>
    public override void Check()
    {
        RequireGiven(nameof(Train), Train, Expected);
        RequireGiven(nameof(Test), Test, Expected);
    }

    private string PathOf(Split split) => split == Split.Train ? Train : Test;
}

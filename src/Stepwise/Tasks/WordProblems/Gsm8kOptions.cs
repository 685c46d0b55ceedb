using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Tasks.WordProblems;

/// <summary>The settings of <see cref="Gsm8k"/>.</summary>
public sealed record Gsm8kOptions : TaskOptions
{
    /// <summary>Full path of the training problems.</summary>
    [PathKey("training problems, a file in GSM8K's format")]
    public string Train { get; init; } = "";

    /// <summary>Full path of the test problems.</summary>
    [PathKey("test problems, a file in GSM8K's format")]
    public string Test { get; init; } = "";

    /// <summary>How a question is put.</summary>
    [Section]
    public PromptOptions Prompt { get; init; } = new() { Template = $"{PromptOptions.Question}\n\n{Gsm8k.Instruction}", Chat = true };

    /// <inheritdoc/>
    public override ITask Create() => new Gsm8k(this);

    /// <inheritdoc/>
    public override IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default) =>
        Gsm8k.Read(split == Split.Train ? Train : Test, split).AtMost(Count(split));

    /// <inheritdoc/>
    public override void Check()
    {
        RequireGiven(nameof(Train), Train);
        RequireGiven(nameof(Test), Test);
    }

    private static void RequireGiven(string property, string path)
    {
        if (path.Length == 0)
        {
            throw new OptionException(property, " is not set; give a file in GSM8K's format: JSON lines with question and answer.");
        }

        RequireFile(property, path);
    }
}

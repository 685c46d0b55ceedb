using Stepwise.Options;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>How a language model is asked where a response goes wrong.</summary>
public abstract record JudgeMode
{
    private protected JudgeMode()
    {
    }

    /// <summary>Full path of the text that the model is asked with; <see langword="null"/> for the program's own.</summary>
    [PathKey("the text that the model is asked with, in two parts with a line --- between them", None = "built-in")]
    public string? Prompt { get; init; }

    /// <summary>The file of the program's own text, without its ending.</summary>
    internal abstract string BuiltIn { get; }

    /// <summary>Judges one response, at least one step of which is shown.</summary>
    /// <param name="response">The response.</param>
    /// <param name="inquiry">Asks the model.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ChatException">The model gave no answer.</exception>
    internal abstract ValueTask<StepJudgement> JudgeAsync(JudgeCase response, Inquiry inquiry, CancellationToken cancellationToken);

    /// <summary>The judgement that says what was found; none where it contradicts what is known, or where too little was shown.</summary>
    /// <param name="response">The response.</param>
    /// <param name="firstError">h; above the steps that were shown for none.</param>
    /// <param name="confidence">How sure that is, in [0, 1]; <see langword="null"/> where nothing says.</param>
    /// <param name="reason">Why; untrusted.</param>
    /// <param name="cost">What it cost.</param>
    private protected static StepJudgement Judgement(JudgeCase response, int firstError, double? confidence, string reason, JudgeCost cost)
    {
        const int LongestReason = 200;
        string why = reason.Length == 0 ? "the judge gave no reason" : Escaped.Line(reason, LongestReason);
        return confidence < response.Options.Confidence
            ? StepJudgement.None(
                $"the judge is sure of step {firstError} to {confidence:0.00} only, below judge.confidence {response.Options.Confidence:0.##}", cost)
            : firstError <= response.Shown ? StepJudgement.Error(firstError, response.Steps, why, cost) with { Confidence = confidence }
            : response.Shown < response.Steps ? StepJudgement.None(
                $"no error was found in the first {response.Shown} of {response.Steps} steps, and the rest is beyond judge.maxCharacters", cost)
            : response.KnownWrong ? StepJudgement.None("the judge finds no error in a response whose final answer is wrong", cost)
            : StepJudgement.NoError(response.Steps, why, cost) with { Confidence = confidence };
    }
}

/// <summary>The ways in which a model can be asked.</summary>
public sealed class JudgeModeCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("full", new FullMode(), "One question: a label for each step, the first wrong one with a quote, and the milestones reached.", "SGPO's protocol"),
        new("bisect", new BisectMode(), "Is the response right up to step k? log₂ H short questions.", "ours"),
        new("choice", new ChoiceMode(), "Of each step the probabilities of the words right and wrong, one token each.", "ours"),
    ];
}

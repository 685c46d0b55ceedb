using System.Globalization;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>A response as a model is asked about it.</summary>
/// <param name="problem">The problem.</param>
/// <param name="reference">What is shown of its right solution.</param>
/// <param name="response">The response.</param>
/// <param name="prompt">The words.</param>
/// <param name="options">The judge's settings.</param>
internal sealed class JudgeCase(Problem problem, ShownReference reference, JudgedResponse response, JudgePrompt prompt, ModelJudgeOptions options)
{
    // What stands around a step's text.
    private const int CharactersAround = 6;

    private readonly string[] _texts = [.. response.Steps.Select(step => step.Text)];

    /// <summary>H, the number of the response's steps.</summary>
    public int Steps => _texts.Length;

    /// <summary>How many of the first steps are shown: those that together are not too long.</summary>
    public int Shown { get; } = Fitting(response.Steps, options.MaxCharacters);

    /// <summary>The milestones that the judge is shown.</summary>
    public IReadOnlyList<Milestone> Milestones => reference.Milestones;

    /// <summary>The judge's settings.</summary>
    public ModelJudgeOptions Options => options;

    /// <summary>The random stream of what is drawn for this response.</summary>
    public ulong Key => response.Key;

    /// <summary>
    /// Whether a step that is shown is known to be wrong: the response is shown as a whole.
    /// </summary>
    public bool KnownWrong => response.KnownWrong && Shown == Steps;

    /// <summary>A step's text.</summary>
    /// <param name="step">The step, counted from 1.</param>
    public string Text(int step) => _texts[step - 1];

    /// <summary>Whether an answer is nothing but words of the response.</summary>
    public bool IsEcho(string answer) =>
        answer.Trim() is { Length: > 0 } said && response.Text.Contains(said, StringComparison.Ordinal);

    /// <summary>The question about the first steps, and what names it.</summary>
    /// <param name="steps">How many of the first steps it shows; at least 1.</param>
    /// <param name="knownWrong">Whether the judge is told that one of them is wrong.</param>
    public (ChatRequest Request, string Item) Ask(int steps, bool knownWrong = false)
    {
        Fence fence = Fence.Of(
        [
            ("the problem", [("q", problem.Question)]),
            .. reference.Sections,
            ("the response", [.. _texts.Take(steps).Select((text, i) => ((i + 1).ToString(CultureInfo.InvariantCulture), text))]),
        ]);
        string user = $"Item {fence.Item}. The data stands between <{fence.Mark}> and </{fence.Mark}>.\n\n{fence.Data}\n\n"
            + prompt.Close(fence, steps, reference.Milestones.Count, knownWrong);
        return (new(prompt.System, user, options.MaxTokens), fence.Item);
    }

    private static int Fitting(IReadOnlyList<ReasoningStep> steps, int most)
    {
        long length = 0;
        return steps.TakeWhile(step => (length += step.Text.Length + CharactersAround) <= most).Count();
    }
}

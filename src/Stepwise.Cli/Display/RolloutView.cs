using Spectre.Console;
using Spectre.Console.Rendering;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Cli.Display;

/// <summary>
/// A stored rollout, a line per step: <c>+</c> and green where it makes progress, <c>·</c> and green where it is right, <c>✗</c> and red where it is the
/// first wrong one, dim after that; <c>&gt;</c> and blue where it was given.
/// </summary>
internal static class RolloutView
{
    private const int LongestStep = 500, LongestReason = 200, MostSteps = 200;

    private static readonly Style Given = new(Color.Blue);
    private static readonly Style Right = new(Color.Green);
    private static readonly Style Reached = new(Color.Green, decoration: Decoration.Bold);
    private static readonly Style Wrong = new(Color.Red, decoration: Decoration.Bold);
    private static readonly Style After = new(decoration: Decoration.Dim);

    public static IEnumerable<IRenderable> Render(StoredRollout rollout, string name)
    {
        yield return new Text($"{name}: {Facts(rollout)}", new Style(decoration: Decoration.Bold));
        IReadOnlyList<ReasoningStep> steps = StoredSteps.Of(rollout);
        for (int step = 1; step <= Math.Min(steps.Count, MostSteps); step++)
        {
            bool given = steps[step - 1].End <= rollout.Given?.Length && steps[step - 1].Text.Length > 0;
            (char mark, Style style) = given ? ('>', Given) : Mark(rollout.Judgement, steps.Count, step);
            string text = steps[step - 1].Text is { Length: > 0 } said ? Escaped.Line(said, LongestStep) : "(no answer)";
            yield return new Text(FormattableString.Invariant($"  {mark} {step,3}  {text}"), style);
        }

        if (steps.Count > MostSteps)
        {
            yield return new Text($"    and {steps.Count - MostSteps} more steps");
        }

        // What was cut off in the middle of a step is no step; nobody judged it.
        string rest = rollout.Response[(steps.Count == 0 ? 0 : steps[^1].End)..].Trim();
        if (rest.Length > 0)
        {
            yield return new Text($"         {Escaped.Line(rest, LongestStep)} (cut off)", After);
        }

        if (rollout.Judgement is { Reason.Length: > 0 } judgement)
        {
            yield return new Text($"  judge: {Escaped.Line(judgement.Reason, LongestReason)}");
        }
    }

    private static string Facts(StoredRollout rollout) => string.Join(", ", ((string?[])
    [
        rollout.Verdict switch { Correctness.Correct => "right", Correctness.Incorrect => "wrong", null => "not verified", _ => "undecided" },
        rollout.Given is null ? null : "given a beginning",
        rollout.Hinted ? "drawn with a hint or a draft" : null,
        rollout.Truncated ? "cut off" : null,
        rollout.Answer is { } answer ? $"answer {Escaped.Line(answer, 60)}" : null,
        rollout.Reward is { } reward ? FormattableString.Invariant($"reward {reward:0.000}") : null,
        rollout.Advantage is { } advantage ? FormattableString.Invariant($"advantage {advantage:+0.00;-0.00;0}") : null,
        rollout.Judgement is { } judged && RolloutText.FirstError(judged.ToJudgement()) is var first
            ? judged.Outcome == JudgementOutcome.NoJudgement ? first : $"first error {first}"
            : null,
        rollout.Judgement?.Progress is { } progress ? Milestones(progress) : null,
    ]).OfType<string>());

    private static string Milestones(Stepwise.Reasoning.Progress progress) =>
        $"{progress.ReachedAt.Count} of {Counted.Of(progress.Milestones, "milestone")}"
        + (progress.ReachedAt.Count > 0 ? $", reached at {string.Join(", ", progress.ReachedAt)}" : "");

    private static (char Mark, Style Style) Mark(StoredJudgement? judgement, int steps, int step)
    {
        // A judge that saw other steps than these says nothing of them.
        bool placed = judgement is { Outcome: not JudgementOutcome.NoJudgement } && judgement.Steps == steps;
        bool reached = judgement?.Progress is { } progress && progress.Steps == steps && progress.ReachedAt.Contains(step);
        return placed && step == judgement!.FirstError ? ('✗', Wrong)
            : placed && step > judgement!.FirstError ? (' ', After)
            : reached ? ('+', Reached)
            : placed ? ('·', Right)
            : (' ', Style.Plain);
    }
}

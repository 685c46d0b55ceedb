using Spectre.Console;
using Spectre.Console.Rendering;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Cli.Display;

/// <summary>One group of a training step, its responses' steps coloured: green up to the first error, red the wrong one, dim after it.</summary>
internal static class GroupView
{
    private const int MostRollouts = 8;
    private const int LongestQuestion = 500;
    private const int LongestStep = 300;
    private const int MostSteps = 40;

    private static readonly Style Right = new(Color.Green);
    private static readonly Style Wrong = new(Color.Red, decoration: Decoration.Bold);
    private static readonly Style After = new(decoration: Decoration.Dim);

    /// <summary>The group that tells most: one that was coloured, or else one that was judged, or else the first.</summary>
    public static IRenderable Render(int step, IReadOnlyList<Group> groups)
    {
        Group group = groups.FirstOrDefault(g => g.Coloured)
            ?? groups.FirstOrDefault(g => g.Rollouts.Any(r => r.Judgement is not null))
            ?? groups[0];
        Table table = new Table().Border(TableBorder.Simple).AddColumns("answer", "reward", "first error", "steps");
        foreach (Rollout rollout in group.Rollouts.Take(MostRollouts))
        {
            table.AddRow(new Text(Answer(rollout)), new Text($"{rollout.Reward:0.000}"), new Text(RolloutText.FirstError(rollout.Judgement)), Steps(rollout));
        }

        int more = group.Rollouts.Count - MostRollouts;
        List<IRenderable> rows = [new Text(Escaped.Line(group.Problem.Question, LongestQuestion), new Style(decoration: Decoration.Bold)), table];
        if (more > 0)
        {
            rows.Add(new Text($"and {more} more"));
        }

        return new Panel(new Rows(rows)).Header($"step {step}, {Kind(group)} group").Border(BoxBorder.Rounded);
    }

    private static string Kind(Group group) =>
        (group.AllNegative ? "all-negative" : group.AllPositive ? "all-positive" : "mixed")
        + (group.Coloured ? " coloured" : "") + (group.ByProgress ? " by progress" : "");

    private static string Answer(Rollout rollout) =>
        rollout.Correct ? "right"
        : rollout.Incorrect ? (rollout.Completion.Truncated ? "cut off" : "wrong")
        : rollout.Failed ? "failed" : "undecided";

    private static Paragraph Steps(Rollout rollout)
    {
        Paragraph paragraph = new();
        for (int i = 0; i < Math.Min(rollout.Steps.Count, MostSteps); i++)
        {
            paragraph.Append(Escaped.Line(rollout.Steps[i].Text, LongestStep), StyleOf(rollout, i + 1)).Append("  ");
        }

        if (rollout.Steps.Count > MostSteps)
        {
            paragraph.Append($"and {rollout.Steps.Count - MostSteps} more steps  ");
        }

        // What was cut off in the middle of a step is no step; nobody judged it.
        int end = rollout.Steps.Count == 0 ? 0 : rollout.Steps[^1].End;
        return paragraph.Append(Escaped.Line(rollout.Completion.Text[end..].Trim(), LongestStep), After);
    }

    private static Style StyleOf(Rollout rollout, int step) => rollout.Judgement switch
    {
        null => rollout.Correct ? Right : Style.Plain,
        { Outcome: JudgementOutcome.NoJudgement } => Style.Plain,
        { FirstError: var first } => step < first ? Right : step == first ? Wrong : After,
    };
}

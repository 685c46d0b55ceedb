using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>What a judge is shown of the right solution.</summary>
public enum ReferenceView
{
    /// <summary>The reference solution, with its milestones numbered.</summary>
    Reference,

    /// <summary>The milestones of the reference solution alone.</summary>
    Outline,

    /// <summary>The right final answer alone.</summary>
    Answer,

    /// <summary>Nothing.</summary>
    Nothing,
}

/// <summary>What a judge is shown of a problem's right solution, and by which it may say how far a response came.</summary>
/// <param name="Sections">What is shown, as <see cref="Fence.Of"/> takes it.</param>
/// <param name="Milestones">Those that are shown with their numbers; may be none.</param>
internal sealed record ShownReference(
    IReadOnlyList<(string Title, IReadOnlyList<(string Place, string Text)> Lines)> Sections, IReadOnlyList<Milestone> Milestones)
{
    private static readonly Dictionary<ReferenceView, Func<JudgeSetting, Problem, ShownReference>> Views = new()
    {
        [ReferenceView.Reference] = Whole,
        [ReferenceView.Outline] = Outline,
        [ReferenceView.Answer] = (_, problem) => new([Answer(problem)], []),
        [ReferenceView.Nothing] = (_, _) => new([], []),
    };

    /// <summary>Why the problem has nothing of the kind; <see langword="null"/> where it has.</summary>
    public string? Missing { get; private init; }

    /// <summary>What a view shows of a problem.</summary>
    public static ShownReference Of(ReferenceView view, JudgeSetting setting, Problem problem) => Views[view](setting, problem);

    private static ShownReference Whole(JudgeSetting setting, Problem problem)
    {
        string? text = setting.Reference(problem) ?? problem.Solution;
        if (text is null)
        {
            return None("the problem has no reference solution; judge.sees may be answer or nothing");
        }

        IReadOnlyList<Milestone> milestones = MilestonesOf(setting, problem, text);
        return new([("the reference solution", [("r", text)]), .. Numbered(milestones), Answer(problem)], milestones);
    }

    private static ShownReference Outline(JudgeSetting setting, Problem problem)
    {
        IReadOnlyList<Milestone> milestones = MilestonesOf(setting, problem, setting.Reference(problem) ?? problem.Solution);
        return milestones.Count == 0
            ? None("the problem has no reference solution to make an outline of; judge.sees may be answer or nothing")
            : new([.. Numbered(milestones), Answer(problem)], milestones);
    }

    private static ShownReference None(string missing) => new([], []) { Missing = missing };

    private static (string, IReadOnlyList<(string, string)>) Answer(Problem problem) => ("the right final answer", [("a", problem.Answer)]);

    private static IEnumerable<(string, IReadOnlyList<(string, string)>)> Numbered(IReadOnlyList<Milestone> milestones) => milestones.Count == 0
        ? []
        : [("the milestones of the reference solution", [.. milestones.Select((milestone, m) => ($"m{m + 1}", milestone.Value))])];

    /// <summary>The task's milestones; where it knows none but the answer, the lines of the reference solution, each resting on the one before.</summary>
    private static IReadOnlyList<Milestone> MilestonesOf(JudgeSetting setting, Problem problem, string? reference)
    {
        IReadOnlyList<Milestone> known = setting.Milestones(problem);
        if (known.Count > 1 || reference is null)
        {
            return known.Count > 1 ? known : [];
        }

        string[] lines = [.. ReasoningStep.Lines(reference, truncated: false).Select(line => line.Text).Where(line => line.Length > 0)];
        return lines.Length > 1 ? [.. lines.Select((line, m) => new Milestone(line, m == 0 ? [] : [m - 1]))] : [];
    }
}

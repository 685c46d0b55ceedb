using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

/// <summary>A sample as a test's roller sees it: its problem, what was asked, the draw's round, its place in the draw.</summary>
/// <param name="Problem">The problem's id.</param>
/// <param name="Asked">The text that was asked; the question where the draw names none.</param>
/// <param name="Round">The draw's round.</param>
/// <param name="Sample">Its place, from 0.</param>
internal sealed record Sampled(string Problem, string Asked, int Round, int Sample);

/// <summary>Carries out draws with verdicts that a test gives, and keeps what it was asked. The text of a sample is its place.</summary>
/// <param name="right">Whether a sample is right.</param>
internal sealed class SampledRoller(Func<Sampled, bool> right) : IRoller
{
    private readonly List<Rollout> _rolled = [];

    /// <summary>The draws of each call, those of a call in the order of the problems' ids.</summary>
    public List<Draw[]> Calls { get; } = [];

    /// <summary>Samples that are in none of these groups.</summary>
    public IEnumerable<Rollout> Left(IEnumerable<Group> kept) => _rolled.Except(kept.SelectMany(g => g.Rollouts));

    public ValueTask<IReadOnlyList<Group>> RollAsync(IReadOnlyList<Draw> draws, CancellationToken cancellationToken)
    {
        Calls.Add([.. draws.OrderBy(draw => draw.Problem.Id, StringComparer.Ordinal)]);
        Group[] groups = [.. draws.Select(draw => new Group(draw.Problem, [1], [.. Enumerable.Range(0, draw.Samples).Select(sample =>
            new Rollout(new Completion([1], [0], $"{sample}", [1], FinishReason.Stop))
            {
                Guided = draw.IsGuided(sample),
                Verdict = new(right(new(draw.Problem.Id, Text(draw), draw.Round, sample)) ? Correctness.Correct : Correctness.Incorrect, null, ""),
            })])
        { ReferenceSteps = 7 })];
        _rolled.AddRange(groups.SelectMany(g => g.Rollouts));
        return new(groups);
    }

    /// <summary>A training step of problems whose hints are those they have; a question as long as 40 characters leaves no room.</summary>
    public SamplingStep Step(int groupSize, params Problem[] problems) => new(1, problems.Length, groupSize, new ProblemOrder(problems, 1), this)
    {
        Hints = (problem, _) => problem.Hints ?? [],
        Ask = problem => problem.Question.Length < 40 ? new TextPrompt(problem.Question) : null,
    };

    private static string Text(Draw draw) => ((TextPrompt?)draw.Prompt)?.Text ?? draw.Problem.Question;
}

using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>Says what is drawn for a training step, and whether to draw again after a look at what came.</summary>
public interface ISamplingScheme
{
    /// <summary>Whether it draws on reference solutions: without any, a run is refused.</summary>
    bool NeedsReference => false;

    /// <summary>Draws the groups of a training step.</summary>
    /// <param name="step">What there is to draw from.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The groups that the step learns from; samples that were drawn and are in none of them count as replaced.</returns>
    ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken);
}

/// <summary>What a scheme draws from in one training step.</summary>
/// <param name="Step">The training step, counted from 1.</param>
/// <param name="ProblemCount">P, the problems of a step.</param>
/// <param name="GroupSize">G, the samples of a group.</param>
/// <param name="Problems">Gives the next problems; its position is part of the run's state.</param>
/// <param name="Roller">Carries out draws; may be asked more than once.</param>
public sealed record SamplingStep(int Step, int ProblemCount, int GroupSize, ProblemOrder Problems, IRoller Roller)
{
    /// <summary>How the task puts a problem.</summary>
    public Func<Problem, Prompt> Prompt { get; init; } = problem => new TextPrompt(problem.Question);

    /// <summary>
    /// What of a problem's reference solution may be given; <see langword="null"/> where there is none, as of a task that has none.
    /// </summary>
    public Func<Problem, GuideTokens?> Guide { get; init; } = _ => null;
}

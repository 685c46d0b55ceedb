using System.Collections.Immutable;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>Says what is drawn for a training step, and whether to draw again after a look at what came.</summary>
public interface ISamplingScheme
{
    /// <summary>Whether it draws on reference solutions: without any, a run is refused.</summary>
    bool NeedsReference => false;

    /// <summary>Whether it draws on hints (<see cref="SamplingStep.Hints"/>): where no problem has any, a run is refused.</summary>
    bool NeedsHints => false;

    /// <summary>Whether it searches, and says what it found steps worth (<see cref="Rollout.SearchValue"/>).</summary>
    bool Searches => false;

    /// <summary>What it puts around questions, by the keys that say it: the policy must be able to read it.</summary>
    IReadOnlyDictionary<string, PromptTemplate> Templates => ImmutableDictionary<string, PromptTemplate>.Empty;

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

    /// <summary>
    /// The hints on a problem, the weakest first: its own, or as many pieces of its reference solution as are asked for, or fewer where it is short; none
    /// where it has neither.
    /// </summary>
    public Func<Problem, int, IReadOnlyList<string>> Hints { get; init; } = (_, _) => [];

    /// <summary>What the policy is asked of a problem; <see langword="null"/> where that leaves a completion no token.</summary>
    public Func<Problem, Prompt?> Ask { get; init; } = _ => null;

    /// <summary>Gives a group its rewards ahead, where the scheme chooses by them; nothing is learnt from that.</summary>
    public Action<Group> Shape { get; init; } = _ => { };

    /// <summary>Training steps of the run; 0 where that is not known.</summary>
    public int Steps { get; init; }

    /// <summary>How much of the run lies before this training step; in [0, 1), 0 where its length is not known.</summary>
    public double Progress => Steps > 0 ? (Step - 1) / (double)Steps : 0;

    /// <summary>Draws of the next P problems under the task's prompt, as many samples of each as are asked for.</summary>
    /// <param name="samples">Samples of each problem.</param>
    public Draw[] Plain(int samples) => [.. Problems.Take(ProblemCount).Select((problem, slot) => new Draw(problem, slot, samples))];
}

using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tasks;

/// <summary>How a kind of problem is put to a policy and checked.</summary>
/// <remarks>
/// Groups are verified side by side, on any thread, while the policy samples others: a task must not call the policy, and what it returns
/// depends on its arguments alone.
/// One that holds something, such as a program, is <see cref="IDisposable"/>: what loaded it disposes of it.
/// A prompt and a verifier make a task; a judge and reference responses, where there are some, let it learn from answers that are all wrong.
/// </remarks>
public interface ITask
{
    /// <summary>The task's name, in messages and recipes.</summary>
    string Name { get; }

    /// <summary>
    /// The judge that comes with the task: its exact step checker, or one that reads the reference solution. Unless implemented, the task
    /// has none, and methods that ask a judge are refused.
    /// </summary>
    IStepJudge Judge => NoJudge.Instance;

    /// <summary>What the policy is asked.</summary>
    /// <param name="problem">The problem.</param>
    Prompt Prompt(Problem problem);

    /// <summary>
    /// The reference solution as a model answer (steps and answer line), or <see langword="null"/> where the problem has none: always,
    /// unless implemented.
    /// </summary>
    /// <param name="problem">The problem.</param>
    string? ReferenceResponse(Problem problem) => null;

    /// <summary>
    /// A solution to imitate in supervised fine-tuning, or <see langword="null"/> where the problem has none: the reference response, unless
    /// implemented.
    /// </summary>
    /// <param name="problem">The problem.</param>
    /// <param name="key">The random stream of a task that writes another solution at every draw, see <see cref="CounterRandom"/>.</param>
    string? WrittenSolution(Problem problem, ulong key) => ReferenceResponse(problem);

    /// <summary>
    /// What the reference solution derives, in its order and with the right final answer as the last; none where the problem has no reference
    /// solution, and always, unless implemented.
    /// </summary>
    /// <param name="problem">The problem.</param>
    IReadOnlyList<Milestone> Milestones(Problem problem) => [];

    /// <summary>
    /// Makes ready what <see cref="VerifyAsync"/> needs beside its arguments, such as a program of this machine; asked before the first sample.
    /// Nothing, unless implemented.
    /// </summary>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputException">It is not to be had; says what to install.</exception>
    ValueTask PrepareAsync(CancellationToken cancellationToken = default) => default;

    /// <summary>
    /// Whether the response's final answer is right. Looks at the final answer only, within bounds of time and memory of its own: what it cannot
    /// decide within them is undecided.
    /// </summary>
    /// <param name="problem">The problem.</param>
    /// <param name="completion">The response; untrusted.</param>
    /// <param name="cancellationToken">Stops the work; to be watched by a verifier that runs something or waits.</param>
    ValueTask<Verdict> VerifyAsync(Problem problem, Completion completion, CancellationToken cancellationToken = default);

    /// <summary>Whether <see cref="VerifyAsync"/> can decide answers to a problem, as its reference stands: always, unless implemented.</summary>
    /// <param name="problem">The problem.</param>
    bool Decides(Problem problem) => true;

    /// <summary>Why <see cref="VerifyAsync"/> can decide no answer to a problem, in one line; <see langword="null"/> where it can.</summary>
    /// <param name="problem">The problem.</param>
    string? WhyUndecided(Problem problem) => Decides(problem) ? null : $"the reference answer {Quoted.Of(problem.Answer)} lets nothing be decided";

    /// <summary>
    /// The complete steps of a response in order; the answer line is one, a last step that was cut off is not. Unless implemented, they
    /// are its lines.
    /// </summary>
    /// <param name="response">The response's text.</param>
    /// <param name="truncated">Whether the response was cut off by a length limit.</param>
    IReadOnlyList<ReasoningStep> Steps(string response, bool truncated) => ReasoningStep.Lines(response, truncated);

    /// <summary>
    /// The first character from which a whole response states an answer by a mark, so that nothing from there on is given as help; <see langword="null"/>
    /// where no mark does, and always, unless implemented: then the last line is taken for the answer's.
    /// </summary>
    /// <param name="response">The response's text.</param>
    int? AnswerStart(string response) => null;
}

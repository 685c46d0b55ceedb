using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>A response as a judge is given it.</summary>
/// <param name="Text">The response's text.</param>
/// <param name="Truncated">Whether it was cut off by a length limit: then nothing that is missing at its end is an error.</param>
/// <param name="Steps">The complete steps in order, the answer line among them.</param>
/// <param name="Verdict">The verifier's word: the final answer that it read is the response's.</param>
/// <param name="Key">
/// The random stream of whatever the judge draws for this response, see <see cref="CounterRandom"/>; each response has its own.
/// </param>
public sealed record JudgedResponse(string Text, bool Truncated, IReadOnlyList<ReasoningStep> Steps, Verdict Verdict, ulong Key = 0)
{
    /// <summary>Whether one of its steps is known to be wrong: it is whole, and the verifier says so of its final answer.</summary>
    public bool KnownWrong => Verdict.Correctness == Correctness.Incorrect && !Truncated;
}

/// <summary>Finds the first wrong step of responses, and how far each came before it.</summary>
/// <remarks>
/// It is asked about several groups side by side, on any thread, while the policy samples others: it must not call the policy, unless it says so
/// (<see cref="UsesPolicy"/>), and what it returns depends on its arguments alone, and on the policy's weights where it uses that.
/// </remarks>
public interface IStepJudge
{
    /// <summary>Name for reports and stores.</summary>
    string Name { get; }

    /// <summary>
    /// Whether it calls the policy that is trained: then it is asked only while nothing is sampled. It does not, unless implemented.
    /// </summary>
    bool UsesPolicy => false;

    /// <summary>Judges the responses of a group.</summary>
    /// <param name="problem">The problem, with its reference solution where there is one.</param>
    /// <param name="responses">Some responses to it, at least one, with their steps and what the verifier said of each.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>
    /// A judgement per response, in their order; <see cref="JudgementOutcome.NoJudgement"/> for one of which the judge cannot say. What it
    /// throws leaves all of them without judgement (<see cref="Judgements"/>).
    /// </returns>
    ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default);
}

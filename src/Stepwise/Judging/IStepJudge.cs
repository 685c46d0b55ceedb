using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>A response as a judge is given it.</summary>
/// <param name="Text">The response's text.</param>
/// <param name="Truncated">Whether it was cut off by a length limit: then nothing that is missing at its end is an error.</param>
/// <param name="Steps">The complete steps in order, the answer line among them.</param>
/// <param name="Verdict">The verifier's word: the final answer that it read is the response's.</param>
public sealed record JudgedResponse(string Text, bool Truncated, IReadOnlyList<ReasoningStep> Steps, Verdict Verdict);

/// <summary>Finds the first wrong step of a response.</summary>
/// <remarks>
/// It is asked about several groups side by side, on any thread, while the policy samples others: it must not call the policy, and what it
/// returns depends on its arguments alone.
/// </remarks>
public interface IStepJudge
{
    /// <summary>Name for reports and stores.</summary>
    string Name { get; }

    /// <summary>Judges one response.</summary>
    /// <param name="problem">The problem, with its reference solution where there is one.</param>
    /// <param name="response">The response, its steps and what the verifier said of it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The judgement; <see cref="JudgementOutcome.NoJudgement"/> where the judge cannot say, never an exception for a bad response.</returns>
    ValueTask<StepJudgement> JudgeAsync(
        Problem problem, JudgedResponse response, CancellationToken cancellationToken = default);
}

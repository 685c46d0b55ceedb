using Stepwise.Problems;
using Stepwise.Tasks;

namespace Stepwise.Judging;

/// <summary>A step of reasoning: a range of characters of a response.</summary>
/// <param name="Start">First character.</param>
/// <param name="End">One past the last character, the line break included.</param>
/// <param name="Text">The step without surrounding white space.</param>
public readonly record struct ReasoningStep(int Start, int End, string Text)
{
    /// <summary>The lines of a response, blank ones too; together they cover it, up to a last one that was cut off.</summary>
    /// <param name="response">The response's text.</param>
    /// <param name="truncated">Whether it was cut off by a length limit: then what follows the last line feed is no step.</param>
    public static List<ReasoningStep> Lines(string response, bool truncated)
    {
        List<ReasoningStep> lines = [];
        int start = 0;
        while (start < response.Length)
        {
            int feed = response.IndexOf('\n', start);
            if (feed < 0 && truncated)
            {
                break;
            }

            int end = feed < 0 ? response.Length : feed + 1;
            lines.Add(new ReasoningStep(start, end, response[start..end].Trim()));
            start = end;
        }

        return lines;
    }
}

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

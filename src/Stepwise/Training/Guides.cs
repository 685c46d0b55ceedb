using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>What of reference solutions a policy may be given to go on from.</summary>
/// <param name="policy">The policy.</param>
/// <param name="task">How problems are put; gives the solutions and their steps.</param>
/// <param name="sampling">How long a completion may be.</param>
internal sealed class Guides(IPolicy policy, ITask task, SamplingOptions sampling)
{
    /// <summary>A problem's reference solution as tokens, without its last step, the answer line, and without what leaves a completion no token.</summary>
    /// <param name="problem">The problem.</param>
    /// <returns><see langword="null"/> where there is no solution, or nothing of it may be given.</returns>
    public GuideTokens? Of(Problem problem)
    {
        if (task.ReferenceResponse(problem) is not { } solution)
        {
            return null;
        }

        int[] tokens = policy.Tokenizer.Encode(solution);
        (_, int[] textEnds) = Utf8Assembler.Assemble(policy.Tokenizer, tokens);
        IReadOnlyList<ReasoningStep> steps = task.Steps(solution, truncated: false);
        int room = Math.Min(sampling.MaxNewTokens, policy.ContextLength - policy.Tokenizer.Encode(task.Prompt(problem)).Length) - 1;
        int[] ends = [.. steps.SkipLast(1).Select(step => EndOf(textEnds, step.End)).Where(end => end <= room)];
        int given = Math.Min(room, steps.Count > 1 ? EndOf(textEnds, steps[^2].End) : 0);
        return given > 0 ? new(tokens[..given], ends) : null;
    }

    /// <summary>One past the token that completes a text up to a character.</summary>
    private static int EndOf(int[] textEnds, int character)
    {
        int token = Array.FindIndex(textEnds, end => end >= character);
        return token < 0 ? textEnds.Length : token + 1;
    }
}

using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Judging.Trained;

/// <summary>What a trained judge reads, as tokens: the reference solution where it has it, the question, and each step with a line feed.</summary>
/// <remarks>Steps are encoded one by one, so that the last token of each is known. There are no words of our own, as a tokenizer may have no letters.</remarks>
/// <param name="tokenizer">The tokenizer of the judge's model.</param>
public sealed class JudgeInput(ITokenizer tokenizer)
{
    /// <summary>The tokens before the first step.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="reference">The reference solution, or <see langword="null"/> where the judge does not read it.</param>
    public int[] Prompt(Problem problem, string? reference)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return tokenizer.Encode(new TextPrompt($"{(reference is null ? "" : reference.Trim() + "\n\n")}{problem.Question.Trim()}\n"));
    }

    /// <summary>The tokens of a step; at least one.</summary>
    /// <param name="text">The step's text; untrusted.</param>
    public int[] Step(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return tokenizer.Encode(text.Trim() + "\n");
    }
}

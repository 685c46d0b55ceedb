using System.Text;
using Stepwise.Policies;
using Stepwise.Recipes;

namespace Stepwise.Runs.Checks;

/// <summary>A token that ends a completion.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Its text.</param>
public sealed record StopToken(int Id, string Text);

/// <summary>A prompt as the policy gets it, and how long prompts are.</summary>
/// <param name="Problem">The id of the problem that is asked.</param>
/// <param name="Text">The prompt with its special tokens in ⟦⟧; control characters beside line breaks and tabs are written as <c>\u001b</c>.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="StopTokens">What ends a completion, beside the cap and stop strings.</param>
/// <param name="VocabularySize">Token ids that the tokenizer has.</param>
/// <param name="MedianTokens">Tokens of the median training prompt.</param>
/// <param name="At99Tokens">Tokens of the training prompt at the 99th percentile.</param>
public sealed record RenderedPrompt(
    string Problem, string Text, int Tokens, IReadOnlyList<StopToken> StopTokens, int VocabularySize, int MedianTokens, int At99Tokens)
{
    /// <summary>Renders the first training problem, and measures the others.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="sampling">How completions are drawn.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal static RenderedPrompt Of(ProblemSets problems, IPolicy policy, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        ITokenizer tokenizer = policy.Tokenizer;
        int[] first = tokenizer.Encode(problems.Task.Prompt(problems.Train[0]));
        int[] lengths = [.. problems.Train.Select(problem =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return tokenizer.Encode(problems.Task.Prompt(problem)).Length;
        }).Order()];
        return new(
            problems.Train[0].Id, Visible(tokenizer, first), first.Length,
            [.. (sampling.StopTokens ?? tokenizer.StopTokens).Select(id => new StopToken(id, Escaped.Lines(tokenizer.Decode([id], skipSpecial: false))))],
            tokenizer.VocabularySize, lengths[lengths.Length / 2], lengths[(int)(lengths.Length * 0.99)]);
    }

    private static string Visible(ITokenizer tokenizer, ReadOnlySpan<int> tokens)
    {
        StringBuilder shown = new();
        int from = 0;
        for (int t = 0; t <= tokens.Length; t++)
        {
            bool special = t < tokens.Length && tokenizer.Bytes(tokens[t]).IsEmpty;
            if (special || t == tokens.Length)
            {
                shown.Append(Escaped.Lines(tokenizer.Decode(tokens[from..t])));
                from = t + 1;
            }

            if (special)
            {
                shown.Append('⟦').Append(Escaped.Lines(tokenizer.Decode([tokens[t]], skipSpecial: false))).Append('⟧');
            }
        }

        return shown.ToString();
    }
}

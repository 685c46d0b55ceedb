using System.Globalization;
using Stepwise.Options;

namespace Stepwise.Policies;

/// <summary>How completions are drawn. The filters apply in the order temperature, top-k, top-p, min-p.</summary>
public sealed record SamplingOptions
{
    /// <summary>The most tokens a completion may have, stop token and prefix counted; at least 1.</summary>
    [Key("most tokens of a completion, the stop token counted", Unit = "tokens", Low = 1, High = 10_000_000)]
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>Divides the logits; 0 means greedy decoding. In [0, 100].</summary>
    [Key("divides the logits", Low = 0, AboveLow = true, High = 100)]
    public double Temperature { get; init; } = 1.0;

    /// <summary>Keep only the k most likely tokens; 0 keeps all.</summary>
    [Key("keep the k most likely tokens; 0 for training: all", Unit = "tokens", Low = 0, High = 10_000_000)]
    public int TopK { get; init; }

    /// <summary>Keep the smallest set of most likely tokens whose probability reaches this; in (0, 1], 1 keeps all.</summary>
    [Key("keep the most likely tokens that together reach this; 1 for training: all", Low = 0, AboveLow = true, High = 1)]
    public double TopP { get; init; } = 1.0;

    /// <summary>Drop tokens less likely than this share of the most likely one; in [0, 1), 0 keeps all.</summary>
    [Key("drop tokens less likely than this share of the best; 0 for training: all", Low = 0, High = 1, BelowHigh = true)]
    public double MinP { get; init; }

    /// <summary>Token ids that end a completion; <see langword="null"/> takes the tokenizer's.</summary>
    public IReadOnlyList<int>? StopTokens { get; init; }

    /// <summary>Texts that end a completion once they appear in it; the completion keeps the tokens up to that point.</summary>
    [Key("texts that end a completion once they appear in it, beside the policy's stop tokens")]
    public TextList StopStrings { get; init; } = [];

    /// <summary>
    /// Refuses to train on filtered samples: their log-probabilities are those of the whole distribution, so the importance ratio would
    /// compare the policy with one that it did not sample from, and the gradient would be biased.
    /// </summary>
    /// <exception cref="InputException">A filter is set; the message names its recipe key.</exception>
    public void RequireUnfiltered()
    {
        (string? key, double found, int none) = this switch
        {
            { TopK: > 0 } => ("topK", TopK, 0),
            { TopP: < 1 } => ("topP", TopP, 1),
            { MinP: > 0 } => ("minP", MinP, 0),
            _ => (null, 0, 0),
        };
        if (key is not null)
        {
            throw new InputException(
                $"sampling.{key} is {found}: training takes only unfiltered samples, as a gradient made from filtered ones is biased. Set it to "
                + $"{none}; evaluation.topP, stepwise eval and stepwise generate may filter.");
        }
    }

    /// <summary>The options in one line for people, for example <c>temperature 1, top-p 0.95, at most 256 tokens</c>.</summary>
    public override string ToString()
    {
        FormattableString[] parts =
        [
            $"temperature {Temperature}",
            .. TopK > 0 ? (FormattableString[])[$"top-k {TopK}"] : [],
            .. TopP < 1 ? (FormattableString[])[$"top-p {TopP}"] : [],
            .. MinP > 0 ? (FormattableString[])[$"min-p {MinP}"] : [],
            $"at most {MaxNewTokens} tokens",
            .. StopStrings.Count > 0 ? (FormattableString[])[$"stopped by {string.Join(" or ", StopStrings.Select(Quoted.Of))}"] : [],
        ];
        return string.Join(", ", parts.Select(part => part.ToString(CultureInfo.InvariantCulture)));
    }
}

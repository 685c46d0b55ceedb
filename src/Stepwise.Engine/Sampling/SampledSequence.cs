using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>A completion while it is drawn.</summary>
/// <param name="request">Which request it belongs to.</param>
/// <param name="index">Which of the request's samples it is.</param>
/// <param name="promptLength">Tokens of the prompt.</param>
/// <param name="key">Its random stream.</param>
/// <param name="limit">The most tokens it may have.</param>
/// <param name="prefix">What it begins with, shorter than the limit; or null.</param>
internal sealed class SampledSequence(int request, int index, int promptLength, ulong key, int limit, SharedPrefix? prefix = null)
{
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbs = [];
    private readonly Utf8Assembler _text = new();
    private int _textTokens;
    private FinishReason? _finish;
    private string? _failure;

    public int Request => request;

    public int Index => index;

    public SharedPrefix? Prefix => prefix;

    /// <summary>What the tokens that are drawn are held to; or null.</summary>
    public ITokenConstraint? Constraint { get; init; }

    /// <summary>Slot of the sample cache, once placed.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Number of tokens, those of the prefix included.</summary>
    public int Count => _tokens.Count;

    /// <summary>The newest token.</summary>
    public int Last => _tokens[^1];

    /// <summary>Position of the newest token in prompt and completion.</summary>
    public int Position => promptLength + _tokens.Count - 1;

    /// <summary>The uniform number the next token is drawn with.</summary>
    public double NextUniform => CounterRandom.Uniform(key, (ulong)_tokens.Count);

    public bool Finished => _finish is not null;

    /// <summary>Takes the prefix as its first tokens; fails at the first whose log-probability is not finite.</summary>
    public void BeginWithPrefix()
    {
        for (int t = 0; t < prefix!.Tokens.Length && !Finished; t++)
        {
            Append(prefix.Tokens[t], prefix.LogProbs[t]);
            _finish = float.IsFinite(prefix.LogProbs[t]) ? null : FinishReason.Failed;
        }
    }

    public void Append(int token, float logProb)
    {
        _tokens.Add(token);
        _logProbs.Add(logProb);
    }

    /// <summary>Ends the completion where no token may come next.</summary>
    public void Fail(string failure) => (_finish, _failure) = (FinishReason.Failed, failure);

    /// <summary>Sees whether the completion ends with its newest token.</summary>
    public void Close(HashSet<int> stopTokens, IReadOnlyList<string> stopStrings, ITokenizer tokenizer)
    {
        if (!float.IsFinite(_logProbs[^1]))
        {
            _finish = FinishReason.Failed;
        }
        else if (Constraint?.Ended == true || stopTokens.Contains(Last) || HitsStopString(stopStrings, tokenizer))
        {
            _finish = FinishReason.Stop;
        }
        else if (_tokens.Count >= limit)
        {
            _finish = FinishReason.Length;
        }
    }

    /// <summary>The completion; cancelled if it has not ended.</summary>
    public Completion Complete(ITokenizer tokenizer)
    {
        int[] tokens = [.. _tokens];
        (string text, int[] ends) = Utf8Assembler.Assemble(tokenizer, tokens);
        return new Completion(tokens, [.. _logProbs], text, ends, _finish ?? FinishReason.Cancelled)
        {
            PrefixTokens = Math.Min(tokens.Length, prefix?.Tokens.Length ?? 0),
            Failure = _finish == FinishReason.Failed ? _failure ?? $"the log-probability of token {tokens.Length} is {_logProbs[^1]}" : null,
        };
    }

    private bool HitsStopString(IReadOnlyList<string> stopStrings, ITokenizer tokenizer)
    {
        if (stopStrings.Count == 0)
        {
            return false;
        }

        while (_textTokens < _tokens.Count - 1)
        {
            _text.Append(tokenizer, _tokens[_textTokens++]);
        }

        // Only the newest characters, and as many before them as the string has but one, can complete it: what the prefix holds does not.
        int before = _text.Length;
        _text.Append(tokenizer, _tokens[_textTokens++]);
        return stopStrings.Any(s => _text.TextFrom(Math.Max(0, before - s.Length + 1)).Contains(s, StringComparison.Ordinal));
    }
}

using Stepwise.Engine.Tokenizers;
using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>A completion while it is drawn.</summary>
/// <param name="request">Which request it belongs to.</param>
/// <param name="index">Which of the request's samples it is.</param>
/// <param name="promptLength">Tokens of the prompt.</param>
/// <param name="key">Its random stream.</param>
/// <param name="limit">The most tokens it may have.</param>
internal sealed class SampledSequence(int request, int index, int promptLength, ulong key, int limit)
{
    private readonly List<int> _tokens = [];
    private readonly List<float> _logProbs = [];
    private Utf8Assembler? _text;
    private FinishReason? _finish;

    public int Request => request;

    public int Index => index;

    /// <summary>Slot of the sample cache, once admitted.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Number of tokens drawn.</summary>
    public int Count => _tokens.Count;

    /// <summary>The newest token.</summary>
    public int Last => _tokens[^1];

    /// <summary>Position of the newest token in prompt and completion.</summary>
    public int Position => promptLength + _tokens.Count - 1;

    /// <summary>The uniform number the next token is drawn with.</summary>
    public double NextUniform => CounterRandom.Uniform(key, (ulong)_tokens.Count);

    public bool Finished => _finish is not null;

    public void Append(int token, float logProb)
    {
        _tokens.Add(token);
        _logProbs.Add(logProb);
    }

    /// <summary>Sees whether the completion ends with its newest token.</summary>
    public void Close(HashSet<int> stopTokens, IReadOnlyList<string> stopStrings, ITokenizer tokenizer)
    {
        if (!float.IsFinite(_logProbs[^1]))
        {
            _finish = FinishReason.Failed;
        }
        else if (stopTokens.Contains(Last) || HitsStopString(stopStrings, tokenizer))
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
            Failure = _finish == FinishReason.Failed ? $"the log-probability of token {tokens.Length} is {_logProbs[^1]}" : null,
        };
    }

    private bool HitsStopString(IReadOnlyList<string> stopStrings, ITokenizer tokenizer)
    {
        if (stopStrings.Count == 0)
        {
            return false;
        }

        // Only the newest characters, and as many before them as a stop string may begin with, can complete one.
        _text ??= new Utf8Assembler();
        int before = _text.Length;
        _text.Append(tokenizer, Last);
        string tail = _text.TextFrom(Math.Max(0, before - stopStrings.Max(s => s.Length) + 1));
        return stopStrings.Any(s => tail.Contains(s, StringComparison.Ordinal));
    }
}

namespace Stepwise.Engine.Tokenizers;

/// <summary>A token that is recognised in text before any splitting.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it is left out of decoded text.</param>
/// <param name="Normalized">Whether it is looked for after the text is normalised instead of before.</param>
internal sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false);

/// <summary>What a byte-level BPE tokenizer is made of, from whatever file; not yet checked.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>The file, for messages.</summary>
    public required string Origin { get; init; }

    /// <summary>Token → id, tokens written in the <see cref="ByteAlphabet"/>.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>Pairs to merge, the most urgent first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; init; } = [];

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    public PreTokenizer PreTokenizer { get; init; } = PreTokenizer.Gpt2;

    /// <summary>Whether text is brought into Unicode's normalization form C first.</summary>
    public bool Normalizes { get; init; }

    /// <summary>Whether a word that is a token is taken whole, whatever the merges would make of it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The Jinja template of chats; <see langword="null"/> where there is none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Ids that end a completion.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>The id of a token; <see langword="null"/> where there is none.</summary>
    public int? Find(string token) =>
        AddedTokens.FirstOrDefault(t => string.Equals(t.Content, token, StringComparison.Ordinal))?.Id
        ?? (Vocabulary.TryGetValue(token, out int id) ? id : null);

    /// <summary>The definition with the end of a ChatML turn among the stop tokens, where the template speaks ChatML.</summary>
    public TokenizerDefinition WithChatStop() => ChatMl.Of(this) is not null && Find(ChatMl.TurnEnd) is { } end
        ? this with { StopTokens = [.. StopTokens.Append(end).Distinct()] }
        : this;

    public InputException Error(string problem) => new($"{Origin}: {problem}.");
}

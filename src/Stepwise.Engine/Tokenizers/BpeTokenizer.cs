using System.Buffers;
using System.Text;
using Stepwise.Engine.Templates;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Engine.Tokenizers;

/// <summary>A byte-level byte-pair tokenizer. Thread-safe.</summary>
public sealed class BpeTokenizer : ITokenizer
{
    /// <summary>The most token ids a vocabulary may have.</summary>
    internal const int MaxVocabulary = 1 << 20;

    private const int CacheSlots = 1 << 16;
    private const int LongestCachedWord = 48;

    private readonly CachedWord?[] _cache = new CachedWord?[CacheSlots];
    private readonly int[] _byteIds = new int[256];
    private readonly BytePairMerger _merger;
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly AddedTokenMatcher _controlTokens;
    private readonly Lazy<ChatTemplate> _chat;
    private readonly byte[]?[] _bytes;
    private readonly bool[] _special;

    /// <summary>Checks the definition and builds the tables.</summary>
    /// <exception cref="InputException">An id is out of range or given twice, or a merge names a token that is not there.</exception>
    internal BpeTokenizer(TokenizerDefinition definition)
    {
        Definition = definition;
        string?[] contents = Contents(definition);
        VocabularySize = contents.Length;
        _special = new bool[contents.Length];
        foreach (AddedToken token in definition.AddedTokens)
        {
            _special[token.Id] = token.Special;
        }

        _bytes = Array.ConvertAll(contents, content => content is null ? null : ByteAlphabet.Bytes(content));
        for (int value = 0; value < 256; value++)
        {
            _byteIds[value] = definition.Vocabulary.TryGetValue(ByteAlphabet.Character((byte)value).ToString(), out int id) ? id : -1;
        }

        _merger = new BytePairMerger(Merges(definition));
        _rawTokens = new AddedTokenMatcher(definition.AddedTokens.Where(t => !t.Normalized));
        _normalizedTokens = new AddedTokenMatcher(definition.AddedTokens.Where(t => t.Normalized));
        _controlTokens = new AddedTokenMatcher(definition.AddedTokens.Where(definition.IsControl));
        _chat = new Lazy<ChatTemplate>(definition.ReadChatTemplate);
        if (definition.StopTokens.Concat(definition.TextStart).Any(id => id < 0 || id >= contents.Length || contents[id] is null))
        {
            throw definition.Error(
                $"a stop token ({string.Join(", ", definition.StopTokens)}) or begin token ({string.Join(", ", definition.TextStart)}) "
                + $"is not in the vocabulary of {contents.Length} ids");
        }
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> StopTokens => Definition.StopTokens;

    internal TokenizerDefinition Definition { get; }

    /// <inheritdoc/>
    public int[] Encode(string text) => Encode(text, Hidden([]));

    /// <inheritdoc/>
    public int[] Encode(Prompt prompt) => prompt switch
    {
        TextPrompt text => [.. Definition.TextStart, .. text.WithControlTokens ? Encode(text.Text) : EncodeData(text.Text)],
        ChatPrompt chat => EncodeChat(chat),
        _ => throw new ArgumentException($"Prompts of type {prompt.GetType().Name} cannot be encoded.", nameof(prompt)),
    };

    /// <inheritdoc/>
    public int[] EncodeResponse(Prompt prompt, string response) =>
        [.. EncodeData(response), .. prompt is ChatPrompt && Definition.TurnEnd is { } end ? Encode(end) : StopTokens.Take(1)];

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens, bool skipSpecial = true)
    {
        ArrayBufferWriter<byte> bytes = new();
        foreach (int token in tokens)
        {
            bytes.Write(Bytes(token, skipSpecial));
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Bytes(int token, bool skipSpecial = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, VocabularySize);
        return skipSpecial && _special[token] ? [] : _bytes[token];
    }

    /// <summary>The text of a chat by the model's template.</summary>
    /// <param name="chat">The chat; at least one message.</param>
    /// <param name="openAssistant">Whether the assistant's turn is opened at the end.</param>
    /// <exception cref="InputException">
    /// There is no chat template, it needs what is not supported, or it refuses this chat.
    /// </exception>
    internal string Render(ChatPrompt chat, bool openAssistant = true) => _chat.Value.Render(chat, openAssistant);

    private HiddenTokens Hidden(IEnumerable<string> data) => new(_controlTokens, [.. data, Definition.ChatTemplate ?? ""]);

    private int[] EncodeData(string text)
    {
        HiddenTokens hidden = Hidden([text]);
        return Encode(hidden.Hide(text), hidden);
    }

    private int[] EncodeChat(ChatPrompt chat)
    {
        HiddenTokens hidden = Hidden(chat.Messages.Select(message => message.Content));
        ChatMessage[] messages = [.. chat.Messages.Select(message => message with { Content = hidden.Hide(message.Content) })];
        return Encode(Render(chat with { Messages = messages }), hidden);
    }

    private int[] Encode(string text, HiddenTokens hidden)
    {
        List<int> ids = [];
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            (int id, int start, int length) = _rawTokens.Find(rest);
            EncodeRaw(rest[..start], hidden, ids);
            if (id >= 0)
            {
                ids.Add(id);
            }

            rest = rest[(start + length)..];
        }

        return [.. ids];
    }

    private void EncodeRaw(ReadOnlySpan<char> text, HiddenTokens hidden, List<int> ids)
    {
        if (text.Length == 0)
        {
            return;
        }

        ReadOnlySpan<char> rest = Definition.Normalizes ? NormalizationFormC.Of(text) : text;
        while (rest.Length > 0)
        {
            (int id, int start, int length) = _normalizedTokens.Find(rest);
            EncodeWords(hidden.Reveal(rest[..start]), ids);
            if (id >= 0)
            {
                ids.Add(id);
            }

            rest = rest[(start + length)..];
        }
    }

    private void EncodeWords(ReadOnlySpan<char> text, List<int> ids)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = Definition.PreTokenizer.End(text, start);
            ReadOnlySpan<char> word = text[start..end];
            if (word.Length > LongestCachedWord)
            {
                ids.AddRange(EncodeWord(word));
                continue;
            }

            int slot = (int)((uint)string.GetHashCode(word, StringComparison.Ordinal) % CacheSlots);
            CachedWord? cached = _cache[slot];
            if (cached is null || !word.SequenceEqual(cached.Word))
            {
                cached = new CachedWord(word.ToString(), EncodeWord(word));
                _cache[slot] = cached;
            }

            ids.AddRange(cached.Ids);
        }
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, utf8);
        if (Definition.IgnoreMerges && Definition.Vocabulary.TryGetValue(string.Create(utf8.Length, utf8, Spell), out int whole)
            && !_special[whole])
        {
            return [whole];
        }

        int[] ids = new int[utf8.Length];
        int count = 0;
        foreach (byte value in utf8)
        {
            // A vocabulary may lack bytes; the reference loses them.
            if (_byteIds[value] >= 0)
            {
                ids[count++] = _byteIds[value];
            }
        }

        return ids[.._merger.Merge(ids.AsSpan(0, count))];
    }

    private static void Spell(Span<char> characters, byte[] utf8)
    {
        for (int i = 0; i < utf8.Length; i++)
        {
            characters[i] = ByteAlphabet.Character(utf8[i]);
        }
    }

    /// <summary>Token texts by id; <see langword="null"/> for an id that stands for nothing.</summary>
    private static string?[] Contents(TokenizerDefinition definition)
    {
        int size = 0;
        foreach ((string token, int id) in definition.Tokens)
        {
            if (id is < 0 or >= MaxVocabulary)
            {
                throw definition.Error($"the token {Quoted.Of(token)} has id {id}; allowed: 0 to {MaxVocabulary - 1}");
            }

            size = Math.Max(size, id + 1);
        }

        string?[] contents = new string?[size];
        foreach ((string token, int id) in definition.Tokens)
        {
            if (contents[id] is { } other && !string.Equals(other, token, StringComparison.Ordinal))
            {
                throw definition.Error($"the id {id} is given to {Quoted.Of(other)} and to {Quoted.Of(token)}");
            }

            contents[id] = token;
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (AddedToken added in definition.AddedTokens)
        {
            if (added.Content.Length == 0 || !seen.Add(added.Content)
                || (definition.Vocabulary.TryGetValue(added.Content, out int id) && id != added.Id))
            {
                throw definition.Error(
                    $"the added token {Quoted.Of(added.Content)} is empty, comes twice or has another id in the vocabulary");
            }
        }

        return contents;
    }

    private static Dictionary<ulong, (int Rank, int Id)> Merges(TokenizerDefinition definition)
    {
        Dictionary<ulong, (int Rank, int Id)> merges = new(definition.Merges.Count);
        for (int rank = 0; rank < definition.Merges.Count; rank++)
        {
            (string left, string right) = definition.Merges[rank];
            if (!definition.Vocabulary.TryGetValue(left, out int leftId) || !definition.Vocabulary.TryGetValue(right, out int rightId)
                || !definition.Vocabulary.TryGetValue(left + right, out int mergedId))
            {
                throw definition.Error(
                    $"merge {rank} of {Quoted.Of(left)} and {Quoted.Of(right)}: both and their union must be in the vocabulary");
            }

            merges[BytePairMerger.Pair(leftId, rightId)] = (rank, mergedId);
        }

        return merges;
    }

    /// <summary>A word and its ids; immutable, so that a slot of the cache can be read while it is replaced.</summary>
    private sealed record CachedWord(string Word, int[] Ids);
}

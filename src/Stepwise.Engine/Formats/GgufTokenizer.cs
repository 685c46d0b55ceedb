using Stepwise.Engine.Tokenizers;

namespace Stepwise.Engine.Formats;

/// <summary>The byte-level BPE tokenizer inside a GGUF file.</summary>
internal static class GgufTokenizer
{
    private const int Normal = 1;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;

    /// <summary>What GGUF calls the pre-tokenizers, with what the name implies; written under the first name that fits.</summary>
    private static readonly Kind[] Known =
    [
        new("gpt-2", PreTokenizer.Gpt2),
        new("default", PreTokenizer.Gpt2),
        new("smollm", PreTokenizer.SingleDigitsGpt2),
        new("qwen2", PreTokenizer.Qwen2, Normalizes: true),
        new("deepseek-r1-qwen", PreTokenizer.Qwen2, Normalizes: true),
        new("llama-bpe", PreTokenizer.Llama3, IgnoreMerges: true),
        new("llama-v3", PreTokenizer.Llama3, IgnoreMerges: true),
        new("llama3", PreTokenizer.Llama3, IgnoreMerges: true),
    ];

    /// <exception cref="InputException">The tokenizer is missing, not sound, or not a byte-level BPE of a known kind.</exception>
    public static BpeTokenizer Read(GgufMetadata metadata)
    {
        if (metadata.Text("tokenizer.ggml.model") is not "gpt2")
        {
            throw metadata.Error("tokenizer.ggml.model", "must be \"gpt2\" (byte-level BPE)");
        }

        string pre = metadata.Text("tokenizer.ggml.pre");
        Kind kind = Known.FirstOrDefault(k => string.Equals(k.Name, pre, StringComparison.Ordinal))
            ?? throw metadata.Error(
                "tokenizer.ggml.pre", $"is {Quoted.Of(pre)}; supported: {string.Join(", ", Known.Select(k => k.Name))}");

        string[] tokens = metadata.Texts("tokenizer.ggml.tokens");
        int[] types = metadata.Integers("tokenizer.ggml.token_type", 0, 6);
        if (types.Length != tokens.Length || tokens.Length > BpeTokenizer.MaxVocabulary)
        {
            throw metadata.Error(
                "tokenizer.ggml.token_type",
                $"has {types.Length} entries for {tokens.Length} tokens; at most {BpeTokenizer.MaxVocabulary} are allowed");
        }

        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        List<AddedToken> added = [];
        for (int id = 0; id < tokens.Length; id++)
        {
            if (types[id] is Control or UserDefined)
            {
                added.Add(new AddedToken(id, tokens[id], Special: types[id] == Control));
            }
            else if (types[id] != Unused && !vocabulary.TryAdd(tokens[id], id))
            {
                throw metadata.Error("tokenizer.ggml.tokens", $"has {Quoted.Of(tokens[id])} twice");
            }
        }

        return new BpeTokenizer(new TokenizerDefinition
        {
            Origin = metadata.File,
            Vocabulary = vocabulary,
            Merges = [.. metadata.Texts("tokenizer.ggml.merges").Select(merge => Merge(metadata, merge))],
            AddedTokens = added,
            PreTokenizer = kind.PreTokenizer,
            Normalizes = kind.Normalizes,
            IgnoreMerges = kind.IgnoreMerges,
            SpecialTokens = GgufSpecialTokens.Read(metadata, tokens),
            TextStart = TextStart(metadata, kind),
            ChatTemplate = metadata.Has("tokenizer.chat_template") ? metadata.Text("tokenizer.chat_template") : null,
            StopTokens = GgufModelConfig.StopTokens(metadata),
        }.WithChatStop());
    }

    /// <summary>The keys that say a tokenizer, for llama.cpp and <see cref="Read"/>.</summary>
    /// <param name="definition">The tokenizer.</param>
    /// <param name="vocabularySize">Rows of the model's embedding; ids beyond the tokenizer's are filled with unused tokens.</param>
    /// <exception cref="InputException">GGUF has no name for its pre-tokenizer.</exception>
    public static IReadOnlyList<(string Key, object Value)> Write(TokenizerDefinition definition, int vocabularySize)
    {
        Kind kind = Known.FirstOrDefault(k => k.PreTokenizer == definition.PreTokenizer && k.Normalizes == definition.Normalizes
            && k.IgnoreMerges == definition.IgnoreMerges)
            ?? throw definition.Error(
                "GGUF files have no name for this combination of pre-tokenizer, normalizer and ignore_merges. "
                + "Export to a Hugging Face folder instead");
        string[] tokens = [.. Enumerable.Range(0, vocabularySize).Select(id => $"[PAD{id}]")];
        int[] types = new int[vocabularySize];
        Array.Fill(types, Unused);
        foreach ((string token, int id) in definition.Vocabulary)
        {
            (tokens[id], types[id]) = (token, Normal);
        }

        foreach (AddedToken added in definition.AddedTokens)
        {
            (tokens[added.Id], types[added.Id]) = (added.Content, added.Special ? Control : UserDefined);
        }

        List<(string Key, object Value)> keys =
        [
            ("tokenizer.ggml.model", "gpt2"),
            ("tokenizer.ggml.pre", kind.Name),
            ("tokenizer.ggml.tokens", tokens),
            ("tokenizer.ggml.token_type", types),
            ("tokenizer.ggml.merges", definition.Merges.Select(m => $"{m.Left} {m.Right}").ToArray()),
            .. GgufSpecialTokens.Write(definition),
        ];
        if (definition.ChatTemplate is { } template)
        {
            keys.Add(("tokenizer.chat_template", template));
        }

        return keys;
    }

    /// <summary>The begin token where prompts have one: as the file says, and for Llama 3 where it does not (as in llama.cpp).</summary>
    private static int[] TextStart(GgufMetadata metadata, Kind kind)
    {
        bool begins = metadata.Has(GgufSpecialTokens.AddBeginKey)
            ? metadata.Flag(GgufSpecialTokens.AddBeginKey)
            : kind.PreTokenizer == PreTokenizer.Llama3;
        return begins && metadata.Has(GgufSpecialTokens.BeginKey)
            ? [(int)metadata.Integer(GgufSpecialTokens.BeginKey, 0, BpeTokenizer.MaxVocabulary - 1)]
            : [];
    }

    private static (string Left, string Right) Merge(GgufMetadata metadata, string merge) => merge.Split(' ', 3) is [var left, var right]
        ? (left, right)
        : throw metadata.Error("tokenizer.ggml.merges", $"has {Quoted.Of(merge)}, which is not two tokens");

    /// <summary>What a name of a pre-tokenizer implies.</summary>
    private sealed record Kind(string Name, PreTokenizer PreTokenizer, bool Normalizes = false, bool IgnoreMerges = false);
}

using Stepwise.Engine.Formats;

namespace Stepwise.Engine.Tokenizers;

/// <summary>The byte-level BPE tokenizer inside a GGUF file.</summary>
internal static class GgufTokenizer
{
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;

    /// <summary>What GGUF calls the pre-tokenizers.</summary>
    private static readonly Dictionary<string, Kind> Known = new(StringComparer.Ordinal)
    {
        ["gpt-2"] = new(PreTokenizer.Gpt2),
        ["default"] = new(PreTokenizer.Gpt2),
        ["smollm"] = new(PreTokenizer.SingleDigitsGpt2),
        ["qwen2"] = new(PreTokenizer.Qwen2, Normalizes: true),
        ["llama-bpe"] = new(PreTokenizer.Llama3, IgnoreMerges: true),
    };

    /// <exception cref="InputException">The tokenizer is missing, not sound, or not a byte-level BPE of a known kind.</exception>
    public static BpeTokenizer Read(GgufMetadata metadata)
    {
        if (metadata.Text("tokenizer.ggml.model") is not "gpt2")
        {
            throw metadata.Error("tokenizer.ggml.model", "must be \"gpt2\" (byte-level BPE)");
        }

        if (!Known.TryGetValue(metadata.Text("tokenizer.ggml.pre"), out Kind? kind))
        {
            throw metadata.Error("tokenizer.ggml.pre", $"must be one of {string.Join(", ", Known.Keys)}");
        }

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
            ChatTemplate = metadata.Has("tokenizer.chat_template") ? metadata.Text("tokenizer.chat_template") : null,
            StopTokens = GgufModelConfig.StopTokens(metadata),
        }.WithChatStop());
    }

    private static (string Left, string Right) Merge(GgufMetadata metadata, string merge) => merge.Split(' ', 3) is [var left, var right]
        ? (left, right)
        : throw metadata.Error("tokenizer.ggml.merges", $"has {Quoted.Of(merge)}, which is not two tokens");

    /// <summary>What a name of a pre-tokenizer implies.</summary>
    private sealed record Kind(PreTokenizer PreTokenizer, bool Normalizes = false, bool IgnoreMerges = false);
}

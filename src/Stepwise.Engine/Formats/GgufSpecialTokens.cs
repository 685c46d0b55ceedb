using Stepwise.Engine.Tokenizers;

namespace Stepwise.Engine.Formats;

/// <summary>The special tokens that a GGUF file names by their ids.</summary>
internal static class GgufSpecialTokens
{
    /// <summary>The token that begins a text.</summary>
    public const string BeginKey = "tokenizer.ggml.bos_token_id";

    /// <summary>The token that ends a text.</summary>
    public const string EndKey = "tokenizer.ggml.eos_token_id";

    /// <summary>Whether prompts begin with the begin token.</summary>
    public const string AddBeginKey = "tokenizer.ggml.add_bos_token";

    private static readonly (string Name, string Key)[] Known =
    [
        ("bos_token", BeginKey),
        ("eos_token", EndKey),
        ("pad_token", "tokenizer.ggml.padding_token_id"),
        ("unk_token", "tokenizer.ggml.unknown_token_id"),
    ];

    /// <summary>Their texts, by the names that chat templates use.</summary>
    /// <exception cref="InputException">An id is not of the vocabulary.</exception>
    public static Dictionary<string, string> Read(GgufMetadata metadata, string[] tokens) => Known
        .Where(token => metadata.Has(token.Key))
        .ToDictionary(
            token => token.Name, token => tokens[metadata.Integer(token.Key, 0, tokens.Length - 1)], StringComparer.Ordinal);

    /// <summary>The keys of a tokenizer's special tokens. Stop tokens beyond the third have no key.</summary>
    public static IEnumerable<(string Key, object Value)> Write(TokenizerDefinition definition)
    {
        foreach ((string name, string key) in Known.Where(k => k.Key is not EndKey))
        {
            if (definition.SpecialTokens.TryGetValue(name, out string? token) && definition.Find(token) is { } id)
            {
                yield return (key, (uint)id);
            }
        }

        foreach ((string key, int id) in GgufModelConfig.StopKeys.Zip(definition.StopTokens))
        {
            yield return (key, (uint)id);
        }

        yield return (AddBeginKey, definition.TextStart.Count > 0);
    }
}

using Stepwise.Engine.Formats;

namespace Stepwise.Engine.Tokenizers;

/// <summary>The special tokens that a GGUF file names by their ids.</summary>
internal static class GgufSpecialTokens
{
    private static readonly (string Name, string Key)[] Known =
    [
        ("bos_token", "tokenizer.ggml.bos_token_id"),
        ("eos_token", "tokenizer.ggml.eos_token_id"),
        ("pad_token", "tokenizer.ggml.padding_token_id"),
    ];

    /// <summary>Their texts, by the names that chat templates use.</summary>
    /// <exception cref="InputException">An id is not of the vocabulary.</exception>
    public static Dictionary<string, string> Read(GgufMetadata metadata, string[] tokens) => Known
        .Where(token => metadata.Has(token.Key))
        .ToDictionary(
            token => token.Name, token => tokens[metadata.Integer(token.Key, 0, tokens.Length - 1)], StringComparer.Ordinal);
}

using System.Globalization;

namespace Stepwise.Engine.Formats;

/// <summary>The names of tensors in GGUF files of the Llama and Qwen families, and what Hugging Face calls them.</summary>
internal static class GgufNames
{
    private const string LayerPrefix = "model.layers.";

    private static readonly Dictionary<string, string> Global = new(StringComparer.Ordinal)
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
    };

    private static readonly Dictionary<string, string> PerLayer = new(StringComparer.Ordinal)
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };

    /// <summary>The Hugging Face name; <see langword="null"/> where the tensor is not known.</summary>
    public static string? ToHuggingFace(string name)
    {
        string[] parts = name.Split('.', 5);
        return parts switch
        {
            [var stem, "weight"] when Global.TryGetValue(stem, out string? known) => $"{known}.weight",
            ["blk", var layer, var stem, "weight" or "bias"]
                when PerLayer.TryGetValue(stem, out string? known)
                && int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                => $"model.layers.{index}.{known}.{parts[3]}",
            _ => null,
        };
    }

    /// <summary>GGUF's name of a parameter.</summary>
    public static string FromHuggingFace(string name)
    {
        int dot = name.LastIndexOf('.');
        (string stem, string kind) = (name[..dot], name[dot..]);
        if (!stem.StartsWith(LayerPrefix, StringComparison.Ordinal))
        {
            return Key(Global, stem) + kind;
        }

        string[] parts = stem[LayerPrefix.Length..].Split('.', 2);
        return $"blk.{parts[0]}.{Key(PerLayer, parts[1])}{kind}";
    }

    private static string Key(Dictionary<string, string> names, string value) =>
        names.First(n => string.Equals(n.Value, value, StringComparison.Ordinal)).Key;
}

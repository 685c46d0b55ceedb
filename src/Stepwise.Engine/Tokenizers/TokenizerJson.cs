using System.Text.Encodings.Web;
using System.Text.Json;
using Stepwise.Engine.Files;

namespace Stepwise.Engine.Tokenizers;

/// <summary>Reads and writes the content of a <c>tokenizer.json</c>. What would change ids and is not supported is refused by its key.</summary>
internal static class TokenizerJson
{
    /// <summary>The name of the file that holds the vocabulary.</summary>
    public const string FileName = "tokenizer.json";

    private const string QwenRegex =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string LlamaRegex =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="InputException">The content is not sound, or of a kind that is not supported.</exception>
    public static TokenizerDefinition Parse(string path, ReadOnlyMemory<byte> utf8)
    {
        JsonInput json = JsonInput.Parse(path, utf8);
        JsonInput model = json.Get("model");
        RefuseUnsupported(model);
        RequireType(json.Get("decoder"), "ByteLevel");
        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        foreach ((string token, JsonInput id) in model.Get("vocab").Members())
        {
            vocabulary.Add(token, (int)id.Integer(0, BpeTokenizer.MaxVocabulary - 1));
        }

        return new TokenizerDefinition
        {
            Origin = path,
            Vocabulary = vocabulary,
            Merges = [.. model.Get("merges").Items().Select(Merge)],
            AddedTokens =
            [
                .. json.Find("added_tokens")?.Items()
                    .Select(token => Added(token, (int)token.Get("id").Integer(0, BpeTokenizer.MaxVocabulary - 1))) ?? [],
            ],
            PreTokenizer = PreTokenizerOf(json.Get("pre_tokenizer")),
            Normalizes = Normalizes(json.Find("normalizer")),
            IgnoreMerges = model.Find("ignore_merges")?.Flag() ?? false,
            TextStart = PostProcessor.TextStart(json.Find("post_processor")),
        };
    }

    public static byte[] Write(TokenizerDefinition definition) => Json(json =>
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in definition.AddedTokens)
        {
            WriteAdded(json, token);
        }

        json.WriteEndArray();
        json.WritePropertyName("normalizer");
        json.WriteRawValue(definition.Normalizes ? """{"type":"NFC"}""" : "null");
        json.WritePropertyName("pre_tokenizer");
        WritePreTokenizer(json, definition.PreTokenizer);
        json.WritePropertyName("post_processor");
        PostProcessor.Write(json, definition);
        json.WritePropertyName("decoder");
        WriteByteLevel(json, useRegex: true);
        WriteModel(json, definition);
    });

    /// <summary>The content of <c>tokenizer_config.json</c>: special tokens, the first stop token and the chat template.</summary>
    public static byte[] WriteSettings(TokenizerDefinition definition) => Json(json =>
    {
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        // Where it is absent, readers take the space before a mark out of decoded text.
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        foreach ((string name, string token) in definition.SpecialTokens)
        {
            json.WriteString(name, token);
        }

        if (definition.StopTokens.Count > 0 && !definition.SpecialTokens.ContainsKey("eos_token"))
        {
            json.WriteString("eos_token", definition.Content(definition.StopTokens[0]));
        }

        if (definition.ChatTemplate is not null)
        {
            json.WriteString("chat_template", definition.ChatTemplate);
        }
    });

    private static (string Left, string Right) Merge(JsonInput merge)
    {
        string[] parts = merge.Kind == JsonValueKind.Array
            ? [.. merge.Items().Take(3).Select(part => part.Text())]
            : merge.Text().Split(' ', 3);
        return parts.Length == 2 ? (parts[0], parts[1]) : throw merge.Unexpected("two tokens, as \"a b\" or [\"a\", \"b\"]");
    }

    /// <summary>An added token as <c>tokenizer.json</c> and <c>tokenizer_config.json</c> describe it.</summary>
    /// <exception cref="InputException">It takes white space around it, or matches whole words only.</exception>
    public static AddedToken Added(JsonInput token, int id)
    {
        foreach (string key in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip"])
        {
            if (token.Find(key) is { } flag && flag.Flag())
            {
                throw flag.Unexpected("false");
            }
        }

        return new AddedToken(
            id,
            token.Get("content").Text(),
            token.Find("special")?.Flag() ?? false,
            token.Find("normalized")?.Flag() ?? false);
    }

    private static PreTokenizer PreTokenizerOf(JsonInput value)
    {
        JsonInput[] parts = value.Get("type").Text() is "Sequence" ? [.. value.Get("pretokenizers").Items().Take(3)] : [value];
        if (parts is [var only])
        {
            RequireByteLevel(only, splits: true);
            return PreTokenizer.Gpt2;
        }

        if (parts is not [var first, var second] || first.Get("type").Text() is not ("Digits" or "Split"))
        {
            throw value.Error("not supported; allowed: ByteLevel, Digits then ByteLevel, Split then ByteLevel");
        }

        bool digits = first.Get("type").Text() is "Digits";
        RequireByteLevel(second, splits: digits);
        return digits ? SingleDigits(first) : Split(first);
    }

    private static PreTokenizer SingleDigits(JsonInput digits) => digits.Get("individual_digits") is var single && single.Flag()
        ? PreTokenizer.SingleDigitsGpt2
        : throw single.Unexpected("true");

    private static PreTokenizer Split(JsonInput split)
    {
        if (split.Get("behavior") is var behavior && behavior.Text() is not "Isolated")
        {
            throw behavior.Unexpected("Isolated");
        }

        if (split.Find("invert") is { } invert && invert.Flag())
        {
            throw invert.Unexpected("false");
        }

        JsonInput regex = split.Get("pattern").Get("Regex");
        return regex.Text() switch
        {
            QwenRegex => PreTokenizer.Qwen2,
            LlamaRegex => PreTokenizer.Llama3,
            _ => throw regex.Unexpected("the expressions of Qwen2 and of Llama 3"),
        };
    }

    private static void RequireByteLevel(JsonInput value, bool splits)
    {
        RequireType(value, "ByteLevel");
        if (value.Find("add_prefix_space") is { } prefix && prefix.Flag())
        {
            throw prefix.Unexpected("false");
        }

        if (value.Find("use_regex") is { } regex ? regex.Flag() != splits : !splits)
        {
            throw value.Error($"use_regex must be {(splits ? "true" : "false")} here");
        }
    }

    private static bool Normalizes(JsonInput? normalizer)
    {
        if (normalizer is not null)
        {
            RequireType(normalizer, "NFC");
        }

        return normalizer is not null;
    }

    private static void RefuseUnsupported(JsonInput model)
    {
        RequireType(model, "BPE");
        foreach (string key in (ReadOnlySpan<string>)["unk_token", "dropout"])
        {
            if (model.Find(key) is { } value)
            {
                throw value.Unexpected("null");
            }
        }

        foreach (string key in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Find(key) is { } affix && affix.Text().Length > 0)
            {
                throw affix.Unexpected("null or the empty text");
            }
        }

        if (model.Find("byte_fallback") is { } fallback && fallback.Flag())
        {
            throw fallback.Unexpected("false");
        }
    }

    private static void RequireType(JsonInput value, string type)
    {
        if (value.Get("type") is var found && !string.Equals(found.Text(), type, StringComparison.Ordinal))
        {
            throw found.Unexpected(type);
        }
    }

    private static void WriteAdded(Utf8JsonWriter json, AddedToken token)
    {
        json.WriteStartObject();
        json.WriteNumber("id", token.Id);
        json.WriteString("content", token.Content);
        json.WriteBoolean("single_word", false);
        json.WriteBoolean("lstrip", false);
        json.WriteBoolean("rstrip", false);
        json.WriteBoolean("normalized", token.Normalized);
        json.WriteBoolean("special", token.Special);
        json.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, PreTokenizer preTokenizer)
    {
        if (preTokenizer == PreTokenizer.Gpt2)
        {
            WriteByteLevel(json, useRegex: true);
            return;
        }

        bool digits = preTokenizer == PreTokenizer.SingleDigitsGpt2;
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", digits ? "Digits" : "Split");
        if (digits)
        {
            json.WriteBoolean("individual_digits", true);
        }
        else
        {
            json.WriteStartObject("pattern");
            json.WriteString("Regex", preTokenizer == PreTokenizer.Qwen2 ? QwenRegex : LlamaRegex);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
        }

        json.WriteEndObject();
        WriteByteLevel(json, useRegex: digits);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", definition.IgnoreMerges);
        json.WriteStartObject("vocab");
        // Added tokens too: one that is not here is given the next free id by other readers, whatever its own.
        foreach ((string token, int id) in definition.Tokens.Distinct().OrderBy(t => t.Id))
        {
            json.WriteNumber(token, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach ((string left, string right) in definition.Merges)
        {
            JsonSerializer.Serialize(json, new[] { left, right }, Relaxed);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static byte[] Json(Action<Utf8JsonWriter> members)
    {
        using MemoryStream stream = new();
        JsonWriterOptions options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(stream, options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}

using System.Text;
using System.Text.Json;
using Stepwise.Engine.Files;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Formats;

/// <summary>
/// Reads and writes a Hugging Face <c>config.json</c>, in the spelling of transformers 4 (<c>rope_theta</c>, <c>rope_scaling</c>,
/// <c>torch_dtype</c>) and of transformers 5 (<c>rope_parameters</c>, <c>dtype</c>). What would change the computation and is not supported
/// is refused by its key.
/// </summary>
internal static class ModelConfigFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The file's bytes.</summary>
    /// <exception cref="InputException">The file is missing or far too long.</exception>
    public static byte[] ReadWhole(string path) => InputFile.ReadWhole(path, MaxBytes);

    /// <exception cref="InputException">The file is not sound, or the model is not supported.</exception>
    public static ModelConfig Parse(string path, ReadOnlyMemory<byte> utf8)
    {
        JsonInput json = JsonInput.Parse(path, utf8);
        ModelArchitecture architecture = Architecture(json);
        RefuseUnsupported(json);
        JsonInput? rope = RopeScalingJson.Find(json);
        int layers = (int)json.Get("num_hidden_layers").Integer(1, ModelConfig.MaxLayers);
        int contextLength = Count(json.Get("max_position_embeddings"));
        int[] withoutRope = LayerPatternJson.LayersWithoutRope(json, architecture, layers);
        (int? window, int[] withoutWindow) = LayerPatternJson.SlidingWindow(json, architecture, layers, withoutRope);

        // What is absent has transformers' value, and SmolLM3's are others.
        bool smolLm3 = architecture == ModelArchitecture.SmolLm3;
        int heads = Count(json.Get("num_attention_heads"));
        int width = Count(json.Get("hidden_size"));
        return new ModelConfig
        {
            Architecture = architecture,
            Width = width,
            FeedForwardWidth = Count(json.Get("intermediate_size")),
            Layers = layers,
            Heads = heads,
            KeyValueHeads = json.Find("num_key_value_heads") is { } keyValueHeads ? Count(keyValueHeads) : heads,
            HeadSize = json.Find("head_dim") is { } headSize ? Count(headSize) : EvenShare(json, width, heads),
            VocabularySize = Count(json.Get("vocab_size")),
            ContextLength = contextLength,
            RmsNormEpsilon = Number(json.Find("rms_norm_eps"), 1e-6),
            RopeTheta = Number(rope?.Find("rope_theta") ?? json.Find("rope_theta"), smolLm3 ? 2e6 : 10000.0),
            RopeScaling = RopeScalingJson.Read(rope, OriginalContext(json) ?? contextLength),
            LayersWithoutRope = withoutRope,
            SlidingWindow = window,
            LayersWithoutWindow = withoutWindow,
            TiedHead = json.Find("tie_word_embeddings")?.Flag() ?? smolLm3,
            InitializerRange = Number(json.Find("initializer_range"), 0.02),
            StopTokens = TokenIds(json.Find("eos_token_id")),
        }.Checked(path);
    }

    /// <summary>One id, a list of ids, or none.</summary>
    public static int[] TokenIds(JsonInput? value) => value switch
    {
        null => [],
        { Kind: JsonValueKind.Array } => [.. value.Items().Select(Id)],
        _ => [Id(value)],
    };

    /// <summary>A file with another type of weights; every other byte stays. A file that states none stays as it is.</summary>
    /// <param name="utf8">A sound file.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    public static ReadOnlyMemory<byte> WithType(ReadOnlyMemory<byte> utf8, SafetensorsType type)
    {
        Utf8JsonReader reader = new(utf8.Span);
        while (reader.Read())
        {
            if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName }
                && (reader.ValueTextEquals("torch_dtype") || reader.ValueTextEquals("dtype")) && reader.Read()
                && reader.TokenType == JsonTokenType.String)
            {
                ReadOnlySpan<byte> before = utf8.Span[..(int)reader.TokenStartIndex], after = utf8.Span[(int)reader.BytesConsumed..];
                return (byte[])[.. before, .. Encoding.UTF8.GetBytes($"\"{type.TorchName()}\""), .. after];
            }
        }

        return utf8;
    }

    /// <summary>A file that transformers loads, for weights in F32.</summary>
    public static byte[] Format(ModelConfig config)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WritePropertyName("architectures");
            JsonSerializer.Serialize(json, new[] { config.Architecture.Name });
            json.WriteString("model_type", config.Architecture.ModelType);
            json.WriteNumber("hidden_size", config.Width);
            json.WriteNumber("intermediate_size", config.FeedForwardWidth);
            json.WriteNumber("num_hidden_layers", config.Layers);
            json.WriteNumber("num_attention_heads", config.Heads);
            json.WriteNumber("num_key_value_heads", config.KeyValueHeads);
            json.WriteNumber("head_dim", config.HeadSize);
            json.WriteNumber("vocab_size", config.VocabularySize);
            json.WriteNumber("max_position_embeddings", config.ContextLength);
            json.WriteString("hidden_act", "silu");
            json.WriteNumber("rms_norm_eps", config.RmsNormEpsilon);
            json.WriteNumber("rope_theta", config.RopeTheta);
            json.WritePropertyName("rope_scaling");
            RopeScalingJson.Write(json, config.RopeScaling);
            LayerPatternJson.Write(json, config);
            json.WriteBoolean("tie_word_embeddings", config.TiedHead);
            json.WriteNumber("initializer_range", config.InitializerRange);
            if (config.StopTokens.Count > 0)
            {
                json.WritePropertyName("eos_token_id");
                JsonSerializer.Serialize(json, config.StopTokens);
            }

            json.WriteString("torch_dtype", "float32");
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static int? OriginalContext(JsonInput json) =>
        (int?)json.Find("original_max_position_embeddings")?.Integer(1, ModelConfig.MaxContextLength);

    private static int Id(JsonInput value) => (int)value.Integer(0, int.MaxValue);

    private static int Count(JsonInput value) => (int)value.Integer(1, int.MaxValue);

    private static double Number(JsonInput? value, double absent) => value?.Number(0, double.MaxValue) ?? absent;

    private static int EvenShare(JsonInput json, int width, int heads) => width % heads == 0
        ? width / heads
        : throw json.Error($"hidden_size {width} is no multiple of num_attention_heads {heads}, and head_dim is missing");

    private static ModelArchitecture Architecture(JsonInput json)
    {
        JsonInput? name = json.Find("architectures")?.Items().FirstOrDefault();
        return name is null
            ? Supported(json.Get("model_type"), static a => a.ModelType)
            : Supported(name, static a => a.Name);
    }

    private static ModelArchitecture Supported(JsonInput value, Func<ModelArchitecture, string> key)
    {
        string name = value.Text();
        return ModelArchitecture.All.FirstOrDefault(a => string.Equals(key(a), name, StringComparison.Ordinal))
            ?? throw value.Unexpected(string.Join(", ", ModelArchitecture.All.Select(key)));
    }

    private static void RefuseUnsupported(JsonInput json)
    {
        if (json.Find("hidden_act") is { } activation && activation.Text() is not "silu")
        {
            throw activation.Unexpected("silu");
        }

        foreach (string key in (ReadOnlySpan<string>)["attention_bias", "mlp_bias"])
        {
            if (json.Find(key) is { } flag && flag.Flag())
            {
                throw flag.Unexpected("false");
            }
        }

        _ = json.Find("partial_rotary_factor")?.Number(1, 1);
        if (json.Find("quantization_config") is { } quantization)
        {
            throw quantization.Error("quantised weights are not supported; allowed: F32, F16 and BF16 weights");
        }
    }
}

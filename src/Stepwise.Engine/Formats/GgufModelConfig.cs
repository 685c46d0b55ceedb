using Stepwise.Engine.Models;

namespace Stepwise.Engine.Formats;

/// <summary>The model's shape in the metadata of a GGUF file.</summary>
internal static class GgufModelConfig
{
    /// <summary>SmolLM3's files do not say which layers see no positions: it is every fourth.</summary>
    private const int SmolLm3RopeInterval = 4;

    /// <summary>The keys of the tokens that end a completion: end of text, end of turn, end of message.</summary>
    public static IReadOnlyList<string> StopKeys { get; } =
        [GgufSpecialTokens.EndKey, "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];


    /// <param name="metadata">The file's metadata.</param>
    /// <param name="tensors">Hugging Face names of the file's tensors: a file without a head ties it to the embedding.</param>
    /// <param name="ropeFactors">The numbers of <see cref="GgufRopeScaling.FactorsName"/>; empty where the file has none.</param>
    /// <exception cref="InputException">A key is missing or out of range, or the model is not supported.</exception>
    public static ModelConfig Read(GgufMetadata metadata, IReadOnlyCollection<string> tensors, float[] ropeFactors)
    {
        GgufArchitecture architecture = GgufArchitecture.Read(metadata);
        string prefix = architecture.Name;
        int heads = Count("attention.head_count");
        int width = Count("embedding_length");
        int layers = (int)metadata.Integer($"{prefix}.block_count", 1, ModelConfig.MaxLayers);
        int headSize = Optional("attention.key_length", width / heads);
        RequireHeadSize("attention.value_length", headSize);
        RequireHeadSize("rope.dimension_count", headSize);
        int window = Optional("attention.sliding_window", 0);
        double theta = metadata.Has($"{prefix}.rope.freq_base") ? metadata.Number($"{prefix}.rope.freq_base") : 10000.0;
        return new ModelConfig
        {
            Architecture = window == 0 ? architecture.Models[0] : architecture.Models[^1],
            Width = width,
            FeedForwardWidth = Count("feed_forward_length"),
            Layers = layers,
            Heads = heads,
            KeyValueHeads = Optional("attention.head_count_kv", heads),
            HeadSize = headSize,
            VocabularySize = metadata.Has($"{prefix}.vocab_size") ? Count("vocab_size") : metadata.Texts("tokenizer.ggml.tokens").Length,
            ContextLength = Count("context_length"),
            RmsNormEpsilon = metadata.Number($"{prefix}.attention.layer_norm_rms_epsilon"),
            RopeTheta = theta,
            RopeScaling = GgufRopeScaling.Read(metadata, prefix, headSize, theta, ropeFactors),
            LayersWithoutRope = LayersWithoutRope(architecture.Models[0], layers),
            SlidingWindow = window == 0 ? null : window,
            TiedHead = !tensors.Contains("lm_head.weight", StringComparer.Ordinal),
            StopTokens = StopTokens(metadata),
        }.Checked(metadata.File);

        int Count(string key) => (int)metadata.Integer($"{prefix}.{key}", 1, int.MaxValue);

        int Optional(string key, int absent) => metadata.Has($"{prefix}.{key}") ? Count(key) : absent;

        void RequireHeadSize(string key, int size)
        {
            if (Optional(key, size) != size)
            {
                throw metadata.Error($"{prefix}.{key}", $"must be the head size {size}");
            }
        }
    }

    /// <summary>The keys that say a model's shape.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="origin">Where the model comes from, for the message.</param>
    /// <exception cref="InputException">GGUF has no keys for something that the model needs.</exception>
    public static IReadOnlyList<(string Key, object Value)> Write(ModelConfig config, string origin)
    {
        if (!config.LayersWithoutRope.SequenceEqual(LayersWithoutRope(config.Architecture, config.Layers)))
        {
            throw Unsayable("which layers see no positions (SmolLM3's: every fourth)");
        }

        if (config.LayersWithoutWindow.Count > 0)
        {
            throw Unsayable("which layers have no sliding window");
        }

        string prefix = GgufArchitecture.Of(config.Architecture).Name;
        (string Key, object Value)[] window =
            config.SlidingWindow is { } tokens ? [($"{prefix}.attention.sliding_window", (uint)tokens)] : [];
        return
        [
            ("general.architecture", prefix),
            ($"{prefix}.block_count", (uint)config.Layers),
            ($"{prefix}.context_length", (uint)config.ContextLength),
            ($"{prefix}.embedding_length", (uint)config.Width),
            ($"{prefix}.feed_forward_length", (uint)config.FeedForwardWidth),
            ($"{prefix}.attention.head_count", (uint)config.Heads),
            ($"{prefix}.attention.head_count_kv", (uint)config.KeyValueHeads),
            ($"{prefix}.attention.key_length", (uint)config.HeadSize),
            ($"{prefix}.attention.value_length", (uint)config.HeadSize),
            ($"{prefix}.attention.layer_norm_rms_epsilon", (float)config.RmsNormEpsilon),
            .. window,
            ($"{prefix}.rope.dimension_count", (uint)config.HeadSize),
            ($"{prefix}.rope.freq_base", (float)config.RopeTheta),
            .. GgufRopeScaling.Write(config, origin, prefix),
            ($"{prefix}.vocab_size", (uint)config.VocabularySize),
        ];

        InputException Unsayable(string what) => new(
            $"{origin}: GGUF files cannot say {what}, as this model needs. Export to a Hugging Face folder instead.");
    }

    /// <summary>The ids of <see cref="StopKeys"/>.</summary>
    public static int[] StopTokens(GgufMetadata metadata) =>
    [
        .. StopKeys
            .Where(metadata.Has)
            .Select(key => (int)metadata.Integer(key, 0, int.MaxValue))
            .Distinct(),
    ];

    private static IReadOnlyList<int> LayersWithoutRope(ModelArchitecture architecture, int layers) =>
        architecture == ModelArchitecture.SmolLm3
            ? [.. Enumerable.Range(1, layers).Where(n => n % SmolLm3RopeInterval == 0).Select(n => n - 1)]
            : [];
}

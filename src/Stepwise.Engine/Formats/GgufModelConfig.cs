namespace Stepwise.Engine.Formats;

/// <summary>The model's shape from the metadata of a GGUF file.</summary>
internal static class GgufModelConfig
{
    private static readonly string[] StopKeys = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"];

    /// <param name="metadata">The file's metadata.</param>
    /// <param name="tensors">Hugging Face names of the file's tensors: a file without a head ties it to the embedding.</param>
    /// <exception cref="InputException">A key is missing or out of range, or the model is not supported.</exception>
    public static ModelConfig Read(GgufMetadata metadata, IReadOnlyCollection<string> tensors)
    {
        string prefix = metadata.Text("general.architecture");
        IReadOnlyList<ModelArchitecture> all = ModelArchitecture.All;
        ModelArchitecture architecture = all.FirstOrDefault(a => string.Equals(a.ModelType, prefix, StringComparison.Ordinal))
            ?? throw metadata.Error(
                "general.architecture", $"is {Quoted.Of(prefix)}; supported: {string.Join(", ", all.Select(a => a.ModelType))}");
        if (metadata.Has($"{prefix}.rope.scaling.type") && metadata.Text($"{prefix}.rope.scaling.type") is not "none")
        {
            throw metadata.Error($"{prefix}.rope.scaling.type", "must be \"none\": RoPE scaling is not supported");
        }

        if (metadata.Has($"{prefix}.attention.sliding_window"))
        {
            throw metadata.Error($"{prefix}.attention.sliding_window", "is set: sliding windows are not supported");
        }

        int heads = Count("attention.head_count");
        int width = Count("embedding_length");
        int headSize = Optional("attention.key_length", width / heads);
        RequireHeadSize("attention.value_length", headSize);
        RequireHeadSize("rope.dimension_count", headSize);
        return new ModelConfig
        {
            Architecture = architecture,
            Width = width,
            FeedForwardWidth = Count("feed_forward_length"),
            Layers = Count("block_count"),
            Heads = heads,
            KeyValueHeads = Optional("attention.head_count_kv", heads),
            HeadSize = headSize,
            VocabularySize = metadata.Has($"{prefix}.vocab_size") ? Count("vocab_size") : metadata.Texts("tokenizer.ggml.tokens").Length,
            ContextLength = Count("context_length"),
            RmsNormEpsilon = metadata.Number($"{prefix}.attention.layer_norm_rms_epsilon"),
            RopeTheta = metadata.Has($"{prefix}.rope.freq_base") ? metadata.Number($"{prefix}.rope.freq_base") : 10000.0,
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

    /// <summary>The ids of end of text and end of turn.</summary>
    public static int[] StopTokens(GgufMetadata metadata) =>
    [
        .. StopKeys
            .Where(metadata.Has)
            .Select(key => (int)metadata.Integer(key, 0, int.MaxValue))
            .Distinct(),
    ];
}

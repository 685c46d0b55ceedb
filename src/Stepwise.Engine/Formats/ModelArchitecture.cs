namespace Stepwise.Engine.Formats;

/// <summary>A family of decoders that the engine computes, and what tells it from its siblings.</summary>
public sealed class ModelArchitecture
{
    /// <summary>Llama: no biases, no norm of queries and keys.</summary>
    public static readonly ModelArchitecture Llama = new("LlamaForCausalLM", "llama", attentionBias: false, queryKeyNorm: false);

    /// <summary>Qwen2 and Qwen2.5: biases on the query, key and value projections.</summary>
    public static readonly ModelArchitecture Qwen2 = new("Qwen2ForCausalLM", "qwen2", attentionBias: true, queryKeyNorm: false);

    /// <summary>Qwen3: an RMS norm over each head of queries and keys.</summary>
    public static readonly ModelArchitecture Qwen3 = new("Qwen3ForCausalLM", "qwen3", attentionBias: false, queryKeyNorm: true);

    private ModelArchitecture(string name, string modelType, bool attentionBias, bool queryKeyNorm)
    {
        Name = name;
        ModelType = modelType;
        AttentionBias = attentionBias;
        QueryKeyNorm = queryKeyNorm;
    }

    /// <summary>All that are supported.</summary>
    public static IReadOnlyList<ModelArchitecture> All { get; } = [Llama, Qwen2, Qwen3];

    /// <summary>The name in <c>architectures</c> of config.json.</summary>
    public string Name { get; }

    /// <summary>The name in <c>model_type</c> of config.json and in <c>general.architecture</c> of GGUF.</summary>
    public string ModelType { get; }

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool AttentionBias { get; }

    /// <summary>Whether queries and keys are normalised per head before RoPE.</summary>
    public bool QueryKeyNorm { get; }

    /// <summary>The architecture's name.</summary>
    public override string ToString() => Name;
}


namespace Stepwise.Engine.Models;

/// <summary>A family of decoders that the engine computes, and what tells it from its siblings.</summary>
public sealed class ModelArchitecture
{
    /// <summary>Llama, and SmolLM and SmolLM2: no biases, no norm of queries and keys.</summary>
    public static readonly ModelArchitecture Llama = new("LlamaForCausalLM", "llama");

    /// <summary>Mistral: Llama, and in some releases a sliding window.</summary>
    public static readonly ModelArchitecture Mistral = new("MistralForCausalLM", "mistral");

    /// <summary>Qwen2 and Qwen2.5: biases on the query, key and value projections.</summary>
    public static readonly ModelArchitecture Qwen2 = new("Qwen2ForCausalLM", "qwen2") { AttentionBias = true };

    /// <summary>Qwen3: an RMS norm over each head of queries and keys.</summary>
    public static readonly ModelArchitecture Qwen3 = new("Qwen3ForCausalLM", "qwen3") { QueryKeyNorm = true };

    /// <summary>SmolLM3: Llama with layers that see no positions.</summary>
    public static readonly ModelArchitecture SmolLm3 = new("SmolLM3ForCausalLM", "smollm3");

    private ModelArchitecture(string name, string modelType)
    {
        Name = name;
        ModelType = modelType;
    }

    /// <summary>All that are supported.</summary>
    public static IReadOnlyList<ModelArchitecture> All { get; } = [Llama, Mistral, Qwen2, Qwen3, SmolLm3];

    /// <summary>The name in <c>architectures</c> of config.json.</summary>
    public string Name { get; }

    /// <summary>The name in <c>model_type</c> of config.json and in <c>general.architecture</c> of GGUF.</summary>
    public string ModelType { get; }

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool AttentionBias { get; private init; }

    /// <summary>Whether queries and keys are normalised per head before RoPE.</summary>
    public bool QueryKeyNorm { get; private init; }

    /// <summary>The architecture's name.</summary>
    public override string ToString() => Name;
}

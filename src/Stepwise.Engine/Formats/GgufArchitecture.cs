using Stepwise.Engine.Models;

namespace Stepwise.Engine.Formats;

/// <summary>What GGUF files call a family, and how they order the rows of its queries and keys.</summary>
/// <param name="Name">The value of <c>general.architecture</c> and the prefix of the family's keys.</param>
/// <param name="Models">The families of that name; the first is meant where nothing tells them apart.</param>
/// <param name="Interleaved">Whether rows of queries and keys are in the order of <see cref="InterleavedRows"/>.</param>
internal sealed record GgufArchitecture(string Name, IReadOnlyList<ModelArchitecture> Models, bool Interleaved)
{
    private static readonly GgufArchitecture[] All =
    [
        new("llama", [ModelArchitecture.Llama, ModelArchitecture.Mistral], Interleaved: true),
        new("qwen2", [ModelArchitecture.Qwen2], Interleaved: false),
        new("qwen3", [ModelArchitecture.Qwen3], Interleaved: false),
        new("smollm3", [ModelArchitecture.SmolLm3], Interleaved: true),
    ];

    /// <exception cref="InputException">The file's architecture is missing or not supported.</exception>
    public static GgufArchitecture Read(GgufMetadata metadata)
    {
        const string Key = "general.architecture";
        string name = metadata.Text(Key);
        return All.FirstOrDefault(a => string.Equals(a.Name, name, StringComparison.Ordinal))
            ?? throw metadata.Error(Key, $"is {Quoted.Of(name)}; supported: {string.Join(", ", All.Select(a => a.Name))}");
    }

    /// <summary>The architecture under which a family is written.</summary>
    public static GgufArchitecture Of(ModelArchitecture model) => All.First(a => a.Models.Contains(model));

    /// <summary>Whether a matrix of this name, in GGUF's words, has interleaved rows.</summary>
    public bool Interleaves(string tensor) => Interleaved
        && (tensor.EndsWith("attn_q.weight", StringComparison.Ordinal) || tensor.EndsWith("attn_k.weight", StringComparison.Ordinal));
}

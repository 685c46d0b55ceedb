using Stepwise.Engine.Tokenizers;

namespace Stepwise.Engine.Models;

/// <summary>A model at rest: its configuration and its weights, by the names that Hugging Face checkpoints give them.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>The file or folder, for messages.</summary>
    string Location { get; }

    /// <summary>The model's shape.</summary>
    ModelConfig Config { get; }

    /// <summary>config.json as it belongs beside the weights: the file that was read, or one made from <see cref="Config"/>.</summary>
    ReadOnlyMemory<byte> ConfigJson { get; }

    /// <summary>Every tensor's name, in file order.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Whether there is a tensor of that name.</summary>
    /// <param name="name">For example <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
    bool Contains(string name);

    /// <summary>The sizes of a tensor, outermost first: [out, in] for a matrix.</summary>
    /// <param name="name">The tensor.</param>
    /// <exception cref="InputException">There is none of that name.</exception>
    IReadOnlyList<long> Shape(string name);

    /// <summary>Reads a tensor, row by row, widened to fp32.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">One number per element.</param>
    /// <exception cref="InputException">There is none of that name, it has another number of elements, or is not one of weights.</exception>
    void Read(string name, Span<float> destination);

    /// <summary>Reads the tokenizer that belongs to the model.</summary>
    /// <exception cref="InputException">It is missing, not sound, or of a kind that is not supported.</exception>
    BpeTokenizer ReadTokenizer();
}

using Stepwise.Engine.Kernels;

namespace Stepwise.Engine.Models;

/// <summary>The shape of a decoder of the Llama, Mistral, Qwen and SmolLM families. Units are elements unless said otherwise.</summary>
public sealed record ModelConfig
{
    internal const int MaxContextLength = 1 << 24;
    internal const int MaxLayers = 1024;

    private const int MaxSize = 1 << 20;

    /// <summary>The family.</summary>
    public required ModelArchitecture Architecture { get; init; }

    /// <summary>Model width C; in [1, 2²⁰].</summary>
    public required int Width { get; init; }

    /// <summary>Feed-forward width F; in [1, 2²⁰].</summary>
    public required int FeedForwardWidth { get; init; }

    /// <summary>Number of layers L; in [1, 1024].</summary>
    public required int Layers { get; init; }

    /// <summary>Number of query heads H; in [1, 1024].</summary>
    public required int Heads { get; init; }

    /// <summary>Number of key-value heads K; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Head size D; even, in [2, 1024]. <see cref="Heads"/> · D need not be the width.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The arrangement of a layer's heads.</summary>
    internal HeadLayout HeadLayout => new(Heads, KeyValueHeads, HeadSize);

    /// <summary>Vocabulary V; in [1, 2²⁰].</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The most positions the model was made for, in tokens; in [1, 2²⁴].</summary>
    public required int ContextLength { get; init; }

    /// <summary>Added to the mean square in every RMS norm; in [10⁻¹², 1].</summary>
    public double RmsNormEpsilon { get; init; } = 1e-6;

    /// <summary>Base θ of the rotary position embedding; in [2, 10¹²].</summary>
    public double RopeTheta { get; init; } = 10000.0;

    /// <summary>How the rotary position embedding is stretched.</summary>
    public RopeScaling RopeScaling { get; init; } = new DefaultRopeScaling();

    /// <summary>Layers that see no positions: queries and keys are not rotated. Counted from 0; may be empty.</summary>
    public IReadOnlyList<int> LayersWithoutRope { get; init; } = [];

    /// <summary>How many tokens a position sees, itself the last of them, in [1, 2²⁴]; <see langword="null"/> for all before it.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Layers that see everything although there is a <see cref="SlidingWindow"/>. Counted from 0; may be empty.</summary>
    public IReadOnlyList<int> LayersWithoutWindow { get; init; } = [];

    /// <summary>Whether the head shares the embedding's weights.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Standard deviation of fresh weights; in [0, 10].</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Token ids that end a completion; each below <see cref="VocabularySize"/>, may be empty.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Whether the query, key and value projections have biases.</summary>
    public bool AttentionBias => Architecture.AttentionBias;

    /// <summary>Whether queries and keys are normalised per head before RoPE.</summary>
    public bool QueryKeyNorm => Architecture.QueryKeyNorm;

    /// <summary>The same configuration, once every number is known to be in its range.</summary>
    /// <param name="origin">The file it comes from, for the message.</param>
    /// <exception cref="InputException">A number is out of range or does not fit another.</exception>
    public ModelConfig Checked(string origin)
    {
        Check(Width, 1, MaxSize, nameof(Width));
        Check(FeedForwardWidth, 1, MaxSize, nameof(FeedForwardWidth));
        Check(Layers, 1, MaxLayers, nameof(Layers));
        Check(Heads, 1, 1024, nameof(Heads));
        Check(KeyValueHeads, 1, Heads, nameof(KeyValueHeads));
        Check(HeadSize, 2, 1024, nameof(HeadSize));
        Check(VocabularySize, 1, MaxSize, nameof(VocabularySize));
        Check(ContextLength, 1, MaxContextLength, nameof(ContextLength));
        Check(RmsNormEpsilon, 1e-12, 1.0, nameof(RmsNormEpsilon));
        Check(RopeTheta, 2.0, 1e12, nameof(RopeTheta));
        RopeScaling.Check(Check);
        Check(SlidingWindow ?? 1, 1, MaxContextLength, nameof(SlidingWindow));
        Check(InitializerRange, 0.0, 10.0, nameof(InitializerRange));
        if (Heads % KeyValueHeads != 0)
        {
            throw new InputException($"{origin}: {Heads} heads cannot share {KeyValueHeads} key-value heads evenly.");
        }

        if (HeadSize % 2 != 0)
        {
            throw new InputException($"{origin}: a head size of {HeadSize} is odd; rotary positions need an even one.");
        }

        CheckAll(StopTokens, VocabularySize - 1, nameof(StopTokens));
        CheckAll(LayersWithoutRope, Layers - 1, nameof(LayersWithoutRope));
        CheckAll(LayersWithoutWindow, Layers - 1, nameof(LayersWithoutWindow));

        return this;

        void CheckAll(IReadOnlyList<int> values, int max, string name)
        {
            foreach (int value in values)
            {
                Check(value, 0, max, name);
            }
        }

        void Check(double value, double min, double max, string name)
        {
            if (!(value >= min && value <= max))
            {
                throw new InputException($"{origin}: {name} is {value}; allowed: {min} to {max}.");
            }
        }
    }
}

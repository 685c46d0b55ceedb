namespace Stepwise.Policies;

/// <summary>
/// A policy that gives the distribution of the next token after a hidden state that <see cref="IHiddenStates"/> read. Whoever asks decides how many rows
/// of the vocabulary's width there are at a time.
/// </summary>
public interface IOutputDistribution : IHiddenStates
{
    /// <summary>The width V of a distribution: the token ids that the output projection knows, at least the tokenizer's.</summary>
    int DistributionWidth { get; }

    /// <summary>Log-probabilities of every next token; a row depends on its state alone, and is that of sampling and scoring.</summary>
    /// <param name="states">Hidden states after the final norm; [n, C].</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    /// <param name="logProbs">Receives log softmax(logits / temperature); [n, V].</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    void ReadLogProbs(ReadOnlySpan<float> states, double temperature, Span<float> logProbs);
}

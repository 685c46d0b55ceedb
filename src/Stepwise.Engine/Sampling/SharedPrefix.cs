namespace Stepwise.Engine.Sampling;

/// <summary>
/// A prefix that samples of a request begin with. Its keys and values are computed once, at the beginning of the slot of one of these
/// samples, and the others read them there.
/// </summary>
/// <param name="tokens">Its tokens, at least one.</param>
internal sealed class SharedPrefix(int[] tokens)
{
    public int[] Tokens => tokens;

    /// <summary>The policy's log-probability of each token, once computed.</summary>
    public float[] LogProbs { get; } = new float[tokens.Length];

    /// <summary>Whether keys, values and log-probabilities are there.</summary>
    public bool Computed { get; set; }

    /// <summary>The slot where its keys and values lie; −1 until a sample is admitted.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Samples that are not finished.</summary>
    public int Open { get; set; }

    /// <summary>
    /// Whether no live sample holds the slot: it is the next sample's that begins with the prefix, or waits for those that read it.
    /// </summary>
    public bool Idle { get; set; }
}

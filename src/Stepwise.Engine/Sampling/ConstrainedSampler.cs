using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>Draws a token among those that a constraint allows: as <see cref="TokenSampler"/> does from logits in which the others are −∞.</summary>
/// <param name="sampler">Draws.</param>
/// <param name="tokenizer">Knows the tokens' bytes.</param>
/// <param name="vocabulary">Length V of a row of logits; those beyond the tokenizer's ids are never drawn.</param>
/// <param name="inverseTemperature">What logits are multiplied by.</param>
internal sealed class ConstrainedSampler(TokenSampler sampler, ITokenizer tokenizer, int vocabulary, float inverseTemperature)
{
    private readonly float[] _logits = new float[vocabulary];

    /// <summary>Draws a token and tells the constraint.</summary>
    /// <param name="logits">[V], all finite or −∞.</param>
    /// <param name="uniform">A uniform number in [0, 1).</param>
    /// <param name="constraint">Says what may come next.</param>
    /// <returns>The token, or −1 where none may come.</returns>
    public int Draw(ReadOnlySpan<float> logits, double uniform, ITokenConstraint constraint)
    {
        float highest = float.NegativeInfinity;
        for (int token = 0; token < _logits.Length; token++)
        {
            ReadOnlySpan<byte> bytes = token < tokenizer.VocabularySize ? tokenizer.Bytes(token) : [];
            _logits[token] = bytes.Length > 0 && constraint.Allows(bytes) ? logits[token] : float.NegativeInfinity;
            highest = Math.Max(highest, _logits[token]);
        }

        if (float.IsNegativeInfinity(highest))
        {
            return -1;
        }

        // Normalised over what is left: by the whole vocabulary's normaliser the probabilities could all round to 0.
        double sum = 0;
        foreach (float logit in _logits)
        {
            sum += Math.Exp((logit - highest) * inverseTemperature);
        }

        int drawn = sampler.Draw(_logits, (float)((highest * inverseTemperature) + Math.Log(sum)), uniform);
        constraint.Append(tokenizer.Bytes(drawn));
        return drawn;
    }
}

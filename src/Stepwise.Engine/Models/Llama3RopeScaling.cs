
namespace Stepwise.Engine.Models;

/// <summary>
/// Llama 3.1's scaling: with f = θ^(−2i/D) and n = c·f / 2π, the turns that a pair makes over the original context c, slow pairs
/// (n &lt; low) get f / s, fast pairs (n &gt; high) keep f, and those between get (1 − m)·f / s + m·f with m = (n − low) / (high − low).
/// </summary>
/// <param name="Factor">s; in [1, 10⁶].</param>
/// <param name="LowFrequencyFactor">low, turns; in [0.001, 10⁶].</param>
/// <param name="HighFrequencyFactor">high, turns; above low, at most 10⁶.</param>
/// <param name="OriginalContextLength">c, tokens; in [1, 2²⁴].</param>
/// <remarks>Source: Llama 3.1's reference code (<c>apply_scaling</c>) and transformers' <c>llama3</c>, the name in config.json.</remarks>
public sealed record Llama3RopeScaling(
    double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength) : RopeScaling
{
    /// <inheritdoc/>
    public override float[] InverseFrequencies(int headSize, double theta)
    {
        float[] frequencies = Unscaled(headSize, theta);
        float factor = (float)Factor, low = (float)LowFrequencyFactor, range = (float)(HighFrequencyFactor - LowFrequencyFactor);
        float longest = (float)(OriginalContextLength / LowFrequencyFactor), shortest = (float)(OriginalContextLength / HighFrequencyFactor);
        for (int i = 0; i < frequencies.Length; i++)
        {
            float f = frequencies[i], wavelength = (float)(2 * Math.PI) / f;
            if (wavelength > longest)
            {
                frequencies[i] = f / factor;
            }
            else if (wavelength >= shortest)
            {
                float m = ((OriginalContextLength / wavelength) - low) / range;
                frequencies[i] = ((1 - m) * f / factor) + (m * f);
            }
        }

        return frequencies;
    }

    internal override void Check(Action<double, double, double, string> check)
    {
        base.Check(check);
        check(Factor, 1, MaxFactor, nameof(Factor));
        check(LowFrequencyFactor, 0.001, MaxFactor, nameof(LowFrequencyFactor));
        check(HighFrequencyFactor, Math.BitIncrement(LowFrequencyFactor), MaxFactor, nameof(HighFrequencyFactor));
        check(OriginalContextLength, 1, ModelConfig.MaxContextLength, nameof(OriginalContextLength));
    }
}

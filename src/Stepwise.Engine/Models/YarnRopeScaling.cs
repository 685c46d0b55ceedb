
namespace Stepwise.Engine.Models;

/// <summary>
/// YaRN: with f = θ^(−2i/D), pairs that turn often over the original context c keep f, pairs that turn seldom get f / s, and those between
/// γ(i)·f / s + (1 − γ(i))·f, where γ rises linearly from 0 at the pair index i = d(β_fast) to 1 at d(β_slow), and
/// d(β) = D·ln(c / 2πβ) / (2 ln θ) is the pair that turns β times over c. Cosines and sines are multiplied by 0.1·ln s + 1.
/// </summary>
/// <remarks>
/// Source: Peng et al., arXiv 2309.00071, §3.2 to §3.4; bounds, defaults and the clamp of d to [0, D − 1] as in transformers' <c>yarn</c>, the
/// name in config.json.
/// </remarks>
public sealed record YarnRopeScaling : RopeScaling
{
    /// <summary>A scaling with the paper's attention factor and bounds.</summary>
    /// <param name="factor">s; in [1, 10⁶].</param>
    /// <param name="originalContextLength">c, tokens; in [1, 2²⁴].</param>
    public YarnRopeScaling(double factor, int originalContextLength)
    {
        Factor = factor;
        OriginalContextLength = originalContextLength;
        AttentionFactor = AttentionFactorOf(factor);
    }

    /// <summary>s, how many times the original context is reached; in [1, 10⁶].</summary>
    public double Factor { get; }

    /// <summary>c, the context of the first training, in tokens; in [1, 2²⁴].</summary>
    public int OriginalContextLength { get; }

    /// <summary>Pairs that turn more often than this over c keep their frequency; in [β_slow, 10⁶].</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Pairs that turn less often than this over c are interpolated; in [0.001, 10⁶].</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>Whether d(β_fast) is rounded down and d(β_slow) up to whole pairs.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>The paper's attention factor: 0.1·m·ln s + 1, and 1 where s is at most 1.</summary>
    /// <param name="factor">s.</param>
    /// <param name="scale">m; 1 in the paper.</param>
    public static double AttentionFactorOf(double factor, double scale = 1) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;

    /// <inheritdoc/>
    public override float[] InverseFrequencies(int headSize, double theta)
    {
        double first = PairThatTurns(BetaFast), last = PairThatTurns(BetaSlow);
        (first, last) = Truncate ? (Math.Floor(first), Math.Ceiling(last)) : (first, last);
        first = Math.Max(first, 0);
        last = Math.Min(last, headSize - 1);
        double range = first == last ? 0.001 : last - first;
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            float period = (float)Math.Pow(theta, 2.0 * i / headSize);
            float kept = 1 - Math.Clamp((i - (float)first) / (float)range, 0, 1);
            frequencies[i] = (1 / ((float)Factor * period) * (1 - kept)) + (1 / period * kept);
        }

        return frequencies;

        double PairThatTurns(double beta) => headSize * Math.Log(OriginalContextLength / (beta * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    internal override void Check(Action<double, double, double, string> check)
    {
        base.Check(check);
        check(Factor, 1, MaxFactor, nameof(Factor));
        check(OriginalContextLength, 1, ModelConfig.MaxContextLength, nameof(OriginalContextLength));
        check(BetaSlow, 0.001, MaxFactor, nameof(BetaSlow));
        check(BetaFast, BetaSlow, MaxFactor, nameof(BetaFast));
    }
}

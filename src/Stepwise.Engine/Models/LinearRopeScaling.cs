
namespace Stepwise.Engine.Models;

/// <summary>Position interpolation: f(i) = θ^(−2i/D) / s, as if positions were s times closer to each other.</summary>
/// <param name="Factor">s; in [1, 10⁶].</param>
/// <remarks>Source: Chen et al., arXiv 2306.15595, eq. 3. In config.json: <c>linear</c>.</remarks>
public sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    /// <inheritdoc/>
    public override float[] InverseFrequencies(int headSize, double theta)
    {
        float[] frequencies = Unscaled(headSize, theta);
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] /= (float)Factor;
        }

        return frequencies;
    }

    internal override void Check(Action<double, double, double, string> check)
    {
        base.Check(check);
        check(Factor, 1, MaxFactor, nameof(Factor));
    }
}

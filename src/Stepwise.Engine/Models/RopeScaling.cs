
namespace Stepwise.Engine.Models;

/// <summary>
/// How the angles of the rotary position embedding are changed, so that a model reaches beyond the context it was first trained with.
/// Position p turns the i-th pair of a head by p · f(i); cosines and sines are multiplied by <see cref="AttentionFactor"/>.
/// </summary>
/// <remarks>
/// Frequencies are rounded to fp32 after every operation that the reference implementations do in fp32: released weights were trained with
/// these angles.
/// </remarks>
public abstract record RopeScaling
{
    /// <summary>The largest <c>factor</c> that is believed.</summary>
    private protected const double MaxFactor = 1e6;

    private protected RopeScaling()
    {
    }

    /// <summary>Multiplies cosines and sines, and so every attention score by its square; in (0, 10⁶].</summary>
    public double AttentionFactor { get; init; } = 1.0;

    /// <summary>f(i), radians per position; [D/2].</summary>
    /// <param name="headSize">D, even.</param>
    /// <param name="theta">The base θ, above 1.</param>
    public abstract float[] InverseFrequencies(int headSize, double theta);

    /// <summary>Refuses numbers that are out of range.</summary>
    /// <param name="check">Is given a value, the least and the largest that are allowed, and a name; throws.</param>
    internal virtual void Check(Action<double, double, double, string> check) =>
        check(AttentionFactor, double.Epsilon, MaxFactor, nameof(AttentionFactor));

    /// <summary>θ^(−2i/D), radians per position; [D/2].</summary>
    /// <param name="headSize">D, even.</param>
    /// <param name="theta">The base θ.</param>
    private protected static float[] Unscaled(int headSize, double theta)
    {
        float[] frequencies = new float[headSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1 / (float)Math.Pow(theta, 2.0 * i / headSize);
        }

        return frequencies;
    }
}

/// <summary>The plain rotary embedding: f(i) = θ^(−2i/D).</summary>
/// <remarks>Source: Su et al., arXiv 2104.09864, §3.2.2. In config.json: <c>default</c>.</remarks>
public sealed record DefaultRopeScaling : RopeScaling
{
    /// <inheritdoc/>
    public override float[] InverseFrequencies(int headSize, double theta) => Unscaled(headSize, theta);
}

namespace Stepwise.Methods.Advantages;

/// <summary>Two kinds of samples and their mean rewards.</summary>
/// <param name="Shares">p_i, how much a sample is of the kind with the higher mean.</param>
/// <param name="Rewards">r_i.</param>
/// <param name="First">Σ p.</param>
/// <param name="Second">Σ (1 − p).</param>
/// <param name="High">R₁.</param>
/// <param name="Low">R₂.</param>
/// <param name="Turned">Whether the shares are those of the other kind than they were given of.</param>
internal sealed record TwoKinds(double[] Shares, double[] Rewards, double First, double Second, double High, double Low, bool Turned)
{
    /// <summary>R₁ − R₂.</summary>
    public double Apart => High - Low;

    /// <summary>The kinds of given shares; of no samples all is 0.</summary>
    public static TwoKinds Of(double[] shares, double[] rewards)
    {
        double first = shares.Sum(), second = shares.Length - first;
        double inFirst = first > 0 ? Vectors.Dot(shares, rewards) / first : 0;
        double inSecond = second > 0 ? (rewards.Sum() - Vectors.Dot(shares, rewards)) / second : 0;
        return inFirst >= inSecond
            ? new(shares, rewards, first, second, inFirst, inSecond, Turned: false)
            : new(Array.ConvertAll(shares, share => 1 - share), rewards, second, first, inSecond, inFirst, Turned: true);
    }

    /// <summary>N ∂((R₁ − R₂)²/4)/∂r_i.</summary>
    public double Slope(int i) => 0.5 * Shares.Length * Apart
        * ((First > 0 ? Shares[i] / First : 0) - (Second > 0 ? (1 - Shares[i]) / Second : 0));

    /// <summary>∂((R₁ − R₂)²/4)/∂p_i, of the shares as they were given.</summary>
    public double ShareSlope(int i)
    {
        double slope = 0.5 * Apart * ((First > 0 ? (Rewards[i] - High) / First : 0) + (Second > 0 ? (Rewards[i] - Low) / Second : 0));
        return Turned ? -slope : slope;
    }
}

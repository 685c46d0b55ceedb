namespace Stepwise.Methods.Advantages;

/// <summary>
/// (n − 1)/n of a group of n counted rollouts, which makes of <c>r_i − r̄</c> the reward less the mean of the <em>other</em> rewards,
/// <c>A_i = r_i − Σ_{j≠i} r_j / (n − 1)</c>: a baseline that does not depend on the answer it is for. A group of one gets 1; its advantage is 0 anyhow.
/// </summary>
/// <remarks>Source: RLOO, arXiv 2402.14740 §3.2 (Kool, van Hoof and Welling, 2019).</remarks>
public sealed record LeaveOneOut : IAdvantageScale
{
    /// <inheritdoc/>
    public IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards) =>
        [.. rewards.Select(group => group.Length < 2 ? 1 : (group.Length - 1.0) / group.Length)];
}

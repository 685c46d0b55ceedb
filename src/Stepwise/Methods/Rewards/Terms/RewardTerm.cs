using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards.Terms;

/// <summary>
/// What a rollout earns beside the method's reward r₀: with v_k the value of term k and w_k its weight, <c>r = r₀ + Σ w_k v_k</c>.
/// </summary>
/// <remarks>
/// Terms change no verdict: what is solved, and which rollouts count, is known without them. A value depends on its rollout alone, so that order
/// and micro-batches change none.
/// </remarks>
[MetricPrefix("terms")]
public abstract record RewardTerm
{
    /// <summary>Mean of a term's values.</summary>
    [Metric("values of the method's reward (terms.reward) or of a term of it, before the weight: mean over counted samples", Name = "*.mean",
        Reading = "A term that rises while ledger.solveRate falls is one that the policy found easier than the problems: lower its weight.")]
    public static Metric Mean { get; } = Metric.Of<RewardTerm>();

    /// <summary>Sample standard deviation of a term's values.</summary>
    [Metric("the same, sample standard deviation over counted samples", Name = "*.std",
        Reading = "At 0 the term teaches nothing: all samples have the same value.")]
    public static Metric Deviation { get; } = Metric.Of<RewardTerm>();

    /// <summary>w, what its value is multiplied by; in [−1000, 1000].</summary>
    [Key("what the term's value is multiplied by before it is added to the reward", Low = -1000, High = 1000)]
    public double Weight { get; init; } = 1;

    /// <summary>What its metrics are called by; several terms of a label are numbered.</summary>
    internal abstract string Label { get; }

    /// <summary>Whether its value follows from the step judge's word, so that the judge is asked about every rollout with a verdict.</summary>
    internal virtual bool AsksJudge => false;

    /// <summary>v, its value, finite.</summary>
    /// <param name="rollout">A counted rollout, with its verdict.</param>
    /// <returns>The value; <see langword="null"/> where the term says nothing of this rollout, which then earns 0 by it.</returns>
    public abstract double? Value(Rollout rollout);
}

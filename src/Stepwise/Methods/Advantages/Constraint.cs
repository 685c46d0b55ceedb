using Stepwise.Methods.Rewards.Terms;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>What a policy has to keep to on average: <c>mean of w·v ≥ τ</c>, with v the value of a term and w its weight.</summary>
/// <param name="Name">The term's name, by which a recipe names the constraint.</param>
/// <param name="Term">Gives v and w.</param>
[MetricPrefix("constraints")]
public sealed record Constraint(string Name, [property: Section] RewardTerm Term) : INamed
{
    /// <summary>Mean of a constraint's values.</summary>
    [Metric("a constraint's value times its weight, mean over the samples that it applies to", Name = "*.mean",
        Reading = "Below its threshold the multiplier rises until it is kept.")]
    public static Metric Mean { get; } = Metric.Of<Constraint>();

    /// <summary>λ of a constraint.</summary>
    [Metric("a constraint's multiplier in the training step", Name = "*.multiplier",
        Reading = "At method.multiplierCap the constraint cannot be kept, or not with this learning rate; at 0 it is kept by itself.")]
    public static Metric Multiplier { get; } = Metric.Of<Constraint>();

    /// <summary>τ, in units of w·v.</summary>
    [Key("least mean of the constraint's value times its weight", Low = -1e6, High = 1e6)]
    public double Threshold { get; init; } = 0.95;

    /// <summary>Whether it applies to right answers only.</summary>
    [Key("apply the constraint to right answers only")]
    public bool OnlyRight { get; init; } = true;

    /// <summary>w·v of a rollout; <see langword="null"/> where the constraint does not apply or the term says nothing.</summary>
    /// <param name="rollout">A rollout with its verdict.</param>
    public double? Of(Rollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return rollout.Counted && (rollout.Correct || !OnlyRight) ? Term.Weight * Term.Value(rollout) : null;
    }
}

using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// Two losses in turn on the same rollouts: GRPO's by their advantages, then DPO's by their rewards (<see cref="PairLoss"/>), each with optimizer steps of its
/// own.
/// </summary>
/// <remarks>
/// The loop of VerIPO, arXiv 2505.19000, whose phases are long and take the policy before each as DPO's reference; here they follow one another in every
/// training step, and the reference is that of the run.
/// </remarks>
/// <param name="First">The first of the two.</param>
/// <param name="Second">The second.</param>
public sealed record GrpoThenDpo([property: Section] Grpo First, [property: Section] Dpo Second) : ILoss
{
    /// <summary>Creates the loss of both with their defaults.</summary>
    public GrpoThenDpo()
        : this(new Grpo(), new Dpo())
    {
    }

    /// <summary>What either needs; with a KL penalty the completions of groups of equal rewards too.</summary>
    public LossNeeds Needs => First.Needs.HasFlag(LossNeeds.Reference)
        ? (First.Needs | Second.Needs | LossNeeds.WholeGroups) & ~LossNeeds.UnequalGroups
        : First.Needs | Second.Needs;

    /// <inheritdoc/>
    public IReadOnlyList<ILoss> Phases => [First, Second];

    /// <summary>The first loss: as a whole it has no value of its own.</summary>
    /// <inheritdoc/>
    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics) => First.Evaluate(group, gradient, metrics);
}

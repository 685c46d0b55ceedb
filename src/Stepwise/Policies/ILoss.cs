using System.Runtime.InteropServices;
using Stepwise.Metrics;

namespace Stepwise.Policies;

/// <summary>What a loss sees of one group: ragged per-token arrays of all its sequences, one after the other.</summary>
public readonly ref struct LossGroup
{
    /// <summary>Where each sequence starts in the token arrays; [sequences + 1], the last entry is the number of tokens N.</summary>
    public required ReadOnlySpan<int> Offsets { get; init; }

    /// <summary>Trainer log-probabilities ℓ under the current policy; [N].</summary>
    public required ReadOnlySpan<double> LogProbs { get; init; }

    /// <summary>Log-probabilities under the old policy; [N].</summary>
    public required ReadOnlySpan<double> OldLogProbs { get; init; }

    /// <summary>Log-probabilities under the reference policy; [N], or empty where there is none.</summary>
    public ReadOnlySpan<double> ReferenceLogProbs { get; init; }

    /// <summary>Advantages; [N].</summary>
    public required ReadOnlySpan<double> Advantages { get; init; }

    /// <summary>Which tokens are trained; [N].</summary>
    public required ReadOnlySpan<bool> Mask { get; init; }

    /// <summary>What is known of each sequence beside its tokens; [sequences].</summary>
    public ReadOnlySpan<SequenceFacts> Facts { get; init; }

    /// <summary>Denominators of the whole optimizer step.</summary>
    public required BatchTotals Totals { get; init; }

    /// <summary>Number of sequences in the group.</summary>
    public int Sequences => Offsets.Length - 1;

    /// <summary>One sequence as a group of its own, with the same totals.</summary>
    /// <param name="index">Which, in [0, <see cref="Sequences"/>).</param>
    public LossGroup Sequence(int index)
    {
        Range tokens = Offsets[index]..Offsets[index + 1];
        return new()
        {
            Offsets = new[] { 0, Offsets[index + 1] - Offsets[index] },
            LogProbs = LogProbs[tokens],
            OldLogProbs = OldLogProbs[tokens],
            ReferenceLogProbs = ReferenceLogProbs.IsEmpty ? [] : ReferenceLogProbs[tokens],
            Advantages = Advantages[tokens],
            Mask = Mask[tokens],
            Facts = Facts.IsEmpty ? [] : Facts[index..(index + 1)],
            Totals = Totals,
        };
    }
}

/// <summary>What a loss cannot do without.</summary>
[Flags]
public enum LossNeeds
{
    /// <summary>Log-probabilities and advantages of the sequences that have an advantage.</summary>
    None = 0,

    /// <summary>
    /// <see cref="LossGroup.ReferenceLogProbs"/>; sequences without advantage have a gradient too, unless <see cref="UnequalGroups"/> is said.
    /// </summary>
    Reference = 1,

    /// <summary>Every counted sequence of a group, also those without advantage.</summary>
    WholeGroups = 2,

    /// <summary>The log-probabilities of the whole optimizer step before its gradient, see <see cref="ILoss.Prepare"/>.</summary>
    StepLogProbs = 4,

    /// <summary>
    /// Every counted sequence of a group in which rewards differ or one has an advantage: in the other groups the loss and its gradient are exactly 0.
    /// </summary>
    UnequalGroups = 8,
}

/// <summary>A training objective as a function of per-token log-probabilities, with its gradient.</summary>
public interface ILoss
{
    /// <summary>What the loss needs; nothing beyond the trained sequences, unless implemented.</summary>
    LossNeeds Needs => LossNeeds.None;

    /// <summary>
    /// The loss of one optimizer step, with what it took from the step as a whole (a quantile, a hinge); itself, unless implemented. Called
    /// before <see cref="Evaluate"/> where <see cref="Needs"/> has <see cref="LossNeeds.StepLogProbs"/>.
    /// </summary>
    /// <param name="batch">Everything that the optimizer step trains on.</param>
    /// <param name="logProbs">Log-probabilities under the current policy, per group, sequence and token.</param>
    ILoss Prepare(TrainingBatch batch, IReadOnlyList<IReadOnlyList<float[]>> logProbs) => this;

    /// <summary>The group's share of the loss, to be minimised, and its derivative.</summary>
    /// <param name="group">The group's tokens.</param>
    /// <param name="gradient">Receives ∂L/∂ℓ per token; [N]; every entry is written, masked tokens get 0.</param>
    /// <param name="metrics">Receives counts and sums for the step's report.</param>
    /// <returns>The group's contribution to the loss, divided by the step's totals.</returns>
    double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics);
}

/// <summary>What a loss measures over an optimizer step: of each of its metrics a mean that is taken once, at the end.</summary>
public sealed class LossMetrics
{
    private readonly Dictionary<Metric, (double Sum, long Count)> _sums = [];

    /// <summary>The mean of every metric that something was added to, in the order of their first additions.</summary>
    public IEnumerable<MetricValue> Means => _sums.Where(s => s.Value.Count > 0).Select(s => new MetricValue(s.Key, s.Value.Sum / s.Value.Count));

    /// <summary>Adds to a metric of the loss; one that nothing is added to has no value.</summary>
    /// <param name="metric">The metric, declared in the file of the loss.</param>
    /// <param name="sum">The sum over what is added, in the metric's unit.</param>
    /// <param name="count">How many were summed, at least 0: what the mean is divided by.</param>
    public void Add(Metric metric, double sum, long count)
    {
        ref (double Sum, long Count) kept = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, metric, out _);
        kept = (kept.Sum + sum, kept.Count + count);
    }
}

using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Weighs positions by how much the group's next-token distributions differ there (TW-GRPO). With p_i the distribution of rollout i at position t of its
/// completion, uniform after its end, and m the mean of log p_i over the G rollouts,
/// <code>D_t = (1/G) Σ_i Σ_v (e^d − d − 1), d = m_v − log p_iv in [−11, 11],   w_t = 1 + (α − 1) (D_t − min D) / (max D − min D + 10⁻⁸)</code>
/// and the advantage of every token at t is multiplied by w_t; minimum and maximum are over the positions of the longest completion of the group.
/// </summary>
/// <remarks>
/// A weight on the advantage is one on the clipped surrogate, as it is not negative; a KL penalty is not weighed. Distributions are those at the temperature
/// of sampling. A group without advantages is not read. With α = 1 it is <paramref name="Inner"/>, bit for bit. Source: TW-GRPO, arXiv 2505.24718, and its
/// trainer.
/// </remarks>
/// <param name="Inner">Gives the advantages.</param>
[Formula("w_t = 1 + (α − 1) (D_t − min D) / (max D − min D + 10⁻⁸)")]
public sealed record DivergenceWeights([property: Section] GroupAdvantage Inner) : IAdvantageEstimator, IReadsPolicy
{
    private const string Purpose = "method.credit divergence";
    private const double LargestDifference = 11;

    /// <summary>Creates the estimator over GRPO's.</summary>
    public DivergenceWeights()
        : this(new GroupAdvantage())
    {
    }

    /// <summary>α, the weight of the position where the group differs most; at least 1.</summary>
    [Key("weight of the position where a group's distributions differ most; 1 weighs all alike", Low = 1, High = 1000)]
    public double LargestWeight { get; init; } = 1.7;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups) => Inner.Estimate(groups);

    /// <inheritdoc/>
    public string Needs => PredictingStates.Needs;

    /// <inheritdoc/>
    public void Require(IPolicy policy) => policy.Require<IOutputDistribution>(Purpose);

    /// <inheritdoc/>
    public async ValueTask ReadAsync(IReadOnlyList<Group> groups, PolicyView view, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(view);
        IOutputDistribution policy = view.Policy.Require<IOutputDistribution>(Purpose);
        foreach (Group group in groups.Where(g => g.Rollouts.Any(r => r.HasAdvantage)))
        {
            Rollout[] drawn = [.. group.Rollouts.Where(r => !r.Failed && r.Completion.Tokens.Length > 0)];
            Dictionary<Rollout, float[]> states = await PredictingStates.ReadAsync(policy, group, drawn, cancellationToken).ConfigureAwait(false);
            double[] weights = Weights(Divergences(policy, [.. drawn.Select(rollout => states[rollout])], view.Temperature));
            foreach (Rollout rollout in drawn)
            {
                for (int t = 0; t < rollout.Advantages.Length; t++)
                {
                    rollout.Advantages[t] *= weights[t];
                }
            }
        }
    }

    private double[] Weights(double[] divergences)
    {
        double least = divergences.Min(), range = divergences.Max() - least + 1e-8;
        return Array.ConvertAll(divergences, divergence => 1 + ((LargestWeight - 1) * (divergence - least) / range));
    }

    /// <summary>D of every position, some positions of all rollouts at a time.</summary>
    private static double[] Divergences(IOutputDistribution policy, float[][] states, double temperature)
    {
        int width = policy.StateWidth, vocabulary = policy.DistributionWidth;
        int[] lengths = Array.ConvertAll(states, ofRollout => ofRollout.Length / width);
        double[] divergences = new double[lengths.Max()];
        int atOnce = Math.Max(1, PredictingStates.LogProbsAtOnce / (states.Length * vocabulary));
        for (int start = 0; start < divergences.Length; start += atOnce)
        {
            int end = Math.Min(divergences.Length, start + atOnce);
            List<float> rows = [];
            for (int t = start; t < end; t++)
            {
                foreach (float[] ofRollout in states.Where(s => t < s.Length / width))
                {
                    rows.AddRange(ofRollout.AsSpan(t * width, width));
                }
            }

            float[] logProbs = new float[rows.Count / width * vocabulary];
            policy.ReadLogProbs([.. rows], temperature, logProbs);
            int next = 0;
            for (int t = start; t < end; t++)
            {
                int present = lengths.Count(length => t < length);
                divergences[t] = Divergence(logProbs.AsSpan(next, present * vocabulary), present, states.Length, vocabulary);
                next += present * vocabulary;
            }
        }

        return divergences;
    }

    /// <summary>D of a position that some of the G rollouts have.</summary>
    /// <param name="logProbs">[present, V].</param>
    /// <param name="present">How many have it.</param>
    /// <param name="rollouts">G.</param>
    /// <param name="vocabulary">V.</param>
    internal static double Divergence(ReadOnlySpan<float> logProbs, int present, int rollouts, int vocabulary)
    {
        double uniform = -Math.Log(vocabulary), sum = 0;
        for (int v = 0; v < vocabulary; v++)
        {
            double mean = (rollouts - present) * uniform;
            for (int i = 0; i < present; i++)
            {
                mean += logProbs[(i * vocabulary) + v];
            }

            mean /= rollouts;
            for (int i = 0; i < present; i++)
            {
                sum += Term(mean - logProbs[(i * vocabulary) + v]);
            }

            sum += (rollouts - present) * Term(mean - uniform);
        }

        return sum / rollouts;
    }

    private static double Term(double difference)
    {
        double d = Math.Clamp(difference, -LargestDifference, LargestDifference);
        return Math.Exp(d) - d - 1;
    }
}

using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Weighs tokens by how much training on them changes the likelihood of the group's right responses (token hidden reward). With h the hidden state before
/// a token, g = e − π its prediction error, and r = 1 of a right response and 0 of a wrong one,
/// <code>THR_jk = (2 r_j − 1) · mean over right i of (1/|y_i|) Σ_l ⟨g_il, g_jk⟩ ⟨h_il, h_jk⟩,   A_jk ← 1[|THR_jk| > βτ] · (1 + sign(THR_jk) p) · A_j</code>
/// where τ is the mean, over right responses and their tokens, of a token's influence on the other right responses.
/// </summary>
/// <remarks>
/// A positive p strengthens tokens that make right responses likelier (exploitation), a negative one those that leave room (exploration). Prediction errors
/// are held on the tokens that occur in the group's responses, without normalising them again, as the predecessor of the method does. A group without right
/// or without wrong responses is left as it is; with one right response τ is 0. With p = 0 and β = 0, which is no filter, it is <paramref name="Inner"/>, bit
/// for bit. Source: arXiv 2510.03669, and its predecessor NTHR; the formula was read in summaries, τ in one sentence of one, so that its form is our reading.
/// </remarks>
/// <param name="Inner">Gives A.</param>
[Formula("A_jk ← 1[|THR_jk| > βτ] · (1 + sign(THR_jk) p) · A_j")]
public sealed record InfluenceWeights([property: Section] GroupAdvantage Inner) : IAdvantageEstimator, IReadsPolicy
{
    private const string Purpose = "method.credit influence";

    /// <summary>Creates the estimator over GRPO's.</summary>
    public InfluenceWeights()
        : this(new GroupAdvantage())
    {
    }

    /// <summary>p; in [−1, 1].</summary>
    [Key("by how much tokens weigh more that make right responses likelier, and less that do not; below 0 the other way round", Low = -1, High = 1)]
    public double Steering { get; init; } = 0.1;

    /// <summary>β, what the threshold of influence is multiplied by; 0 filters nothing.</summary>
    [Key("tokens with less influence than this times the mean of right responses are left out; 0 leaves out none", Low = 0, High = 1e6)]
    public double InfluenceThreshold { get; init; } = 1;

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
            Rollout[] counted = [.. group.Rollouts.Where(r => r is { Counted: true, Decided: true } && r.Completion.Tokens.Length > 0)];
            if (counted.Any(r => r.Correct) && counted.Any(r => !r.Correct))
            {
                Dictionary<Rollout, float[]> states = await PredictingStates.ReadAsync(policy, group, counted, cancellationToken).ConfigureAwait(false);
                int[] vocabulary = [.. counted.SelectMany(r => r.Completion.Tokens).Distinct().Order()];
                TokenErrors Of(Rollout r) => new(states[r], Errors(policy, r, states[r], vocabulary, view.Temperature), policy.StateWidth);
                Weigh(counted, Array.ConvertAll(counted, Of));
            }
        }
    }

    /// <summary>Multiplies the advantages of a group's responses.</summary>
    /// <param name="rollouts">The responses.</param>
    /// <param name="tokens">The states and errors of each.</param>
    internal void Weigh(Rollout[] rollouts, TokenErrors[] tokens)
    {
        int[] right = [.. Enumerable.Range(0, rollouts.Length).Where(i => rollouts[i].Correct)];
        double[][][] own = [.. right.Select(i => tokens[i].Outer(1.0 / tokens[i].Count))];
        double[][] all = Sum(own);
        double threshold = InfluenceThreshold == 0 || right.Length == 1 ? 0 : InfluenceThreshold * right.Select((response, i) =>
            Enumerable.Range(0, tokens[response].Count).Average(k => (tokens[response].Influence(all, k) - tokens[response].Influence(own[i], k))
                / (right.Length - 1))).Average();
        for (int j = 0; j < rollouts.Length; j++)
        {
            for (int k = 0; k < tokens[j].Count; k++)
            {
                double influence = (rollouts[j].Correct ? 1 : -1) * tokens[j].Influence(all, k) / right.Length;
                bool kept = InfluenceThreshold == 0 || Math.Abs(influence) > threshold;
                rollouts[j].Advantages[k] *= kept ? 1 + (Math.Sign(influence) * Steering) : 0;
            }
        }
    }

    private static double[][] Sum(double[][][] matrices)
    {
        double[][] sum = Array.ConvertAll(matrices[0], row => new double[row.Length]);
        foreach (double[][] matrix in matrices)
        {
            for (int v = 0; v < sum.Length; v++)
            {
                Vectors.Add(matrix[v], 1, sum[v]);
            }
        }

        return sum;
    }

    /// <summary>e − π of a response's tokens, on some tokens of the vocabulary; [tokens][V*].</summary>
    private static double[][] Errors(IOutputDistribution policy, Rollout rollout, float[] states, int[] vocabulary, double temperature)
    {
        int[] tokens = rollout.Completion.Tokens;
        int atOnce = Math.Clamp(PredictingStates.LogProbsAtOnce / policy.DistributionWidth, 1, tokens.Length);
        float[] logProbs = new float[atOnce * policy.DistributionWidth];
        double[][] errors = new double[tokens.Length][];
        for (int start = 0; start < tokens.Length; start += atOnce)
        {
            int count = Math.Min(atOnce, tokens.Length - start);
            policy.ReadLogProbs(
                states.AsSpan(start * policy.StateWidth, count * policy.StateWidth), temperature, logProbs.AsSpan(0, count * policy.DistributionWidth));
            for (int k = 0; k < count; k++)
            {
                int row = k * policy.DistributionWidth, sampled = tokens[start + k];
                errors[start + k] = Array.ConvertAll(vocabulary, token => (token == sampled ? 1 : 0) - Math.Exp(logProbs[row + token]));
            }
        }

        return errors;
    }

    /// <summary>The hidden states and prediction errors of a response's tokens.</summary>
    /// <param name="States">h; [tokens, C].</param>
    /// <param name="Errors">g; [tokens][V*].</param>
    /// <param name="Width">C.</param>
    internal sealed record TokenErrors(float[] States, double[][] Errors, int Width)
    {
        /// <summary>Number of tokens.</summary>
        public int Count => Errors.Length;

        /// <summary>scale · Σ g hᵀ; [V*][C].</summary>
        public double[][] Outer(double scale)
        {
            double[][] sum = Array.ConvertAll(Errors[0], _ => new double[Width]);
            for (int k = 0; k < Count; k++)
            {
                for (int v = 0; v < sum.Length; v++)
                {
                    Vectors.Add(States.AsSpan(k * Width, Width), scale * Errors[k][v], sum[v]);
                }
            }

            return sum;
        }

        /// <summary>gᵀ M h of a token.</summary>
        public double Influence(double[][] matrix, int token)
        {
            double sum = 0;
            for (int v = 0; v < matrix.Length; v++)
            {
                sum += Errors[token][v] * Vectors.Dot(matrix[v], States.AsSpan(token * Width, Width));
            }

            return sum;
        }
    }
}

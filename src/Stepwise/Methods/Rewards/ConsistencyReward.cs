using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>
/// A right answer earns more where its own reasoning makes it likely under a slow copy of the policy (GRPO-CARE). With c the geometric mean of the
/// probabilities of the answer's tokens under the copy, at most a cap, and c̄ its mean over the right answers of the group,
/// <code>r = 1 + b where the answer is right and c ≥ c̄ − m,   1 where it is right otherwise,   0 where it is wrong</code>
/// </summary>
/// <remarks>
/// The copy is the exponential average of the trained weights (<see cref="IWeightAverage"/>). The answer's tokens are those that spell what the verifier
/// read, where the response says it last; a right answer without any earns no bonus. With b = 0 it is <see cref="OutcomeReward"/>. Source: GRPO-CARE,
/// arXiv 2506.16141, and its trainer.
/// </remarks>
[Formula("r = 1 + b where the answer is right and c ≥ c̄ − m")]
public sealed record ConsistencyReward : IRewardShaper, IReadsPolicy, IMeasures
{
    private static readonly OutcomeReward Outcome = new();

    /// <summary>Share of the right answers with the bonus.</summary>
    [Metric("right answers that earn the bonus, over right answers", Name = "consistency.bonusShare", Unit = "share",
        Reading = "It is never far from 1/2 where likelihoods differ; at 1 the reasoning makes every right answer alike likely.")]
    public static Metric BonusShare { get; } = Metric.Of<ConsistencyReward>();

    /// <summary>b, what a consistent right answer earns beside its 1; at least 0.</summary>
    [Key("what a right answer earns beside its 1 where its reasoning makes it likely", Low = 0, High = 1000)]
    public double ConsistencyBonus { get; init; } = 0.5;

    /// <summary>m, how far below the mean still earns the bonus; at least 0.</summary>
    [Key("how far an answer's likelihood may be below the mean of the group's right ones", Low = 0, High = 1)]
    public double ConsistencyMargin { get; init; } = 0.01;

    /// <summary>The most that a likelihood counts; in (0, 1].</summary>
    [Key("the most an answer's likelihood counts, so that certainty is not bought", Low = 0, AboveLow = true, High = 1)]
    public double LikelihoodCap { get; init; } = 0.95;

    /// <summary>Decay of the slow copy, per <see cref="AverageEvery"/>; in [0, 1].</summary>
    [Key("decay of the averaged weights; 1 keeps those of the start", Low = 0, High = 1)]
    public double AverageDecay { get; init; } = 0.995;

    /// <summary>Optimizer steps from one averaging to the next; at least 1.</summary>
    [Key("how often weights are averaged", Unit = "optimizer steps", Low = 1, High = 1e9)]
    public int AverageEvery { get; init; } = 10;

    /// <inheritdoc/>
    public int KeptBlocks => 1;

    /// <inheritdoc/>
    public bool AsksJudge => false;

    /// <inheritdoc/>
    public bool WantsJudgement(Group group, Rollout rollout, int step) => false;

    /// <inheritdoc/>
    public void Shape(Group group, int step) => Outcome.Shape(group, step);

    /// <inheritdoc/>
    public string Needs => "averaged weights";

    /// <inheritdoc/>
    public void Require(IPolicy policy) => policy.Require<IWeightAverage>("method.reward consistency").KeepAverage(AverageDecay, AverageEvery);

    /// <inheritdoc/>
    public async ValueTask ReadAsync(IReadOnlyList<Group> groups, PolicyView view, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(view);
        Rollout[][] right = [.. groups.Select(g => g.Rollouts.Where(r => r is { Counted: true, Correct: true } && Spelled(r)).ToArray())];
        int[] asked = [.. Enumerable.Range(0, groups.Count).Where(g => right[g].Length > 0)];
        IReadOnlyList<IReadOnlyList<float[]>> scores = await view.Policy.Require<IWeightAverage>("method.reward consistency").ScoreWithAverageAsync(
            [.. asked.SelectMany(g => right[g].Select(r => new ScoreRequest(r.DrawnPrompt ?? groups[g].Prompt, [r.Completion.Tokens])))],
            view.Temperature, cancellationToken).ConfigureAwait(false);
        int next = 0;
        foreach (Rollout[] ofGroup in asked.Select(g => right[g]))
        {
            double[] likelihoods = [.. ofGroup.Select(rollout => Likelihood(rollout, scores[next++][0]))];
            double least = likelihoods.Average() - ConsistencyMargin;
            foreach ((Rollout rollout, double likelihood) in ofGroup.Zip(likelihoods))
            {
                rollout.Reward += likelihood >= least ? ConsistencyBonus : 0;
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups)
    {
        double[] right = [.. groups.SelectMany(g => g.Rollouts).Where(r => r is { Counted: true, Correct: true })
            .Select(r => r.RewardParts.Count > 0 ? r.RewardParts[0].Value ?? 0 : r.Reward)];
        return right.Length > 0 ? [new(BonusShare, right.Count(r => r > 1) / (double)right.Length)] : [];
    }

    private static bool Spelled(Rollout rollout) => rollout.TokensOfAnswer() is var (start, end) && end > start;

    private double Likelihood(Rollout rollout, float[] logProbs)
    {
        (int start, int end) = rollout.TokensOfAnswer();
        return Math.Min(LikelihoodCap, Math.Exp(logProbs[start..end].Average(logProb => (double)logProb)));
    }
}

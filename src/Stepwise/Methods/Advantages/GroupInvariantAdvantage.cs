using System.Text.Json;
using System.Text.Json.Nodes;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Advantages that hold the policy to do as well on hard samples as on easy ones (group invariant learning). A small model says of every sample how
/// likely it is one of the easy, p; it is taught to set the mean rewards of the two kinds apart, and the policy is taught against their variance,
/// <code>A_i ← A_i · max(0, 1 − β (N / 2) (R₁ − R₂) (p_i / Σ p − (1 − p_i) / Σ (1 − p))),   R₁ = Σ p r / Σ p,   R₂ = Σ (1 − p) r / Σ (1 − p)</code>
/// which is the policy gradient of the mean reward less β times the variance (R₁ − R₂)² / 4 of the two means, with A in the reward's place and N the counted
/// samples of the training step. The KL penalty of a sample, where the loss has one, is multiplied by p.
/// </summary>
/// <remarks>
/// <para>
/// The model is a logistic one, p = σ(φ·x), of the share of the problem's earlier samples that were right, the response's length, and the mean of its tokens'
/// log-probabilities, each relative to the training step; φ climbs the variance for a few steps of the gradient
/// ½ (R₁ − R₂) ((r_i − R₁) / Σ p + (r_i − R₂) / Σ (1 − p)) p_i (1 − p_i) x_i. Easy is what has the higher mean.
/// </para>
/// <para>
/// Source: arXiv 2310.11971: variance between two inferred groups, and the KL penalty weighed by the likelihood of the high one (its equations 3 to 6, read in
/// reviews). Its model reads a critic's features, which there is none of here; features, steps and β are ours. With β = 0 and no KL penalty it is
/// <paramref name="Inner"/>, bit for bit.
/// </para>
/// </remarks>
/// <param name="Inner">Gives A.</param>
[Formula("A_i ← A_i · max(0, 1 − β (N / 2) (R₁ − R₂) (p_i / Σ p − (1 − p_i) / Σ (1 − p)))")]
public sealed record GroupInvariantAdvantage([property: Section] GroupAdvantage Inner) : IAdvantageEstimator, IStateful, IMeasures
{
    private const int Features = 4;

    private double[] _model = Start();
    private Dictionary<string, double[]> _solved = new(StringComparer.Ordinal);
    private double? _apart;

    /// <summary>Creates the estimator over GRPO's.</summary>
    public GroupInvariantAdvantage()
        : this(new GroupAdvantage())
    {
    }

    /// <summary>R₁ − R₂ of the training step.</summary>
    [Metric("mean reward of the samples that are taken as easy less that of the hard ones", Name = "groups.apart",
        Reading = "A fall is a policy that does as well on hard samples as on easy ones, or a model that no longer tells them apart.")]
    public static Metric Apart { get; } = Metric.Of<GroupInvariantAdvantage>();

    /// <summary>β, the weight of the variance; at least 0.</summary>
    [Key("weight of the variance between the mean rewards of easy and hard samples", Low = 0, High = 1000)]
    public double Invariance { get; init; } = 0.5;

    /// <summary>Steps of the model of easy and hard in a training step; at least 0.</summary>
    [Key("how often the model of easy and hard samples is taught in a training step", Unit = "steps", Low = 0, High = 1000)]
    public int GroupingSteps { get; init; } = 10;

    /// <summary>Learning rate of that model; at least 0.</summary>
    [Key("learning rate of the model of easy and hard samples", Low = 0, High = 1000)]
    public double GroupingRate { get; init; } = 1;

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Inner.Estimate(groups);
        (Group Group, Rollout Rollout)[] counted = [.. groups.SelectMany(g => g.Rollouts.Where(r => r.Counted).Select(r => (g, r)))];
        double[][] features = Relative([.. counted.Select(pair => FeaturesOf(pair.Group, pair.Rollout))]);
        double[] rewards = [.. counted.Select(pair => pair.Rollout.Reward)];
        for (int step = 0; step < GroupingSteps; step++)
        {
            Teach(features, rewards);
        }

        TwoKinds kinds = TwoKinds.Of([.. features.Select(Easy)], rewards);
        _apart = counted.Length > 0 ? kinds.Apart : null;
        for (int i = 0; i < counted.Length; i++)
        {
            Rollout rollout = counted[i].Rollout;
            double weight = Math.Max(0, 1 - (Invariance * kinds.Slope(i)));
            for (int t = 0; t < rollout.Advantages.Length; t++)
            {
                rollout.Advantages[t] *= weight;
            }

            rollout.KlRelief = 1 - kinds.Shares[i];
        }

        Remember(groups);
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups) => _apart is { } apart ? [new(Apart, apart)] : [];

    /// <inheritdoc/>
    public IStateful Fresh() => this with { _model = Start(), _solved = new(StringComparer.Ordinal), _apart = null };

    /// <inheritdoc/>
    public JsonObject Save() => new()
    {
        ["model"] = JsonSerializer.SerializeToNode(_model),
        ["solved"] = JsonSerializer.SerializeToNode(_solved.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal)),
    };

    /// <inheritdoc/>
    public void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        try
        {
            double[]? model = state["model"].Deserialize<double[]>();
            Dictionary<string, double[]>? solved = state["solved"].Deserialize<Dictionary<string, double[]>>();
            if (model?.Length == Features && solved is not null && solved.Values.All(counts => counts is [>= 0, >= 0]))
            {
                (_model, _solved) = (model, new(solved, StringComparer.Ordinal));
                return;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new InputException("the state of the groups has no model of four numbers, or no counts of right and decided samples by problem.");
    }

    /// <summary>Easy are at first the problems of which more samples were right.</summary>
    private static double[] Start() => [0, 1, 0, 0];

    private double Easy(double[] features) => 1 / (1 + Math.Exp(-Vectors.Dot(_model, features)));

    private void Teach(double[][] features, double[] rewards)
    {
        double[] shares = [.. features.Select(Easy)];
        TwoKinds kinds = TwoKinds.Of(shares, rewards);
        for (int i = 0; i < shares.Length; i++)
        {
            Vectors.Add(features[i], GroupingRate * kinds.ShareSlope(i) * shares[i] * (1 - shares[i]), _model);
        }
    }

    private double[] FeaturesOf(Group group, Rollout rollout)
    {
        double[] counts = _solved.GetValueOrDefault(group.Problem.Id) ?? [0, 0];
        return
        [
            1, (counts[0] + 1) / (counts[1] + 2), Math.Log(1 + rollout.Completion.Tokens.Length),
            rollout.Completion.LogProbs.Select(logProb => (double)logProb).DefaultIfEmpty().Average(),
        ];
    }

    /// <summary>Every feature but the first less its mean, in its deviations over the training step; 0 where it is the same of all.</summary>
    private static double[][] Relative(double[][] features)
    {
        for (int f = 1; f < Features && features.Length > 0; f++)
        {
            double[] values = [.. features.Select(x => x[f])];
            double mean = values.Average(), deviation = GroupDeviation.Of(values);
            foreach (double[] x in features)
            {
                x[f] = deviation > 1e-12 ? (x[f] - mean) / deviation : 0;
            }
        }

        return features;
    }

    private void Remember(IReadOnlyList<Group> groups)
    {
        foreach (Group group in groups)
        {
            double[] counts = _solved.GetValueOrDefault(group.Problem.Id) ?? [0, 0];
            _solved[group.Problem.Id] = [counts[0] + group.Rollouts.Count(r => r.Correct), counts[1] + group.Rollouts.Count(r => r.Decided)];
        }
    }
}

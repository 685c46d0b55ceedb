using System.Text.Json.Nodes;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>
/// The verdict, and how much each step improved the response in the eyes of a small model that learnt from verdicts alone (WS-GRPO): with T steps and
/// P(t ≻ t − 1) the probability that the first t steps are better than the first t − 1,
/// <code>r = R + λ · (1/T) Σ_t P(t ≻ t − 1),   R = 1 if the answer is right, else 0</code>
/// </summary>
/// <remarks>
/// <para>
/// In the first training steps the reward is R, and the model learns which of a right and a wrong response of one group is right; then it is frozen. It goes on
/// learning as long as there was no such pair. Of a response without steps the sum is 0.
/// </para>
/// <para>
/// Source: WS-GRPO, arXiv 2602.17025, read in a summary and in reviews of an earlier version, which had a perceptron of 512 units on embeddings and λ = 5. Ours
/// sees <see cref="StepFeatures"/>. Its penalty on responses outside 3 to 6 steps is left out.
/// </para>
/// </remarks>
[Formula("r = R + λ · (1/T) Σ_t P(t ≻ t − 1), R = 1 if the answer is right, else 0")]
public sealed record PreferenceReward : IRewardShaper, IBegins, IStateful, IMeasures
{
    private const int StepsDown = 20;

    private static readonly OutcomeReward Outcome = new();

    private StepPreference _model = new(1, 0);

    /// <summary>How often the model ranks a right response of a group above a wrong one.</summary>
    [Metric("pairs of a right and a wrong sample of one group that the preference model ranks so, over such pairs", Name = "preference.accuracy",
        Unit = "share",
        Reading = "While the model learns it has seen these pairs; later it has not. Near one half it knows nothing, and its rewards are noise.")]
    public static Metric Accuracy { get; } = Metric.Of<PreferenceReward>();

    /// <summary>(1/T) Σ P(t ≻ t − 1), mean over the counted samples.</summary>
    [Metric("reward of a step by the preference model, mean over the counted samples", Name = "preference.step", Unit = "share")]
    public static Metric StepReward { get; } = Metric.Of<PreferenceReward>();

    /// <summary>λ, the weight of the steps' rewards; at least 0.</summary>
    [Key("weight of the mean step reward beside the verdict's 1", Low = 0, High = 1e6)]
    public double StepWeight { get; init; } = 5;

    /// <summary>Training steps in which the model learns and the reward is the verdict; at least 1.</summary>
    [Key("training steps in which the preference model learns and the reward is the verdict's", Unit = "training steps", Low = 1, High = 1e9)]
    public int PreferenceSteps { get; init; } = 20;

    /// <summary>Hidden units of the model; at least 1.</summary>
    [Key("hidden units of the preference model", Unit = "units", Low = 1, High = 10_000)]
    public int PreferenceUnits { get; init; } = 16;

    /// <summary>Length of each of the steps that the model takes down its loss in a training step.</summary>
    [Key("learning rate of the preference model", Low = 0, High = 1000, AboveLow = true)]
    public double PreferenceRate { get; init; } = 0.5;

    /// <summary>Decides the model's first weights.</summary>
    [Key("decides the preference model's first weights")]
    public ulong PreferenceSeed { get; init; }

    /// <inheritdoc/>
    public bool AsksJudge => false;

    /// <inheritdoc/>
    public bool WantsJudgement(Group group, Rollout rollout, int step) => false;

    /// <inheritdoc/>
    public int FirstSteps(int steps) => PreferenceSteps;

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Group> groups, int step)
    {
        if (Learns(step))
        {
            _model.Learn([.. groups.Select(Ends)], PreferenceRate, StepsDown);
        }
    }

    /// <inheritdoc/>
    public void Shape(Group group, int step)
    {
        Outcome.Shape(group, step);
        foreach (Rollout rollout in Learns(step) ? [] : group.Rollouts.Where(r => r.Counted))
        {
            rollout.Reward += StepWeight * MeanStep(rollout);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups)
    {
        double[] ranked = [.. groups.Select(Ends).SelectMany(group =>
            group.Right.SelectMany(right => group.Wrong.Select(wrong => _model.Prefers(right, wrong))))];
        if (ranked.Length > 0)
        {
            yield return new(Accuracy, ranked.Count(p => p > 0.5) / (double)ranked.Length);
        }

        if (groups.SelectMany(g => g.Rollouts).Where(r => r.Counted).Average(r => (double?)MeanStep(r)) is { } mean)
        {
            yield return new(StepReward, mean);
        }
    }

    /// <inheritdoc/>
    public IStateful Fresh() => this with { _model = new(PreferenceUnits, PreferenceSeed) };

    /// <inheritdoc/>
    public JsonObject Save() => _model.Save();

    /// <inheritdoc/>
    public void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _model.Load(state);
    }

    private bool Learns(int step) => step <= PreferenceSteps || _model.Pairs == 0;

    private double MeanStep(Rollout rollout)
    {
        double[][] prefixes = StepFeatures.Of(rollout);
        return prefixes.Skip(1).Zip(prefixes, (longer, shorter) => _model.Prefers(longer, shorter)).DefaultIfEmpty(0).Average();
    }

    private static (double[][] Right, double[][] Wrong) Ends(Group group)
    {
        ILookup<bool, double[]> ends = group.Rollouts.Where(r => r.Decided).ToLookup(r => r.Correct, r => StepFeatures.Of(r)[^1]);
        return ([.. ends[true]], [.. ends[false]]);
    }
}

using System.Text.Json.Nodes;
using Stepwise.Methods.Rewards;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Rollouts;
using JsonArray = System.Text.Json.Nodes.JsonArray;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// GRPO's advantage under constraints, each with a Lagrange multiplier λ that rises while it is not kept (Faithful GRPO),
/// <code>A ← (A + Σ λ_k A_k) / s,   then λ_k ← clip(λ_k + η (τ_k − c̄_k), 0, λ_max)</code>
/// with A_k the constraint's value relative to the group's values of it, in deviations of the group, 0 where it does not apply; s the deviation of the sums
/// over all counted rollouts of the training step, and 10⁻⁴; and c̄_k the mean of the values over the training step.
/// </summary>
/// <remarks>
/// A λ stays where a constraint applies to fewer rollouts than <see cref="LeastApplicable"/>. Without whitening (s = 1) and with every λ at 0 it is
/// <paramref name="Inner"/>, bit for bit. Means within a group are 0, so whitening subtracts none, and groups without signal keep advantages of 0. Source:
/// Faithful GRPO, arXiv 2604.08476, whose constraints are judges of consistency and of grounding in an image.
/// </remarks>
/// <param name="Inner">Gives A.</param>
[Formula("A ← (A + Σ λ_k A_k) / s")]
public sealed record ConstrainedAdvantage([property: Section] GroupAdvantage Inner) : IAdvantageEstimator, IStateful, IMeasures
{
    private double[] _multipliers = [];
    private double?[] _means = [];
    private double[] _used = [];

    /// <summary>Creates the estimator over GRPO's.</summary>
    public ConstrainedAdvantage()
        : this(new GroupAdvantage())
    {
    }

    /// <summary>What has to be kept to.</summary>
    [Part<ConstraintCatalog>("name", "what the policy has to keep to on average")]
    public PartList<Constraint> Constraints { get; init; } = [];

    /// <summary>λ of every constraint at the start; in [0, 1000].</summary>
    [Key("multiplier of every constraint at the start", Low = 0, High = 1000)]
    public double MultiplierStart { get; init; } = 1;

    /// <summary>η, how fast multipliers follow; at least 0.</summary>
    [Key("how fast multipliers follow what their constraints lack", Low = 0, High = 1000)]
    public double MultiplierRate { get; init; } = 0.05;

    /// <summary>λ_max; in [0, 1000].</summary>
    [Key("largest multiplier", Low = 0, High = 1000)]
    public double MultiplierCap { get; init; } = 5;

    /// <summary>Rollouts of a training step to which a constraint applies, below which its multiplier stays; at least 1.</summary>
    [Key("samples of a training step below which a constraint's multiplier stays", Unit = "samples", Low = 1, High = 1e9)]
    public int LeastApplicable { get; init; } = 8;

    /// <summary>Whether sums are divided by their deviation.</summary>
    [Key("divide the sum by its deviation over the training step")]
    public bool Whiten { get; init; } = true;

    /// <inheritdoc/>
    public bool AsksJudge => Constraints.Any(constraint => constraint.Term.AsksJudge);

    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Inner.Estimate(groups);
        Rollout[] counted = [.. groups.SelectMany(g => g.Rollouts).Where(r => r.Counted && r.Advantages.Length > 0)];
        Dictionary<Rollout, double> sums = counted.ToDictionary(rollout => rollout, rollout => rollout.Advantages[0]);
        _used = [.. Multipliers()];
        _means = new double?[Constraints.Count];
        for (int k = 0; k < Constraints.Count; k++)
        {
            List<double> values = [];
            foreach (Group group in groups)
            {
                values.AddRange(Add(group, Constraints[k], _used[k], sums));
            }

            _means[k] = values.Count > 0 ? values.Average() : null;
            if (values.Count >= LeastApplicable)
            {
                _multipliers[k] = Math.Clamp(_used[k] + (MultiplierRate * (Constraints[k].Threshold - values.Average())), 0, MultiplierCap);
            }
        }

        double divisor = Whiten ? GroupDeviation.Of([.. counted.Select(rollout => sums[rollout])]) + GroupDeviation.Epsilon : 1;
        foreach (Rollout rollout in counted)
        {
            Array.Fill(rollout.Advantages, sums[rollout] / divisor);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups)
    {
        string[] names = [.. RewardSum.Numbered(Constraints.Select(constraint => constraint.Term.Label))];
        for (int k = 0; k < _used.Length; k++)
        {
            yield return new(Constraint.Multiplier.Of(names[k]), _used[k]);
            if (_means[k] is { } mean)
            {
                yield return new(Constraint.Mean.Of(names[k]), mean);
            }
        }
    }

    /// <inheritdoc/>
    public IStateful Fresh() => this with { _multipliers = [], _means = [], _used = [] };

    /// <inheritdoc/>
    public JsonObject Save() => new() { ["multipliers"] = new JsonArray([.. Multipliers().Select(value => (JsonNode)JsonValue.Create(value))]) };

    /// <inheritdoc/>
    public void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _multipliers = state["multipliers"] is JsonArray values && values.Count == Constraints.Count
            && values.All(value => value is JsonValue number && number.TryGetValue(out double multiplier) && multiplier >= 0)
            ? [.. values.Select(value => value!.GetValue<double>())]
            : throw new InputException($"the state of the constraints has no {Constraints.Count} multipliers of at least 0.");
    }

    /// <summary>Adds λ A_k of a group.</summary>
    /// <returns>The group's values of the constraint.</returns>
    private static double[] Add(Group group, Constraint constraint, double multiplier, Dictionary<Rollout, double> sums)
    {
        (Rollout Rollout, double Value)[] applicable = [.. group.Rollouts.Where(sums.ContainsKey)
            .Select(rollout => (rollout, constraint.Of(rollout))).Where(pair => pair.Item2 is not null).Select(pair => (pair.rollout, pair.Item2!.Value))];
        double[] values = Array.ConvertAll(applicable, pair => pair.Value);
        if (values.Distinct().Skip(1).Any())
        {
            double mean = values.Average(), divisor = GroupDeviation.Of(values) + GroupDeviation.Epsilon;
            foreach ((Rollout rollout, double value) in applicable)
            {
                sums[rollout] += multiplier * (value - mean) / divisor;
            }
        }

        return values;
    }

    private double[] Multipliers() => _multipliers = _multipliers.Length == Constraints.Count
        ? _multipliers
        : [.. Constraints.Select(_ => Math.Min(MultiplierStart, MultiplierCap))];
}

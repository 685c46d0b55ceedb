using System.Text.Json;
using System.Text.Json.Nodes;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// Problems by how often they were solved the last time that they came: those solved too often, or too seldom, are passed over until no others are left. By
/// default those whose every answer was right, while those whose every answer was wrong are kept (SRPO's history resampling).
/// </summary>
/// <remarks>
/// What counts are the decided samples that were drawn without help; a problem that has none yet is taken. Source: arXiv 2504.14286 §3.3, which leaves such
/// problems out at the end of each epoch for good.
/// </remarks>
public sealed record BySolveRate : IProblemChoice, IStateful, IMeasures
{
    private Dictionary<string, double> _rates = new(StringComparer.Ordinal);

    /// <summary>Problems that would be passed over.</summary>
    [Metric("problems that are passed over for how often they were solved the last time", Name = "passedOver", Unit = "problems",
        Reading = "A rise is a policy that has learnt its problems; near their number, take harder ones.")]
    public static Metric PassedOver { get; } = Metric.Of<BySolveRate>();

    /// <summary>Problems solved at least this often are passed over; above 1 none is.</summary>
    [Key("problems of which the last samples were right at least this often are passed over; above 1 for none", Unit = "share", Low = 0, High = 2,
        AboveLow = true)]
    public double SolvedFrom { get; init; } = 1;

    /// <summary>Problems solved less often than this are passed over; 0 for none.</summary>
    [Key("problems of which the last samples were right less often than this are passed over; 0 for none", Unit = "share", Low = 0, High = 1)]
    public double UnsolvedBelow { get; init; }

    /// <inheritdoc/>
    public Func<Problem, bool>? Wanted(IReadOnlyList<Problem> problems, double progress) =>
        problem => !_rates.TryGetValue(problem.Id, out double rate) || !Passes(rate);

    /// <inheritdoc/>
    public void Observe(IReadOnlyList<Group> groups)
    {
        foreach (IGrouping<string, Group> drawn in groups.GroupBy(group => group.Problem.Id, StringComparer.Ordinal))
        {
            Rollout[] unhelped = [.. drawn.SelectMany(group => group.Rollouts).Where(r => r is { Decided: true, Guided: false })];
            if (unhelped.Length > 0)
            {
                _rates[drawn.Key] = unhelped.Count(r => r.Correct) / (double)unhelped.Length;
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups) => [new(PassedOver, _rates.Values.Count(Passes))];

    /// <inheritdoc/>
    public IStateful Fresh() => this with { _rates = new(StringComparer.Ordinal) };

    /// <inheritdoc/>
    public JsonObject Save() => new()
    {
        ["rates"] = new JsonObject(_rates.OrderBy(rate => rate.Key, StringComparer.Ordinal)
            .Select(rate => KeyValuePair.Create(rate.Key, (JsonNode?)JsonValue.Create(rate.Value)))),
    };

    /// <inheritdoc/>
    public void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        try
        {
            Dictionary<string, double>? rates = state["rates"].Deserialize<Dictionary<string, double>>();
            _rates = rates is not null && rates.Values.All(rate => rate is >= 0 and <= 1) ? new(rates, StringComparer.Ordinal) : throw Unsound();
        }
        catch (JsonException error)
        {
            throw Unsound(error);
        }
    }

    private static InputException Unsound(Exception? inner = null) => new("the state of the problems' solve rates is not one that was saved.", inner!);

    private bool Passes(double rate) => rate >= SolvedFrom || rate < UnsolvedBelow;
}

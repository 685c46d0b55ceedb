using System.Text.Json.Nodes;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;
using JsonArray = System.Text.Json.Nodes.JsonArray;

namespace Stepwise.Methods.Sampling;

/// <summary>Which problems' groups are guided.</summary>
public enum GuidedProblems
{
    /// <summary>All.</summary>
    All,

    /// <summary>Those without a right answer among the unguided samples of the last group drawn of them; of new ones, all.</summary>
    Unsolved,
}

/// <summary>
/// G samples of each of the next P problems, of which the first ⌈αG⌉ begin with a piece of the reference solution and go on from there (G²RPO-A).
/// </summary>
/// <remarks>
/// The piece never holds the answer line, and leaves room for at least one token. A problem without reference solution is not guided. Source: arXiv
/// 2508.13023, whose trainer trains guidance tokens too; its reproduction masks them, which is the default here.
/// </remarks>
public sealed record GuidedGroups : ISamplingScheme, IStateful, IMeasures
{
    private HashSet<string> _solved = new(StringComparer.Ordinal);
    private int _length;

    /// <summary>ℓ of the training step.</summary>
    [Metric("length of the guidance in the training step, in its unit", Name = "guidance.length",
        Reading = "With an adaptive length a fall is a policy that needs less help.")]
    public static Metric LengthOfStep { get; } = Metric.Of<GuidedGroups>();

    /// <summary>Tokens given to the guided samples, mean.</summary>
    [Metric("tokens given to the guided samples, mean", Name = "guidance.tokens", Unit = "tokens")]
    public static Metric TokensGiven { get; } = Metric.Of<GuidedGroups>();

    /// <summary>α, the share of a group's samples that are guided, rounded up to whole samples; in [0, 1].</summary>
    [Key("share of a group's samples that are guided, rounded up", Unit = "share", Low = 0, High = 1)]
    public double GuidedShare { get; init; } = 0.25;

    /// <summary>What a length counts.</summary>
    [Part<GuidanceUnitCatalog>("guidanceUnit", "what a length of guidance counts")]
    public GuidanceUnit Unit { get; init; } = new GuidanceTokens();

    /// <summary>How much is given.</summary>
    [Part<GuidanceLengthCatalog>("guidanceLength", "how the length of guidance follows from the rewards")]
    public GuidanceLength Length { get; init; } = new CycleGuidance();

    /// <summary>Whether guidance tokens are trained too.</summary>
    [Key("whether guidance tokens are trained too, with the advantage of what follows")]
    public bool TrainGuidance { get; init; }

    /// <summary>Which problems are guided.</summary>
    [Key("which problems are guided: all, or those whose last group had no right answer without help")]
    public GuidedProblems GuidedProblems { get; init; }

    /// <inheritdoc/>
    public bool NeedsReference => true;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        _length = Length.Length;
        int guided = Math.Clamp((int)Math.Ceiling(GuidedShare * step.GroupSize), 0, step.GroupSize);
        Draw[] draws = [.. step.Problems.Take(step.ProblemCount).Select((problem, slot) => new Draw(problem, slot, step.GroupSize)
        {
            Prefixes = Prefix(step, problem) is { Length: > 0 } prefix
                ? [.. Enumerable.Range(0, step.GroupSize).Select(sample => sample < guided ? prefix : [])]
                : null,
            TrainsPrefix = TrainGuidance,
        })];
        IReadOnlyList<Group> groups = await step.Roller.RollAsync(draws, cancellationToken).ConfigureAwait(false);
        Remember(groups);
        return groups;
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups)
    {
        yield return new(LengthOfStep, _length);
        if (groups.SelectMany(g => g.Rollouts).Where(r => r.Guided).Average(r => (double?)r.Completion.PrefixTokens) is { } tokens)
        {
            yield return new(TokensGiven, tokens);
        }
    }

    /// <inheritdoc/>
    public IStateful Fresh() => this with { _solved = new(StringComparer.Ordinal), _length = 0 };

    /// <inheritdoc/>
    public JsonObject Save() => new() { ["solved"] = new JsonArray([.. _solved.Order(StringComparer.Ordinal).Select(id => (JsonNode)JsonValue.Create(id))]) };

    /// <inheritdoc/>
    public void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _solved = state["solved"] is JsonArray ids && ids.All(id => id is JsonValue value && value.TryGetValue(out string? _))
            ? new(ids.Select(id => id!.GetValue<string>()), StringComparer.Ordinal)
            : throw new InputException("the state of the guidance names no solved problems.");
    }

    private int[] Prefix(SamplingStep step, Problem problem) =>
        (GuidedProblems == GuidedProblems.All || !_solved.Contains(problem.Id)) && step.Guide(problem) is { } solution
            ? solution.Tokens[..Unit.Tokens(solution, Length.Length)]
            : [];

    private void Remember(IReadOnlyList<Group> groups)
    {
        double[] outcomes = [.. groups.SelectMany(g => g.Rollouts).Where(r => r.Decided).Select(r => r.Correct ? 1.0 : 0.0)];
        if (outcomes.Length > 0)
        {
            Length.Observe(outcomes.Average());
        }

        if (GuidedProblems == GuidedProblems.Unsolved)
        {
            foreach (Group group in groups)
            {
                _ = group.Rollouts.Any(r => r is { Correct: true, Guided: false }) ? _solved.Add(group.Problem.Id) : _solved.Remove(group.Problem.Id);
            }
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// G samples of each of the next P problems, under a prompt that states what they are to earn: a quantile of what the problem's last group earned, and so
/// many levels more (the text reading of Generative Actor Critic). A problem that was not seen yet is stated as the last training step's rewards are.
/// </summary>
/// <remarks>
/// Rewards are stated in quarters; the highest, a right answer, is the task's own prompt, so that evaluation asks for it. Samples under another prompt say
/// nothing of how often the policy solves a problem, and are counted apart. Source: arXiv 2512.21527, of which the target that rises with what comes is taken;
/// its form for text is ours.
/// </remarks>
public sealed record TargetedGroups : ISamplingScheme, IStateful, IMeasures
{
    private Dictionary<string, int> _reached = new(StringComparer.Ordinal);
    private int _reachedByAll = ReturnStatement.Highest;
    private IReadOnlyList<Group> _drawn = [];
    private double _stated;

    /// <summary>Mean of what the prompts of the training step stated.</summary>
    [Metric("reward that the prompts of the training step state, mean over groups", Name = "target.stated",
        Reading = "At 1 every problem is asked under the task's own prompt.")]
    public static Metric Stated { get; } = Metric.Of<TargetedGroups>();

    /// <summary>The quantile of the last rewards that a target starts from; in [0, 1].</summary>
    [Key("quantile of a problem's last rewards from which its target starts", Unit = "share", Low = 0, High = 1)]
    public double TargetQuantile { get; init; } = 0.75;

    /// <summary>Levels by which a target is above that; at least 0.</summary>
    [Key("quarters of the largest reward by which a target is above that", Unit = "quarters", Low = 0, High = 4)]
    public int TargetStep { get; init; } = 1;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        Remember();
        (Problem Problem, int Level)[] targets = [.. step.Problems.Take(step.ProblemCount).Select(problem => (problem, Target(problem)))];
        _stated = targets.Average(target => (double)target.Level) / ReturnStatement.Highest;
        _drawn = await step.Roller.RollAsync(
            [.. targets.Select((target, slot) => new Draw(target.Problem, slot, step.GroupSize)
            {
                Prompt = target.Level < ReturnStatement.Highest ? ReturnStatement.Of(step.Prompt(target.Problem), target.Level) : null,
            })],
            cancellationToken).ConfigureAwait(false);
        return _drawn;
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups) => [new(Stated, _stated)];

    /// <inheritdoc/>
    public IStateful Fresh() => this with
    {
        _reached = new(StringComparer.Ordinal),
        _reachedByAll = ReturnStatement.Highest,
        _drawn = [],
        _stated = 0,
    };

    /// <inheritdoc/>
    public JsonObject Save()
    {
        Remember();
        return new()
        {
            ["all"] = _reachedByAll,
            ["reached"] = JsonSerializer.SerializeToNode(_reached.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal)),
        };
    }

    /// <inheritdoc/>
    public void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _drawn = [];
        try
        {
            if (state["all"] is JsonValue all && all.TryGetValue(out int level) && IsLevel(level)
                && state["reached"].Deserialize<Dictionary<string, int>>() is { } reached && reached.Values.All(IsLevel))
            {
                (_reachedByAll, _reached) = (level, new(reached, StringComparer.Ordinal));
                return;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new InputException($"the state of the targets has no levels of 0 to {ReturnStatement.Highest} by problem.");
    }

    private static bool IsLevel(int level) => level is >= 0 and <= ReturnStatement.Highest;

    private int Target(Problem problem) =>
        Math.Min(ReturnStatement.Highest, _reached.GetValueOrDefault(problem.Id, _reachedByAll) + TargetStep);

    /// <summary>Takes in what the last groups earned, which they did after they were drawn.</summary>
    private void Remember()
    {
        foreach (Group group in _drawn.Where(g => g.Rollouts.Any(r => r.Counted)))
        {
            _reached[group.Problem.Id] = Reached([group]);
        }

        _reachedByAll = _drawn.Any(g => g.Rollouts.Any(r => r.Counted)) ? Reached(_drawn) : _reachedByAll;
        _drawn = [];
    }

    /// <summary>The level of the quantile of the counted rewards.</summary>
    private int Reached(IReadOnlyList<Group> groups)
    {
        double[] rewards = [.. groups.SelectMany(g => g.Rollouts).Where(r => r.Counted).Select(r => r.Reward).Order()];
        return ReturnStatement.Level(rewards[(int)Math.Round(TargetQuantile * (rewards.Length - 1))]);
    }
}

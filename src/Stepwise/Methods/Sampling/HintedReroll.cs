using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// G samples of each of P problems; where all of a group are wrong, ⌈αG⌉ samples are drawn again under the prompt with a hint, and trained as if the prompt
/// without it had given them (Guide-GRPO).
/// </summary>
/// <remarks>
/// Old log-probabilities are those under the prompt with the hint, the trainer's those under the prompt without it; the loss for that is
/// <see cref="Losses.ShapedLoss"/>. The hinted samples take the places of the group's first, and only where the group then has both right and wrong
/// answers: otherwise it stays as it was, as does that of a problem without hints, and they are booked as replaced. Source: arXiv 2506.13923, and its
/// trainer, which has one hint for a problem and draws the whole group again.
/// </remarks>
public sealed record HintedReroll : ISamplingScheme, IMeasures
{
    /// <summary>Groups with samples that were drawn again.</summary>
    [Metric("all-wrong groups that got right answers by being drawn again with a hint", Unit = "groups",
        Reading = "0 while there are such groups: the hint is too weak, or so strong that every hinted answer is right, or the policy cannot read it.")]
    public static Metric RerolledGroups { get; } = Metric.Of<HintedReroll>();

    /// <summary>What a hint is and how it is put.</summary>
    [Section]
    public HintOptions Hints { get; init; } = new();

    /// <summary>Which hint is given, counted from 1; the last where there are fewer.</summary>
    [Key("which of a problem's hints is given, counted from 1; the last where there are fewer", Low = 1, High = 100)]
    public int HintLevel { get; init; } = 2;

    /// <summary>α, the share of an all-wrong group that is drawn again, rounded up; above 0, at most 1.</summary>
    [Key("share of an all-wrong group that is drawn again with a hint, rounded up", Unit = "share", Low = 0, High = 1, AboveLow = true)]
    public double RerolledShare { get; init; } = 1;

    /// <inheritdoc/>
    public bool NeedsHints => true;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, PromptTemplate> Templates => Hints.Templates;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        Group[] groups = [.. await step.Roller.RollAsync(step.Plain(step.GroupSize), cancellationToken).ConfigureAwait(false)];
        int again = Math.Clamp((int)Math.Ceiling(RerolledShare * step.GroupSize), 1, step.GroupSize);
        Draw[] draws = [.. groups.Select((group, slot) => group.AllNegative ? Again(step, group.Problem, slot, again) : null).OfType<Draw>()];
        IReadOnlyList<Group> hinted = await step.Roller.RollAsync(draws, cancellationToken).ConfigureAwait(false);
        foreach ((Draw draw, Group drawn) in draws.Zip(hinted))
        {
            Group mixed = groups[draw.Slot].With([.. drawn.Rollouts, .. groups[draw.Slot].Rollouts.Skip(again)]);
            groups[draw.Slot] = mixed.Rollouts.Any(r => r.Correct) && mixed.Rollouts.Any(r => r.Incorrect) ? mixed : groups[draw.Slot];
        }

        return groups;
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups) => [new(RerolledGroups, groups.Count(g => g.Rollouts.Any(r => r.Guided)))];

    private Draw? Again(SamplingStep step, Problem problem, int slot, int samples) => Hints.Ladder(step, problem) is { Length: > 0 } ladder
        ? new(problem, slot, samples) { Round = 1, Prompt = ladder[Math.Min(HintLevel, ladder.Length) - 1], TrainedPrompt = step.Ask(problem) }
        : null;
}

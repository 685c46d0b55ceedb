using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// G samples of each of P problems; where all of a group are wrong, the problem is tried with its hints, the weakest first and one sample each, until one is
/// right: that one takes the place of the group's first wrong sample (Scaf-GRPO).
/// </summary>
/// <remarks>
/// The hinted sample is trained under the prompt with the hint, as it was drawn: its importance ratio is of that prompt in both of its parts. A problem
/// without hints, or of which no hinted sample is right, keeps its group. Samples that found no place are booked as replaced; the judge is not asked about
/// hinted ones. Source: arXiv 2510.19807, and its trainer, which takes the first wrong sample's place too; the paper takes that of a random one.
/// </remarks>
public sealed record HintLadder : ISamplingScheme, IBegins, IMeasures
{
    /// <summary>Groups into which a hinted right answer was put.</summary>
    [Metric("all-wrong groups that got a right answer by a hint", Unit = "groups",
        Reading = "0 while there are such groups: the hints are too weak, or the policy cannot read them.")]
    public static Metric HintedGroups { get; } = Metric.Of<HintLadder>();

    /// <summary>What a hint is and how it is put.</summary>
    [Section]
    public HintOptions Hints { get; init; } = new();

    /// <summary>The share of the run at whose start no hints are given; in [0, 1].</summary>
    [Key("share of the training at whose start no hints are given", Unit = "share", Low = 0, High = 1)]
    public double UnhintedShare { get; init; } = 0.15;

    /// <inheritdoc/>
    public bool NeedsHints => true;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, PromptTemplate> Templates => Hints.Templates;

    /// <inheritdoc/>
    public int FirstSteps(int steps) => (int)Math.Ceiling(UnhintedShare * steps);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        Group[] groups = [.. await step.Roller.RollAsync(step.Plain(step.GroupSize), cancellationToken).ConfigureAwait(false)];
        Prompt[][] ladders = step.Progress < UnhintedShare ? [] : Array.ConvertAll(groups, g => g.AllNegative ? Hints.Ladder(step, g.Problem) : []);
        int levels = ladders.Select(ladder => ladder.Length).DefaultIfEmpty(0).Max();
        for (int level = 0; level < levels; level++)
        {
            Draw[] tries = [.. Enumerable.Range(0, groups.Length).Where(slot => groups[slot].AllNegative && level < ladders[slot].Length).Select(slot =>
                new Draw(groups[slot].Problem, slot, 1) { Round = level + 1, Prompt = ladders[slot][level], IsJudged = false })];
            IReadOnlyList<Group> tried = await step.Roller.RollAsync(tries, cancellationToken).ConfigureAwait(false);
            foreach ((Draw draw, Group hinted) in tries.Zip(tried))
            {
                if (hinted.AllPositive)
                {
                    groups[draw.Slot] = InPlaceOfTheFirstWrong(groups[draw.Slot], hinted.Rollouts[0]);
                }
            }
        }

        return groups;
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups) => [new(HintedGroups, groups.Count(g => g.Rollouts.Any(r => r.Guided)))];

    private static Group InPlaceOfTheFirstWrong(Group group, Rollout right)
    {
        Rollout wrong = group.Rollouts.First(r => r.Incorrect);
        return group.With([.. group.Rollouts.Select(r => r == wrong ? right : r)]);
    }
}

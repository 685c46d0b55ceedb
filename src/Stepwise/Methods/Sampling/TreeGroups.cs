using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// A tree search over the first steps of each of the next P problems, and of it pairs of a better and a worse step after the same steps (MCTS-DPO). G samples
/// of a problem are drawn, some at a time, each time on from the node that PUCT chooses; every sample goes to its end, and a step's value Q is the share of
/// right answers of the samples that took it.
/// </summary>
/// <remarks>
/// <para>
/// A pair is a group of two rollouts, of which the tokens of the step in question train and no others; its rewards are the two values
/// (<see cref="Rollout.SearchValue"/>). What is in no pair is in a group of its own that teaches nothing. Samples that were gone on from steps say nothing of
/// how often the policy solves a problem, and are counted apart.
/// </para>
/// <para>
/// Source: arXiv 2405.00451 and its trainer: PUCT, its prior, pairs from the divergence on. There a step is valued by the policy's own word beside the outcome,
/// children are sampled as steps, and labels are smoothed by visits; here by outcomes alone, the samples go on to the end, and smoothing is the loss's.
/// </para>
/// </remarks>
public sealed record TreeGroups : ISamplingScheme
{
    /// <summary>How many steps deep is searched; at least 1.</summary>
    [Key("how many steps deep the tree is", Unit = "steps", Low = 1, High = 1000)]
    public int TreeDepth { get; init; } = 3;

    /// <summary>Samples that are drawn at a node at once, and the children it is to have before one of them is gone on from; at least 2.</summary>
    [Key("samples drawn at a node at once, and children before one is gone on from", Unit = "samples", Low = 2, High = 4096)]
    public int TreeWidth { get; init; } = 2;

    /// <summary>c, the weight of what was seldom tried; at least 0.</summary>
    [Key("weight of steps that are likely and were seldom tried", Low = 0, High = 1e6)]
    public double Exploration { get; init; } = 1;

    /// <inheritdoc/>
    public bool Searches => true;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        Problems.Problem[] problems = [.. step.Problems.Take(step.ProblemCount)];
        StepTree[] trees = Array.ConvertAll(problems, _ => new StepTree(TreeDepth));
        List<Group>[] drawn = Array.ConvertAll(problems, _ => new List<Group>());
        for (int round = 0, left = step.GroupSize; left > 0; round++)
        {
            int samples = Math.Min(TreeWidth, left);
            left -= samples;
            IReadOnlyList<Group> groups = await step.Roller.RollAsync(
                [.. problems.Select((problem, slot) => new Draw(problem, slot, samples)
                {
                    Round = round,
                    Prefixes = trees[slot].Select(TreeWidth, Exploration) is { Length: > 0 } prefix ? [.. Enumerable.Repeat(prefix, samples)] : null,
                })],
                cancellationToken).ConfigureAwait(false);
            for (int slot = 0; slot < groups.Count; slot++)
            {
                trees[slot].Add(groups[slot].Rollouts);
                drawn[slot].Add(groups[slot]);
            }
        }

        return [.. trees.SelectMany((tree, slot) => Groups(tree, drawn[slot]))];
    }

    /// <summary>A group of every pair, and one of the other rollouts.</summary>
    private static IEnumerable<Group> Groups(StepTree tree, List<Group> drawn)
    {
        Group Of(IReadOnlyList<Rollout> rollouts) => new(drawn[0].Problem, drawn[0].Prompt, rollouts) { ReferenceSteps = drawn[0].ReferenceSteps };

        HashSet<Rollout> paired = [];
        foreach ((StepTree.Choice best, StepTree.Choice worst) in tree.Pairs())
        {
            foreach (StepTree.Choice choice in (StepTree.Choice[])[best, worst])
            {
                (int start, int end) = choice.Rollout.TokensOf(choice.Step);
                choice.Rollout.Mask.AsSpan().Clear();
                choice.Rollout.Mask.AsSpan(start..end).Fill(value: true);
                choice.Rollout.SearchValue = choice.Value;
                paired.Add(choice.Rollout);
            }

            yield return Of([best.Rollout, worst.Rollout]);
        }

        Rollout[] others = [.. drawn.SelectMany(g => g.Rollouts).Where(r => !paired.Contains(r))];
        if (others.Length > 0)
        {
            yield return Of(others);
        }
    }
}

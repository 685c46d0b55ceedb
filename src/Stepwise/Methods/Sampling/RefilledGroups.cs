using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// G samples of each of P problems, and of P more as long as fewer than P groups hold both a right and a wrong answer (DAPO's dynamic sampling). The
/// training step learns from the first P such groups; where the rounds do not give as many, the first of the others fill up, which teach nothing but
/// count in the denominators.
/// </summary>
/// <remarks>Samples that are drawn and not learnt from are booked as replaced. Source: DAPO, arXiv 2503.14476 §3.2.</remarks>
public sealed record RefilledGroups : ISamplingScheme
{
    /// <summary>The most rounds of P problems; at least 1.</summary>
    [Key("most rounds of problems that a training step draws", Unit = "rounds", Low = 1, High = 1000)]
    public int MostRounds { get; init; } = 4;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        List<Group> mixed = [], others = [];
        for (int round = 0; round < MostRounds && mixed.Count < step.ProblemCount; round++)
        {
            IReadOnlyList<Group> groups = await step.Roller.RollAsync(
                [.. step.Problems.Take(step.ProblemCount).Select((problem, slot) => new Draw(problem, slot, step.GroupSize) { Round = round })],
                cancellationToken).ConfigureAwait(false);
            foreach (Group group in groups)
            {
                (group.Rollouts.Any(r => r.Correct) && group.Rollouts.Any(r => r.Incorrect) ? mixed : others).Add(group);
            }
        }

        return [.. mixed.Concat(others).Take(step.ProblemCount)];
    }
}

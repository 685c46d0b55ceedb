using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Advantages;

/// <summary>
/// Every counted response trains with advantage 1 under the prompt that states what it earned: the policy becomes a model of responses by their return (the
/// text reading of Generative Actor Critic).
/// </summary>
/// <remarks>
/// With the policy gradient as loss this is maximum likelihood, and for right answers, which are stated by the task's own prompt, RAFT. A response that does
/// not fit the context under its prompt is masked. Source: arXiv 2512.21527; the form for text is ours.
/// </remarks>
public sealed record ReturnLikelihood : IAdvantageEstimator, IReadsPolicy
{
    /// <inheritdoc/>
    public void Estimate(IReadOnlyList<Group> groups)
    {
        foreach (Rollout rollout in groups.SelectMany(g => g.Rollouts))
        {
            Array.Fill(rollout.Advantages, rollout.Counted ? 1.0 : 0.0);
        }
    }

    /// <inheritdoc/>
    public void Require(IPolicy policy)
    {
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(IReadOnlyList<Group> groups, PolicyView view, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(view);
        foreach (Group group in groups)
        {
            foreach (IGrouping<int, Rollout> earned in group.Rollouts.Where(r => r.Counted).GroupBy(r => ReturnStatement.Level(r.Reward)))
            {
                int[] prompt = view.Policy.Tokenizer.Encode(ReturnStatement.Of(view.Prompt(group.Problem), earned.Key));
                foreach (Rollout rollout in earned)
                {
                    rollout.TrainedPrompt = prompt;
                    if (prompt.Length + rollout.Completion.Tokens.Length > view.Policy.ContextLength)
                    {
                        rollout.Mask.AsSpan().Clear();
                    }
                }
            }
        }

        return ValueTask.CompletedTask;
    }
}

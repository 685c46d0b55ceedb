using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>G samples of each of the next P problems, under the task's prompt, once (GRPO).</summary>
public sealed record PlainGroups : ISamplingScheme
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken) =>
        step.Roller.RollAsync(step.Plain(step.GroupSize), cancellationToken);
}

using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods;

/// <summary>Reads the hidden states from which a group's completions were predicted.</summary>
internal static class PredictingStates
{
    /// <summary>Log-probabilities held at once, of whole distributions: 64 MiB.</summary>
    public const int LogProbsAtOnce = 16 << 20;

    /// <summary>What a policy must show to those who make distributions of these states, in words.</summary>
    public const string Needs = "hidden states and output distributions";

    /// <summary>The states of some rollouts of a group, under the prompts they were drawn under; a prompt is computed once for all of it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="group">The group.</param>
    /// <param name="rollouts">Rollouts of it, each of at least one token.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Of each rollout per token the state before it; [tokens, C].</returns>
    public static async ValueTask<Dictionary<Rollout, float[]>> ReadAsync(
        IHiddenStates policy, Group group, IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken)
    {
        IGrouping<int[], Rollout>[] byPrompt = [.. rollouts.GroupBy(r => r.DrawnPrompt ?? group.Prompt)];
        IReadOnlyList<float[]> states = await policy.ReadStatesAsync(
            [.. byPrompt.Select(same => new StateRequest([new TokenRun(same.Key, -1, [same.Key.Length - 1]), .. same.Where(Continues).Select(Run)]))],
            cancellationToken).ConfigureAwait(false);
        Dictionary<Rollout, float[]> read = [];
        foreach ((IGrouping<int[], Rollout> same, float[] ofPrompt) in byPrompt.Zip(states))
        {
            int next = policy.StateWidth;
            foreach (Rollout rollout in same)
            {
                int rest = (rollout.Completion.Tokens.Length - 1) * policy.StateWidth;
                read[rollout] = [.. ofPrompt.AsSpan(0, policy.StateWidth), .. ofPrompt.AsSpan(next, rest)];
                next += rest;
            }
        }

        return read;
    }

    private static bool Continues(Rollout rollout) => rollout.Completion.Tokens.Length > 1;

    private static TokenRun Run(Rollout rollout) =>
        new(rollout.Completion.Tokens[..^1], 0, [.. Enumerable.Range(0, rollout.Completion.Tokens.Length - 1)]);
}

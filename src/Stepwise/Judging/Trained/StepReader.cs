using Stepwise.Policies;

namespace Stepwise.Judging.Trained;

/// <summary>Reads of steps what a head's logits are made from.</summary>
public sealed class StepReader
{
    private readonly IHiddenStates? _states;
    private readonly StepSurprise? _surprise;

    /// <summary>Creates a reader.</summary>
    /// <param name="policy">The model.</param>
    /// <param name="reads">What is read.</param>
    /// <exception cref="InputException">Its hidden states are to be read, and it shows none.</exception>
    public StepReader(IPolicy policy, HeadInput reads)
    {
        _states = reads == HeadInput.Surprise ? null : policy.Require<IHiddenStates>("A trained judge that reads hidden states");
        _surprise = reads == HeadInput.States ? null : new StepSurprise(policy);
    }

    /// <summary>The numbers read of a step.</summary>
    public int Width => (_states?.StateWidth ?? 0) + (_surprise is null ? 0 : StepSurprise.Width);

    /// <summary>The hidden states; <see langword="null"/> where they are not read.</summary>
    public IHiddenStates? States => _states;

    /// <summary>The surprise at every step of a tree; empty where it is not read.</summary>
    /// <param name="prompt">The tokens before the first step.</param>
    /// <param name="traces">The tokens of each step of each trace, at least one a step.</param>
    /// <param name="tree">The same as a tree.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>In the order of the tree's states; [states, 2].</returns>
    public ValueTask<float[]> SurpriseAsync(
        int[] prompt, IReadOnlyList<IReadOnlyList<int[]>> traces, TraceTree tree, CancellationToken cancellationToken) =>
        _surprise?.OfAsync(prompt, traces, tree, cancellationToken) ?? new([]);

    /// <summary>The logits of every step of some traces of a problem.</summary>
    /// <param name="head">The head.</param>
    /// <param name="prompt">The tokens before the first step; at least one.</param>
    /// <param name="traces">The tokens of each step of each trace, at least one a step.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>z; [traces][steps].</returns>
    public async ValueTask<IReadOnlyList<double[]>> LogitsAsync(
        StepHead head, int[] prompt, IReadOnlyList<IReadOnlyList<int[]>> traces, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        TraceTree tree = TraceTree.Of(prompt, traces);
        float[] states = _states is null ? [] : (await _states.ReadStatesAsync([tree.Request], cancellationToken).ConfigureAwait(false))[0];
        float[] surprise = await SurpriseAsync(prompt, traces, tree, cancellationToken).ConfigureAwait(false);
        int width = _states?.StateWidth ?? 0, more = Width - width;
        return [.. tree.States.Select(steps => steps.Select(step =>
            head.Logit(states.AsSpan(step * width, width), surprise.AsSpan(step * more, more))).ToArray())];
    }
}

namespace Stepwise.Policies;

/// <summary>Tokens of a tree of sequences: they follow those of another run, so that what several sequences begin with is computed once.</summary>
/// <param name="Tokens">Token ids; at least one.</param>
/// <param name="Parent">Index of the run that they follow, in the same request and before this one; −1 for the first run, which begins all.</param>
/// <param name="Positions">Which of the tokens' hidden states are asked, each the state after that token was read; rising, may be none.</param>
public sealed record TokenRun(int[] Tokens, int Parent, int[] Positions);

/// <summary>Sequences with a common beginning, as a tree, and the hidden states that are asked of them.</summary>
/// <param name="Runs">The tree; the first run is its root. At most <see cref="MaxDepth"/> runs follow one another.</param>
public sealed record StateRequest(IReadOnlyList<TokenRun> Runs)
{
    /// <summary>The most runs from the root to a leaf, both counted.</summary>
    public const int MaxDepth = 32;

    /// <summary>Number of hidden states that are asked.</summary>
    public int States => Runs.Sum(run => run.Positions.Length);

    /// <summary>Number of tokens that are computed.</summary>
    public int Tokens => Runs.Sum(run => run.Tokens.Length);
}

/// <summary>A training objective as a function of hidden states, with its gradient.</summary>
public interface IStateLoss
{
    /// <summary>A request's share of the loss, to be minimised, and its derivative.</summary>
    /// <param name="request">Index of the request.</param>
    /// <param name="states">Its states in the order of its runs and positions; [states, C].</param>
    /// <param name="gradient">Receives ∂L/∂state; [states, C]; every entry is written.</param>
    /// <returns>The request's contribution to the loss.</returns>
    double Evaluate(int request, ReadOnlySpan<float> states, Span<float> gradient);
}

/// <summary>A policy whose hidden states can be read and trained through: what its output projection reads, after the final norm.</summary>
public interface IHiddenStates
{
    /// <summary>C, the width of a state.</summary>
    int StateWidth { get; }

    /// <summary>Reads hidden states; forward only. Each depends only on the tokens up to its own, never on its neighbours.</summary>
    /// <param name="requests">What is asked.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Per request its states in the order of its runs and positions; [states, C].</returns>
    /// <exception cref="InputException">A sequence does not fit the context, or a token the vocabulary.</exception>
    /// <exception cref="ArgumentException">A run follows none before it, a position is none of its run, or a tree is too deep.</exception>
    ValueTask<IReadOnlyList<float[]>> ReadStatesAsync(IReadOnlyList<StateRequest> requests, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs the requests forward, hands the loss the states of each, and adds the gradient of the loss to the gradient held by the policy,
    /// which <see cref="IPolicy.ApplyAsync"/> applies.
    /// </summary>
    /// <param name="requests">What is trained on; computed at once.</param>
    /// <param name="loss">The loss; called once per request.</param>
    /// <param name="cancellationToken">Stops the work; the held gradient is then undefined until the next <see cref="IPolicy.ApplyAsync"/>.</param>
    /// <returns>The loss, summed over the requests.</returns>
    /// <exception cref="InputException">A sequence does not fit the context, or a token the vocabulary.</exception>
    /// <exception cref="ArgumentException">As in <see cref="ReadStatesAsync"/>.</exception>
    ValueTask<double> AccumulateStatesAsync(
        IReadOnlyList<StateRequest> requests, IStateLoss loss, CancellationToken cancellationToken = default);
}

using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Methods;

/// <summary>
/// A reward or an advantage that reads more of the policy than its samples: hidden states, distributions, log-probabilities under averaged weights.
/// </summary>
public interface IReadsPolicy
{
    /// <summary>How many blocks of the size of the trained weights the policy keeps for it; none, unless implemented.</summary>
    int KeptBlocks => 0;

    /// <summary>What a policy must show for it, in words; <see langword="null"/> where any policy does.</summary>
    string? Needs => null;

    /// <summary>Before the first training step: asks the policy for what the part needs of it.</summary>
    /// <param name="policy">The policy of the run.</param>
    /// <exception cref="InputException">The policy lacks a capability that the part needs.</exception>
    void Require(IPolicy policy);

    /// <summary>
    /// Reads the policy, which is the one that sampled, and changes what the part gave: rewards right after they are shaped, before terms are added;
    /// advantages right after they are estimated.
    /// </summary>
    /// <param name="groups">All groups of the training step.</param>
    /// <param name="view">What there is to read.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    ValueTask ReadAsync(IReadOnlyList<Group> groups, PolicyView view, CancellationToken cancellationToken);
}

/// <summary>What a part of a method may read in a training step.</summary>
/// <param name="Policy">The policy; only to be read.</param>
/// <param name="Temperature">The temperature that sampling and training divide logits by.</param>
/// <param name="Prompt">How the task puts a problem.</param>
public sealed record PolicyView(IPolicy Policy, double Temperature, Func<Problem, Prompt> Prompt);

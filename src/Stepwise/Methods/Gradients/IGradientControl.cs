using Stepwise.Policies;

namespace Stepwise.Methods.Gradients;

/// <summary>What becomes of the gradient of an optimizer step before the optimizer takes it.</summary>
public interface IGradientControl
{
    /// <summary>How many blocks of the size of the trained weights the policy keeps for it; none, unless implemented.</summary>
    int KeptBlocks => 0;

    /// <summary>What a policy must show for it, in words; <see langword="null"/> where any policy does.</summary>
    string? Needs => null;

    /// <summary>Before the first training step: asks the policy for what it needs; nothing, unless implemented.</summary>
    /// <param name="policy">The policy of the run.</param>
    /// <exception cref="InputException">The policy lacks a capability that is needed.</exception>
    void Require(IPolicy policy)
    {
    }

    /// <summary>Changes the gradient that the policy holds; leaves it as it is, unless implemented.</summary>
    /// <param name="policy">The policy, with the whole gradient of an optimizer step.</param>
    /// <param name="metrics">Receives what is measured.</param>
    ValueTask AdjustAsync(IPolicy policy, LossMetrics metrics) => ValueTask.CompletedTask;
}

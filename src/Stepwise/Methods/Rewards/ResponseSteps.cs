namespace Stepwise.Methods.Rewards;

/// <summary>H, the response's own steps (the paper). It can be gamed: stopping early raises the share.</summary>
public sealed record ResponseSteps : IRtsDenominator
{
    /// <inheritdoc/>
    public int Of(int steps, int referenceSteps) => steps;
}

using System.Text.Json.Nodes;

namespace Stepwise.Training;

/// <summary>What a training run needs beside the policy's own state to go on from where it was.</summary>
/// <param name="Step">Training steps done.</param>
/// <param name="DataPosition">Training problems taken, all epochs together.</param>
/// <param name="Updates">Optimizer steps done.</param>
/// <param name="Tokens">Completion tokens sampled.</param>
/// <param name="Parts">What the method's parts remember, by part; without those that remember nothing.</param>
public sealed record TrainerState(int Step, long DataPosition, long Updates, long Tokens, JsonObject Parts)
{
    /// <summary>The state before the first training step.</summary>
    public static TrainerState Start => new(0, 0, 0, 0, []);
}

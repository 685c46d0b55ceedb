namespace Stepwise.Methods.Sampling;

/// <summary>A reference solution as the policy would write it, as far as it may be given: its answer line never is.</summary>
/// <param name="Tokens">Token ids; fewer than a completion may have.</param>
/// <param name="StepEnds">Per step that is whole within them, one past its last token; rising.</param>
public sealed record GuideTokens(int[] Tokens, IReadOnlyList<int> StepEnds);

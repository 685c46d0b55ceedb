namespace Stepwise.Methods.Sampling;

/// <summary>What a length of guidance counts.</summary>
public abstract record GuidanceUnit
{
    /// <summary>How many tokens of a solution a length is; at most all that may be given.</summary>
    /// <param name="solution">The solution.</param>
    /// <param name="length">The length, at least 0.</param>
    public abstract int Tokens(GuideTokens solution, int length);
}

/// <summary>The first ℓ tokens (the paper).</summary>
public sealed record GuidanceTokens : GuidanceUnit
{
    /// <inheritdoc/>
    public override int Tokens(GuideTokens solution, int length) => Math.Min(length, solution.Tokens.Length);
}

/// <summary>The first ℓ percent of the tokens, rounded down.</summary>
public sealed record GuidancePercent : GuidanceUnit
{
    /// <inheritdoc/>
    public override int Tokens(GuideTokens solution, int length) => (int)(solution.Tokens.Length * (long)Math.Min(length, 100) / 100);
}

/// <summary>The first ℓ steps.</summary>
public sealed record GuidanceSteps : GuidanceUnit
{
    /// <inheritdoc/>
    public override int Tokens(GuideTokens solution, int length) =>
        length == 0 || solution.StepEnds.Count == 0 ? 0 : solution.StepEnds[Math.Min(length, solution.StepEnds.Count) - 1];
}

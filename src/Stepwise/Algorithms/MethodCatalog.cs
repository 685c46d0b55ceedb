using Stepwise.Algorithms.Advantages;
using Stepwise.Algorithms.Losses;
using Stepwise.Rewards;

namespace Stepwise.Algorithms;

/// <summary>A method a recipe can name.</summary>
/// <param name="Summary">What it is, in one line.</param>
/// <param name="Defaults">Its settings where the recipe says nothing; <see cref="MethodOptions.Name"/> is its name.</param>
public sealed record MethodEntry(string Summary, MethodOptions Defaults);

/// <summary>Every method, with its defaults.</summary>
public static class MethodCatalog
{
    /// <summary>The methods, in the order in which they build on each other.</summary>
    public static IReadOnlyList<MethodEntry> Methods { get; } =
    [
        // arXiv 2402.03300
        new("Clipped surrogate on rewards relative to the group.", new MethodOptions()),

        // arXiv 2503.20783
        new("GRPO without its two biases: no division by the deviation, none by the length.", new MethodOptions
        {
            Name = "dr-grpo",
            AdvantageScale = AdvantageScale.None,
            Aggregation = Aggregation.ConstantLength,
        }),

        // arXiv 2503.14476
        new("DAPO's loss: every token weighs the same, and the clip range is wider above.", new MethodOptions
        {
            Name = "dapo",
            ClipHigh = 0.28,
            Aggregation = Aggregation.TokenMean,
        }),

        // arXiv 2506.13585; the cap is the one TRL recommends
        new("CISPO: the importance ratio is a capped weight, so that no token loses its gradient.", new MethodOptions
        {
            Name = "cispo",
            Surrogate = Surrogate.Truncated,
            RatioCap = 5.0,
            Aggregation = Aggregation.TokenMean,
        }),

        // arXiv 2505.11595
        new("GRPO that learns from all-negative groups by where a judge finds the first error.", new MethodOptions
        {
            Name = "sgpo",
            JudgeScope = JudgeScope.AllNegative,
        }),
    ];

    /// <summary>A method's settings where a recipe says nothing.</summary>
    /// <param name="name">The method's name, in lower case.</param>
    /// <exception cref="InputException">There is no method of this name.</exception>
    public static MethodOptions Defaults(string name) =>
        Methods.FirstOrDefault(m => string.Equals(m.Defaults.Name, name, StringComparison.Ordinal))?.Defaults
        ?? throw new InputException(
            $"method.name: found '{name}', known are {string.Join(", ", Methods.Select(m => m.Defaults.Name))}.");
}

using System.Text.RegularExpressions;

namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>A unit in the place of another of its kind: minutes for hours.</summary>
public sealed partial record UnitCorruption : Corruption
{
    private static readonly string[][] Kinds =
    [
        ["seconds", "minutes", "hours", "days", "weeks", "months", "years"],
        ["inches", "feet", "yards", "miles", "meters", "kilometers", "centimeters"],
        ["ounces", "pounds", "tons", "grams", "kilograms"],
        ["cups", "pints", "quarts", "gallons", "liters", "milliliters"],
        ["dollars", "cents"],
    ];

    /// <inheritdoc/>
    public override string? Wrong(RightSolution solution, int step, ulong key)
    {
        string text = solution.Steps[step];
        Match[] found = [.. Word().Matches(text).Where(word => KindOf(word.Value) is not null)];
        if (found.Length == 0)
        {
            return null;
        }

        Match unit = found[CounterRandom.Integer(key, 0, found.Length)];
        string[] others = [.. KindOf(unit.Value)!.Where(other => !string.Equals(other, unit.Value, StringComparison.Ordinal))];
        return string.Concat(text.AsSpan(0, unit.Index), others[CounterRandom.Integer(key, 1, others.Length)], text.AsSpan(unit.Index + unit.Length));
    }

    private static string[]? KindOf(string word) => Array.Find(Kinds, kind => kind.Contains(word, StringComparer.Ordinal));

    [GeneratedRegex("[a-z]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}

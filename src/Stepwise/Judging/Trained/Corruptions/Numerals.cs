using System.Text.RegularExpressions;
using Stepwise.Answers;

namespace Stepwise.Judging.Trained.Corruptions;

/// <summary>The numbers of a text as written: digits, with commas and a point within.</summary>
internal static partial class Numerals
{
    /// <summary>The numbers in their order.</summary>
    public static IEnumerable<string> In(string text) => Pattern().Matches(text).Select(match => match.Value);

    /// <summary>The last number; <see langword="null"/> where there is none.</summary>
    public static string? Last(string text) => In(text).LastOrDefault();

    /// <summary>The text with another last number; <see langword="null"/> where it has none, or the other is none or the same.</summary>
    public static string? WithLast(string text, string other) =>
        Pattern().Matches(text) is [.., var last] && other.Length > 0 && !Value(last.Value).Equals(Value(other))
            ? string.Concat(text.AsSpan(0, last.Index), other, text.AsSpan(last.Index + last.Length))
            : null;

    /// <summary>The text with a number in the place of another, wherever that is written so.</summary>
    public static string Replace(string text, string number, string other) =>
        Pattern().Replace(text, match => string.Equals(match.Value, number, StringComparison.Ordinal) ? other : match.Value);

    /// <summary>The number that is written; 0 for one that cannot be read.</summary>
    public static Rational Value(string number) => Rational.Parse(number.Replace(",", "", StringComparison.Ordinal), out _) ?? 0;

    [GeneratedRegex(@"(?<![\d.,])\d+(?:,\d+)*(?:\.\d+)?", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}

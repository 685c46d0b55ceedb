using System.Globalization;

namespace Stepwise.Charts;

/// <summary>What the charts' SVG has in common.</summary>
internal static class Svg
{
    public const string Font = "Helvetica, Arial, sans-serif";

    /// <summary>A number as an axis shows it.</summary>
    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch { >= 1e9 or (> 0 and < 1e-4) => "0.##E0", >= 1e4 => "#,0", _ => "0.######" }, CultureInfo.InvariantCulture);

    /// <summary>A text as the content of an element.</summary>
    public static string Text(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
}

using System.Globalization;
using System.Text;

namespace Stepwise.Engine.Templates;

/// <summary>Dates by the codes of C's <c>strftime</c>, in English.</summary>
internal static class DateFormat
{
    private static readonly Dictionary<char, string> Codes = new()
    {
        ['A'] = "dddd",
        ['B'] = "MMMM",
        ['Y'] = "yyyy",
        ['a'] = "ddd",
        ['b'] = "MMM",
        ['d'] = "dd",
        ['m'] = "MM",
        ['y'] = "yy",
    };

    /// <summary>The date as a text.</summary>
    /// <param name="date">The date.</param>
    /// <param name="format">Text with codes, each a percent sign and a letter.</param>
    /// <param name="arguments">The call, for messages.</param>
    /// <exception cref="InputException">A code is not supported.</exception>
    public static string Format(DateOnly date, string format, Arguments arguments)
    {
        StringBuilder text = new();
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                text.Append(format[at]);
                continue;
            }

            char code = ++at < format.Length ? format[at] : ' ';
            text.Append(code == '%' ? "%" : Codes.TryGetValue(code, out string? pattern)
                ? date.ToString(pattern, CultureInfo.InvariantCulture)
                : throw arguments.Error($"of strftime_now is given the code \"%{code}\"; supported: %% %{string.Join(" %", Codes.Keys)}"));
        }

        return text.ToString();
    }
}

using System.Globalization;
using System.Text;

namespace Stepwise.Engine.Templates;

/// <summary>
/// The escapes of a quoted text, as Python reads them: an unknown one stands for itself, a newline behind a backslash for nothing.
/// </summary>
internal static class EscapeSequences
{
    /// <summary>The text that a quoted one stands for.</summary>
    /// <param name="quoted">What stands between the quotes; a backslash is never its last character.</param>
    /// <param name="error">Makes the error for an escape that is not sound.</param>
    public static string Resolve(string quoted, Func<string, InputException> error)
    {
        if (!quoted.Contains('\\', StringComparison.Ordinal))
        {
            return quoted;
        }

        StringBuilder text = new(quoted.Length);
        for (int at = 0; at < quoted.Length; at++)
        {
            if (quoted[at] != '\\')
            {
                text.Append(quoted[at]);
                continue;
            }

            char escape = quoted[++at];
            if (Simple(escape) is { } simple)
            {
                text.Append(simple);
            }
            else if (Digits(escape) is > 0 and int digits)
            {
                text.Append(Code(quoted, at + 1, digits, error));
                at += digits;
            }
            else
            {
                text.Append(escape is 'N' or (>= '0' and <= '7')
                    ? throw error($"the escape \"\\{escape}\" in a quoted text is not supported")
                    : $"\\{escape}");
            }
        }

        return text.ToString();
    }

    private static string? Simple(char escape) => escape switch
    {
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        'a' => "\a",
        'b' => "\b",
        'f' => "\f",
        'v' => "\v",
        '\\' or '\'' or '"' => escape.ToString(),
        '\n' => "",
        _ => null,
    };

    private static int Digits(char escape) => escape switch
    {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };

    private static string Code(string quoted, int start, int digits, Func<string, InputException> error)
    {
        if (start + digits <= quoted.Length
            && int.TryParse(quoted.AsSpan(start, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code))
        {
            if (digits <= 4)
            {
                return ((char)code).ToString();
            }

            if (Rune.IsValid(code))
            {
                return new Rune(code).ToString();
            }
        }

        throw error($"the escape \"\\{quoted[start - 1]}\" in a quoted text needs {digits} hexadecimal digits of a character's code");
    }
}

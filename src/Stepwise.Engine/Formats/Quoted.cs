using System.Text;

namespace Stepwise.Engine.Formats;

/// <summary>Text from an untrusted file, made fit for an error message: quoted, cut, control characters escaped.</summary>
internal static class Quoted
{
    private const int Limit = 100;

    public static string Of(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Limit)))
        {
            _ = char.IsControl(c) || char.IsSurrogate(c) ? quoted.Append($"\\u{(int)c:x4}") : quoted.Append(c);
        }

        return quoted.Append(text.Length > Limit ? "…\"" : "\"").ToString();
    }
}

using System.Text;

namespace Stepwise.Answers;

/// <summary>The calculator annotations of GSM8K's solutions: <c>16 - 3 = &lt;&lt;16-3=13&gt;&gt;13</c>.</summary>
internal static class Annotations
{
    /// <summary>What stands between &lt;&lt; and &gt;&gt;, a line each.</summary>
    public static string Of(string text)
    {
        StringBuilder annotations = new();
        int close = 0;
        int open;
        while ((open = text.IndexOf("<<", close, StringComparison.Ordinal)) >= 0
            && (close = text.IndexOf(">>", open, StringComparison.Ordinal)) >= 0)
        {
            annotations.Append(text, open + 2, close - open - 2).Append('\n');
        }

        return annotations.ToString();
    }

    /// <summary>A text without what stands between &lt;&lt; and &gt;&gt;.</summary>
    public static string Without(string text)
    {
        StringBuilder plain = new(text.Length);
        int start = 0;
        int open;
        while ((open = text.IndexOf("<<", start, StringComparison.Ordinal)) >= 0
            && text.IndexOf(">>", open, StringComparison.Ordinal) is var close and >= 0)
        {
            plain.Append(text, start, open - start);
            start = close + 2;
        }

        return plain.Append(text, start, text.Length - start).ToString();
    }
}

namespace Stepwise.Answers;

/// <summary>Text for reading answers, character for character at the places of the original.</summary>
internal static class PlainText
{
    private const char FirstWide = '\uFF01';
    private const char LastWide = '\uFF5E';

    /// <summary>A text with full-width characters as usual ones, and annotations (<c>&lt;&lt;9*2=18>></c>) as spaces.</summary>
    public static string Of(string text)
    {
        char[]? plain = null;
        int open = -1;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is >= FirstWide and <= LastWide)
            {
                (plain ??= text.ToCharArray())[i] = (char)(c - FirstWide + '!');
            }
            else if (c == '\n')
            {
                open = -1;
            }
            else if (c == '<' && open < 0 && i + 1 < text.Length && text[i + 1] == '<')
            {
                open = i;
            }
            else if (c == '>' && open >= 0 && text[i - 1] == '>' && i > open + 2)
            {
                (plain ??= text.ToCharArray()).AsSpan(open, i + 1 - open).Fill(' ');
                open = -1;
            }
        }

        return plain is null ? text : new string(plain);
    }
}

namespace Stepwise.Answers;

/// <summary>The braces of LaTeX.</summary>
internal static class Braces
{
    /// <summary>The brace that closes one; what a backslash escapes, <c>\}</c> and <c>\\</c>, is passed over.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">One past the opening brace.</param>
    /// <param name="limit">Characters from there that are looked at.</param>
    /// <returns>Its place; −1 where there is none within the limit.</returns>
    public static int Close(string text, int start, int limit)
    {
        int depth = 1;
        for (int i = start; i < Math.Min(text.Length, start + limit); i++)
        {
            switch (text[i])
            {
                case '\\':
                    i++;
                    break;
                case '{':
                    depth++;
                    break;
                case '}' when --depth == 0:
                    return i;
            }
        }

        return -1;
    }
}

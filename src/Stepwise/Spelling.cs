namespace Stepwise;

/// <summary>Finds what a mistyped name was meant to be.</summary>
public static class Spelling
{
    // A longer text is nearest to nothing; its length must not decide how long an error takes.
    private const int Longest = 64;

    /// <summary>The known name nearest to a text: fewest characters inserted, deleted or replaced, without regard to case; the first of equals.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="known">The names there are; at least one.</param>
    public static string Nearest(string text, IEnumerable<string> known) => known.MinBy(name => Distance(text, name))!;

    /// <summary>Whether a name can have been meant by a text: at most two characters, or a third of the longer one, differ.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="name">A known name.</param>
    public static bool IsNear(string text, string name) =>
        Distance(text, name) <= Math.Max(2, Math.Max(text.Length, name.Length) / 3);

    private static string Start(string text) => text.Length <= Longest ? text : text[..Longest];

    /// <summary>Levenshtein's distance without regard to case.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="name">A known name.</param>
    internal static int Distance(string text, string name)
    {
        string left = Start(text), right = name;
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                bool same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                int replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[right.Length];
    }
}

namespace Stepwise;

/// <summary>The known name that a mistyped one most likely means.</summary>
public static class Nearest
{
    // A longer text is nearest to nothing; its length must not decide how long an error takes.
    private const int LongestText = 64;

    /// <summary>The name with the fewest characters to insert, delete or replace, without regard to case; the first of equals.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="known">The names there are; at least one.</param>
    public static string Of(string text, IEnumerable<string> known) => known.MinBy(name => Distance(text, name))!;

    /// <summary>The names that can have been meant: the nearest ones, if at most two characters or a third of the text differ.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="known">The names there are.</param>
    public static string[] Likely(string text, IEnumerable<string> known)
    {
        ILookup<int, string> byDistance = known.ToLookup(name => Distance(text, name));
        int least = byDistance.Select(names => names.Key).DefaultIfEmpty(int.MaxValue).Min();
        return least <= Math.Max(2, text.Length / 3) ? [.. byDistance[least]] : [];
    }

    /// <summary>Levenshtein's distance without regard to case; of a long text, that of its beginning.</summary>
    internal static int Distance(string text, string name)
    {
        ReadOnlySpan<char> left = text.AsSpan(0, Math.Min(text.Length, LongestText));
        int[] row = [.. Enumerable.Range(0, name.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= name.Length; j++)
            {
                bool same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(name[j - 1]);
                int replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[name.Length];
    }
}

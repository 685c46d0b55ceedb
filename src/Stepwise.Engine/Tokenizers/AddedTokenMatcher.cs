using System.Buffers;

namespace Stepwise.Engine.Tokenizers;

/// <summary>Finds added tokens in text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly SearchValues<string> _contents;
    private readonly int[] _lengths;

    /// <param name="tokens">The tokens; no text is empty.</param>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        foreach (AddedToken token in tokens)
        {
            _ids[token.Content] = token.Id;
        }

        _contents = SearchValues.Create([.. _ids.Keys], StringComparison.Ordinal);
        _lengths = [.. _ids.Keys.Select(content => content.Length).Distinct().OrderDescending()];
    }

    /// <summary>Finds the first added token.</summary>
    /// <returns>Its id, place and length; the place is the text's length where there is none.</returns>
    public (int Id, int Start, int Length) Find(ReadOnlySpan<char> text)
    {
        int start = text.IndexOfAny(_contents);
        if (start >= 0)
        {
            Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
            ReadOnlySpan<char> rest = text[start..];
            foreach (int length in _lengths)
            {
                if (length <= rest.Length && ids.TryGetValue(rest[..length], out int id))
                {
                    return (id, start, length);
                }
            }
        }

        return (-1, text.Length, 0);
    }
}

namespace Stepwise.Cli.Display;

/// <summary>A column of a <see cref="LineTable"/>.</summary>
/// <param name="Heading">What stands above it.</param>
/// <param name="Width">Characters at least; a wider cell widens it.</param>
/// <param name="Rank">Where the line is too long, the columns of the highest rank are left out first.</param>
/// <param name="Left">Whether its cells stand at its left.</param>
internal sealed record Column(string Heading, int Width, int Rank = 0, bool Left = false);

/// <summary>A table that is written line by line: whatever its cells hold, at least a blank stands between two of them.</summary>
/// <param name="columns">The columns, from the left.</param>
internal sealed class LineTable(params IReadOnlyList<Column> columns)
{
    private readonly int[] _widths = [.. columns.Select(c => Math.Max(c.Width, c.Heading.Length))];
    private string _heading = "";

    /// <summary>The line of a row, and before it the headings where they are not those of the line before.</summary>
    /// <param name="cells">A text per column.</param>
    /// <param name="most">The most characters of a line.</param>
    public IEnumerable<string> Lines(IReadOnlyList<string> cells, int most = int.MaxValue)
    {
        for (int c = 0; c < cells.Count; c++)
        {
            _widths[c] = Math.Max(_widths[c], cells[c].Length);
        }

        int[] shown = Shown(most);
        string heading = Line([.. columns.Select(c => c.Heading)], shown, most);
        if (!string.Equals(heading, _heading, StringComparison.Ordinal))
        {
            _heading = heading;
            yield return heading;
        }

        yield return Line(cells, shown, most);
    }

    private int[] Shown(int most)
    {
        List<int> shown = [.. Enumerable.Range(0, columns.Count)];
        while (shown.Count > 1 && shown.Sum(c => _widths[c] + 1) - 1 > most)
        {
            // Of equal ranks the rightmost goes first.
            shown.Remove(shown.MaxBy(c => (columns[c].Rank, c)));
        }

        return [.. shown];
    }

    private string Line(IReadOnlyList<string> cells, int[] shown, int most)
    {
        string line = string.Join(
            ' ', shown.Select(c => columns[c].Left ? cells[c].PadRight(_widths[c]) : cells[c].PadLeft(_widths[c]))).TrimEnd();
        return line.Length <= most ? line : line.TrimStart() is var text && text.Length <= most ? text : text[..most];
    }
}

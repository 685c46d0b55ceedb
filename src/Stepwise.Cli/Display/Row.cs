using Spectre.Console;
using Spectre.Console.Rendering;

namespace Stepwise.Cli.Display;

/// <summary>One line of text in colours.</summary>
internal sealed class Row
{
    private readonly List<Segment> _segments = [];

    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>Columns it takes on a terminal.</summary>
    public int Cells => _segments.Sum(s => s.CellCount());

    /// <summary>Adds text without line breaks; text from outside is the caller's to escape.</summary>
    public Row Add(string text, Style? style = null)
    {
        if (text.Length > 0)
        {
            _segments.Add(new Segment(text, style ?? Style.Plain));
        }

        return this;
    }

    /// <summary>The row's beginning that fits into a number of cells, at least 1; a cut one ends in …</summary>
    public Row Cut(int cells)
    {
        if (Cells <= cells)
        {
            return this;
        }

        Row cut = new();
        int left = cells - 1;
        foreach (Segment segment in _segments)
        {
            string fitting = Fitting(segment, left);
            cut.Add(fitting, segment.Style);
            if (fitting.Length < segment.Text.Length)
            {
                break;
            }

            left -= segment.CellCount();
        }

        return cut.Add("…");
    }

    private static string Fitting(Segment segment, int cells)
    {
        int length = 0;
        foreach (System.Text.Rune rune in segment.Text.EnumerateRunes())
        {
            cells -= new Segment(rune.ToString()).CellCount();
            if (cells < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return segment.Text[..length];
    }
}

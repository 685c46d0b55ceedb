using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Stepwise.Cli.Display;

/// <summary>
/// Rows at the foot of a terminal that are drawn again in place. Whatever is written to the terminal meanwhile, by whomever, appears above
/// them and stays. Rows are cut to the terminal's width, as one that wraps leaves a part of itself behind.
/// </summary>
internal sealed class LiveRegion
{
    private const string EraseLine = "\e[K";
    private const string EraseBelow = "\e[J";

    private readonly Lock _lock = new();
    private readonly Terminal _terminal;
    private readonly IAnsiConsole _console;
    private readonly (TextWriter Output, TextWriter Error) _before;
    private IReadOnlyList<Row> _rows = [];

    /// <summary>The cells of each row that stands on the terminal.</summary>
    private int[] _drawn = [];

    /// <summary>Takes over the terminal's writers until it is closed.</summary>
    public LiveRegion(Terminal terminal)
    {
        _terminal = terminal;
        _console = terminal.Draw();
        _before = (terminal.Output, terminal.Error);
        terminal.Output = new Above(this);
        terminal.Error = terminal.ErrorIsShown ? new Above(this) : terminal.Error;
    }

    /// <summary>The terminal's columns of this moment.</summary>
    public int Width => _console.Profile.Width;

    /// <summary>Draws rows in place of those that stand there; none erases them.</summary>
    public void Draw(IReadOnlyList<Row> rows)
    {
        lock (_lock)
        {
            _rows = rows;
            Write([]);
        }
    }

    /// <summary>Writes something above the rows.</summary>
    public void WriteAbove(IRenderable drawing)
    {
        lock (_lock)
        {
            Write([.. drawing.Render(RenderOptions.Create(_console), Width)]);
        }
    }

    /// <summary>Gives the writers back; the rows stay as they are.</summary>
    public void Close()
    {
        lock (_lock)
        {
            (_terminal.Output, _terminal.Error) = _before;
        }
    }

    private void Write(IReadOnlyList<Segment> above)
    {
        // Every line is erased before it is written: erasing the screen at once makes some terminals keep a copy.
        List<Segment> frame = [Segment.Control(ToTop() + EraseLine)];
        foreach (Segment segment in above)
        {
            frame.Add(segment);
            if (segment.IsLineBreak)
            {
                frame.Add(Segment.Control(EraseLine));
            }
        }

        Row[] shown = [.. _rows.Take(Math.Max(1, _console.Profile.Height - 1)).Select(row => row.Cut(Width - 1))];
        foreach (Row row in shown)
        {
            frame.AddRange([.. row.Segments, Segment.LineBreak, Segment.Control(EraseLine)]);
        }

        frame.Add(Segment.Control(EraseBelow));
        _drawn = [.. shown.Select(row => row.Cells)];
        _console.Write(new Drawing(frame));
    }

    /// <summary>Moves to where the first row begins; rows of a terminal that became narrower wrap, and take several lines each.</summary>
    private string ToTop()
    {
        int lines = _drawn.Sum(cells => Math.Max(1, (cells + Width - 1) / Width));
        return lines == 0 ? "\r" : $"\r\e[{lines}A";
    }

    /// <summary>A line wraps between words.</summary>
    private void WriteAbove(string line) => WriteAbove(new Text(line + "\n"));

    private sealed class Drawing(IReadOnlyList<Segment> segments) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => segments;
    }

    /// <summary>Passes whole lines on to be written above the rows.</summary>
    private sealed class Above(LiveRegion region) : TextWriter
    {
        private readonly StringBuilder _line = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            string? line = null;
            lock (_line)
            {
                if (value != '\n')
                {
                    _line.Append(value);
                }
                else
                {
                    line = _line.ToString();
                    _line.Clear();
                }
            }

            if (line is not null)
            {
                region.WriteAbove(line.TrimEnd('\r'));
            }
        }
    }
}

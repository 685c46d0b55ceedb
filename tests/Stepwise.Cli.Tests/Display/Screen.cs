using System.Globalization;
using System.Text;

namespace Stepwise.Cli.Tests.Display;

/// <summary>
/// What a terminal shows of what is written to it: wraps at the last column, scrolls, and obeys the escape sequences that the program uses; others
/// fail the test. A line that wrapped is laid out anew when the width changes, as most terminals do.
/// </summary>
internal sealed class Screen(int columns, int rows) : TextWriter
{
    private readonly List<Line> _lines = [new()];
    private readonly StringBuilder _sequence = new();
    private bool _escaped;
    private int _row;
    private int _column;

    public override Encoding Encoding => Encoding.UTF8;

    public int Columns { get; private set; } = columns;

    /// <summary>All lines from the first, those scrolled away included, without blanks at their ends.</summary>
    public string[] Lines => [.. _lines.Select(line => line.Text.ToString().TrimEnd())];

    /// <summary>The lines down to the cursor's.</summary>
    public string[] Written => [.. Lines.Take(_row + (_column > 0 ? 1 : 0))];

    public override void Write(char value)
    {
        if (_escaped)
        {
            _sequence.Append(value);
            if (char.IsLetter(value))
            {
                Obey(_sequence.ToString());
                _sequence.Clear();
                _escaped = false;
            }

            return;
        }

        switch (value)
        {
            case '\e':
                _escaped = true;
                break;
            case '\r':
                _column = 0;
                break;
            case '\n':
                Down(wrapped: false);
                break;
            default:
                Put(value);
                break;
        }
    }

    public void Resize(int columns)
    {
        List<string> whole = [];
        int cursor = 0;
        for (int i = 0; i < _lines.Count; i++)
        {
            if (i == 0 || !_lines[i - 1].Wraps)
            {
                whole.Add("");
            }

            whole[^1] += _lines[i].Text;
            cursor = i <= _row ? whole.Count - 1 : cursor;
        }

        Columns = columns;
        _lines.Clear();
        for (int i = 0; i < whole.Count; i++)
        {
            _row = i == cursor ? _lines.Count : _row;
            string[] parts = whole[i].Length == 0 ? [""] : [.. whole[i].Chunk(columns).Select(part => new string(part))];
            _lines.AddRange(parts.Select((part, p) => new Line { Text = new(part), Wraps = p < parts.Length - 1 }));
        }
    }

    private void Put(char value)
    {
        if (_column == Columns)
        {
            Down(wrapped: true);
        }

        StringBuilder line = _lines[_row].Text;
        line.Append(' ', Math.Max(0, _column + 1 - line.Length));
        line[_column++] = value;
    }

    /// <summary>A terminal's driver returns to the first column at a line feed.</summary>
    private void Down(bool wrapped)
    {
        _lines[_row].Wraps = wrapped;
        _row++;
        _column = 0;
        if (_row == _lines.Count)
        {
            _lines.Add(new());
        }
    }

    private void Obey(string sequence)
    {
        Line line = _lines[_row];
        switch (sequence[^1])
        {
            case 'm':
                break;
            case 'A':
                int top = Math.Max(0, _lines.Count - rows);
                _row = Math.Max(top, _row - int.Parse(sequence[1..^1], CultureInfo.InvariantCulture));
                break;
            case 'K':
                line.Text.Length = Math.Min(line.Text.Length, _column);
                line.Wraps = false;
                break;
            case 'J':
                line.Text.Length = Math.Min(line.Text.Length, _column);
                foreach (Line below in _lines.Skip(_row + 1))
                {
                    below.Text.Clear();
                }

                break;
            default:
                throw new InvalidOperationException($"The screen does not know ESC {sequence}.");
        }
    }

    private sealed class Line
    {
        public StringBuilder Text { get; init; } = new();

        public bool Wraps { get; set; }
    }
}

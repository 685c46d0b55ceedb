using System.Text;

namespace Stepwise.Cli.Display;

/// <summary>Tables of Markdown whose columns are aligned, so that they can be read as they are.</summary>
internal static class MarkdownTable
{
    /// <summary>Writes a table.</summary>
    /// <param name="text">Receives the table.</param>
    /// <param name="alignment">Per column l or r.</param>
    /// <param name="header">The columns' names.</param>
    /// <param name="rows">A cell per column.</param>
    public static void Write(StringBuilder text, string alignment, string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        // Two characters hold a column's rule with its alignment.
        int[] widths = [.. header.Select((_, c) => Math.Max(2, all.Max(row => row[c].Length)))];
        string Cell(string cell, int c) => alignment[c] == 'r' ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]);
        void Row(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

        Row(header.Select(Cell));
        Row(widths.Select((width, c) => alignment[c] == 'r' ? new string('-', width - 1) + ":" : new string('-', width)));
        foreach (string[] row in all.Skip(1))
        {
            Row(row.Select(Cell));
        }
    }
}

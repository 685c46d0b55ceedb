using Spectre.Console;

namespace Stepwise.Cli.Display;

/// <summary>A table of texts, wrapped where the output is a terminal.</summary>
internal static class TextTable
{
    /// <summary>Columns where the output is no terminal: enough for a line per row.</summary>
    private const int Wide = 1000;

    public static void Write(Terminal terminal, string[] header, IEnumerable<string[]> rows)
    {
        IAnsiConsole console = terminal.Draw();
        if (!terminal.Interactive)
        {
            console.Profile.Width = Wide;
        }

        Table table = new() { Border = TableBorder.None };
        foreach (string column in header)
        {
            table.AddColumn(new TableColumn(new Text(column)));
        }

        foreach (string[] row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }
}

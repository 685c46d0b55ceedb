using System.Text;
using Stepwise.Methods;
using Stepwise.Options;

namespace Stepwise.Cli.Commands;

/// <summary>The settings of methods beside each other: a row for every key that one of them has.</summary>
internal sealed class MethodTable
{
    private readonly HashSet<string> _choices;

    /// <summary>Reads the methods' declarations.</summary>
    /// <param name="names">The methods, at least one.</param>
    /// <exception cref="InputException">There is no method of a name.</exception>
    public MethodTable(IReadOnlyList<string> names)
    {
        OptionKey[][] methods = [.. names.Select(MethodCatalog.Find).Select(method => OptionTree.List(method, method).ToArray())];
        Header = ["key", .. names, "what it is", "allowed"];
        Rows =
        [
            .. methods.SelectMany(keys => keys).DistinctBy(key => (key.Name, key.Help)).Select(key => (string[])
            [
                "method." + key.Name,
                .. methods.Select(keys => Array.Find(keys, k => (k.Name, k.Help) == (key.Name, key.Help))?.Value ?? ""),
                key.Help,
                Allowed(key),
            ]),
        ];

        // A page does not list the parts: one more would change every page.
        _choices = [.. methods.SelectMany(keys => keys).Where(key => key.ChoosesPart || key.IsEmptyList).Select(key => "method." + key.Name)];
    }

    /// <summary>The columns' names.</summary>
    public string[] Header { get; }

    /// <summary>A cell per column; empty where a method has no such key.</summary>
    public IReadOnlyList<string[]> Rows { get; }

    /// <summary>The table as the pages have it.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        void Line(IEnumerable<string> cells) =>
            text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");

        Line(Header);
        Line(Header.Select(_ => "---"));
        foreach (string[] row in Rows)
        {
            Line([$"`{row[0]}`", .. row[1..^1], _choices.Contains(row[0]) ? "of the catalog" : row[^1]]);
        }

        return text.ToString();
    }

    private static string Allowed(OptionKey key) => key.Unit.Length > 0 ? $"{key.Allowed} ({key.Unit})" : key.Allowed;
}

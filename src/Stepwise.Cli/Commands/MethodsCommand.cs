using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Methods;
using Stepwise.Options;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise methods</c>: the methods there are, and the parts and settings of each.</summary>
internal static class MethodsCommand
{
    public static Command Create()
    {
        Option<bool> json = new("--json") { Description = "Print one JSON array, an object per method." };
        Option<bool> markdown = new("--markdown") { Description = "Print a page of all methods and parts in Markdown." };
        CliCommand command = new(
            "methods",
            "List the methods, or show the parts and settings of some.",
            """
            stepwise methods
            stepwise methods show dapo
            """)
        {
            markdown, json, Show(),
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = Terminal.Of(parsed);
            if (parsed.GetValue(markdown))
            {
                terminal.Output.Write(MethodsPage.ToMarkdown());
            }
            else if (parsed.GetValue(json))
            {
                JsonLine.Write(terminal.Output, MethodCatalog.Entries.Select(e => new { e.Name, e.Summary, e.Source, Needs = MethodNeeds.Of((Method)e.Part) }));
            }
            else
            {
                TextTable.Write(terminal, ["name", "what it is", "source", "needs"], MethodCatalog.Entries.Select(e => (string[])
                [
                    e.Name, e.Summary, e.Source, string.Join(", ", MethodNeeds.Of((Method)e.Part)),
                ]));
            }
        });
        return command;
    }

    private static CliCommand Show()
    {
        Argument<string[]> names = new("name")
        {
            Description = "The methods to show beside each other.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = CommonOptions.Json();
        Option<bool> markdown = new("--markdown") { Description = "Print a Markdown table, as the pages have it." };
        CliCommand command = new("show", "Show every setting of methods: what it is, what is allowed, its default.", "stepwise methods show grpo sgpo")
        {
            names, markdown, json,
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = Terminal.Of(parsed);
            string[] asked = [.. parsed.GetValue(names)!.Distinct(StringComparer.Ordinal)];
            MethodTable table = new(asked);
            if (parsed.GetValue(json))
            {
                foreach (string[] row in table.Rows)
                {
                    JsonLine.Write(terminal.Output, table.Header.Zip(row).ToDictionary(cell => cell.First, cell => cell.Second, StringComparer.Ordinal));
                }
            }
            else if (parsed.GetValue(markdown))
            {
                terminal.Output.Write(table.ToMarkdown());
            }
            else
            {
                Array.ForEach(asked, name => Describe(terminal, MethodCatalog.Entries.First(e => string.Equals(e.Name, name, StringComparison.Ordinal))));
                TextTable.Write(terminal, table.Header, table.Rows);
            }
        });
        return command;
    }

    private static void Describe(Terminal terminal, PartEntry entry)
    {
        Method method = (Method)entry.Part;
        terminal.Output.WriteLine($"{entry.Name}: {entry.Summary} Source: {entry.Source}.");
        string[] needs = [.. MethodNeeds.Of(method)];
        if (needs.Length > 0)
        {
            terminal.Output.WriteLine($"Needs: {string.Join(", ", needs)}.");
        }

        foreach ((string part, string formula) in method.Formulas)
        {
            terminal.Output.WriteLine($"  {part,-20} {formula}");
        }

        terminal.Output.WriteLine();
    }
}

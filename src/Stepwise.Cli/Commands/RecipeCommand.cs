using System.CommandLine;
using Spectre.Console;
using Stepwise.Cli.Display;
using Stepwise.Options;
using Stepwise.Recipes;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise recipe</c>: every key a recipe may have, with its value.</summary>
internal static class RecipeCommand
{
    /// <summary>Columns where the output is no terminal: enough for a key per line.</summary>
    private const int Wide = 1000;

    public static Command Create()
    {
        RecipeOptions options = new(shipped: null);
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "recipe",
            "List every key of a recipe: its value, its default, what is allowed and what it does.",
            """
            stepwise recipe
            stepwise recipe recipes/quickstart.yaml --set method.name=grpo
            """)
        {
            options.Path, options.Set, options.Seed, json,
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = Terminal.Of(parsed);
            Recipe recipe = options.LoadUnchecked(parsed);
            if (parsed.GetValue(json))
            {
                WriteJson(terminal.Output, recipe);
            }
            else
            {
                WriteTable(terminal, recipe);
            }
        });
        return command;
    }

    private static void WriteJson(TextWriter output, Recipe recipe)
    {
        foreach (OptionKey key in recipe.Keys)
        {
            JsonLine.Write(output, new
            {
                @event = "key",
                key.Name,
                key.Value,
                key.Default,
                key.Allowed,
                key.Unit,
                key.Help,
            });
        }
    }

    private static void WriteTable(Terminal terminal, Recipe recipe)
    {
        IAnsiConsole console = terminal.Draw();
        if (!terminal.Interactive)
        {
            console.Profile.Width = Wide;
        }

        Table table = new() { Border = TableBorder.None };
        foreach (string column in new[] { "key", "value", "default", "what it is", "allowed" })
        {
            table.AddColumn(new TableColumn(new Text(column)) { NoWrap = column is "key" });
        }

        foreach (OptionKey key in recipe.Keys)
        {
            string allowed = key.Unit.Length > 0 ? $"{key.Allowed} ({key.Unit})" : key.Allowed;
            table.AddRow(((string[])[key.Name, key.Value, key.Default, key.Help, allowed]).Select(cell => new Text(cell)));
        }

        console.Write(table);
    }
}

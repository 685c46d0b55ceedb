using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Options;
using Stepwise.Recipes;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise recipe</c>: every key a recipe may have, with its value.</summary>
internal static class RecipeCommand
{
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
        foreach (OptionKey key in OptionTree.List(recipe, new Recipe()))
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
        TextTable.Write(
            terminal, ["key", "value", "what it is [what is allowed]"],
            OptionTree.List(recipe, new Recipe()).Select(key => (string[])[key.Name, key.Value, About(key)]));
    }

    private static string About(OptionKey key)
    {
        string unit = key.Unit.Length > 0 ? $" ({key.Unit})" : "";
        string usual = string.Equals(key.Value, key.Default, StringComparison.Ordinal) || key.Default.Length == 0 ? "" : $"; default {key.Default}";
        return $"{key.Help} [{key.Allowed}{unit}{usual}]";
    }
}

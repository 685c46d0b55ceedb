using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Files;
using Stepwise.Problems;
using Stepwise.Recipes;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise init</c>: writes a recipe for a file of problems.</summary>
internal static class InitCommand
{
    private const string RecipeName = "recipe.yaml";
    private const int LongestNames = 1000;

    public static Command Create()
    {
        Argument<string> folder = new("folder") { Description = $"The folder that gets {RecipeName}; it may exist." };
        Option<string> data = new("--data")
        {
            Description = "Problems to train on: a .jsonl, .json, .csv or .parquet file.", HelpName = "file", Required = true,
        };
        Option<string?> test = new("--test") { Description = "Test problems, such a file too (default: some of --data are held out).", HelpName = "file" };
        Option<string?> model = ModelOptions.Option("left open in the recipe");
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "init",
            "Look at a file of problems of mathematics and write a recipe that trains on them.",
            """
            stepwise init my-run --data problems.jsonl
            stepwise init my-run --data train.parquet --test test.parquet --model models/SmolLM2-135M-Instruct
            """)
        {
            folder, data, test, model, json,
        };
        command.SetAction(parsed =>
        {
            string path = Path.GetFullPath(parsed.GetRequiredValue(folder));
            RequireNew(Path.Combine(path, RecipeName));
            string? policy = parsed.GetValue(model) is { } name ? ModelOptions.Resolve(parsed, name) : null;
            string? other = parsed.GetValue(test) is { } file ? Path.GetFullPath(file) : null;
            string train = Path.GetFullPath(parsed.GetRequiredValue(data));
            RecipeDraft draft = new(FoundFields.In(train), train, other, policy);
            if (other is not null)
            {
                // Only to see that it can be read.
                _ = FoundFields.In(other);
            }

            Tell(draft, Write(draft, path), parsed.GetValue(json), Terminal.Of(parsed).Output);
        });
        return command;
    }

    private static void RequireNew(string recipe)
    {
        if (Path.Exists(recipe))
        {
            throw new InputException($"{recipe}: exists already, and nothing is ever overwritten. Give another folder.");
        }
    }

    private static string Write(RecipeDraft draft, string folder)
    {
        string recipe = Path.Combine(folder, RecipeName);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the folder could not be made ({error.Message.TrimEnd('.')}). Give another.", error);
        }

        WholeFile.Write(recipe, draft.ToYaml(folder));
        return recipe;
    }

    private static void Tell(RecipeDraft draft, string recipe, bool json, TextWriter output)
    {
        FoundFields found = draft.Found;
        if (json)
        {
            JsonLine.Write(output, new { @event = "end", recipe, found.Problems, found.Names, found.Fields, found.Missing, draft.TestProblems });
            return;
        }

        void Line(string name, string text) => output.WriteLine($"{name,-9} {Escaped.Line(text, LongestNames)}");

        Line("problems", $"{found.Problems}{(draft.Test is null ? $", {draft.TestProblems} of them held out" : "")}");
        Line("fields", string.Join(", ", found.Names));
        Line("question", found.Missing.Contains("question", StringComparer.Ordinal) ? "none found" : string.Join(" and ", found.Fields.Question));
        Line("answer", found.Missing.Contains("answer", StringComparer.Ordinal) ? "none found" : found.Fields.Answer);
        Line("solution", found.Fields.Solution.Length > 0 ? found.Fields.Solution : "none");
        Line("id", found.Fields.Id.Length > 0 ? found.Fields.Id : "the number of the line");
        output.WriteLine($"Written: {recipe}");
        output.WriteLine(found.Missing.Count > 0 ? $"Name the {string.Join(" and the ", found.Missing)} in it, under task.fields."
            : draft.Model is null ? "Name the policy in it, under policy.model."
            : $"Start with: stepwise train {recipe}");
    }
}

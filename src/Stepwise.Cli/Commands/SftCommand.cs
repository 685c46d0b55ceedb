using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Engine;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise sft</c>: teaches a policy written solutions.</summary>
internal static class SftCommand
{
    public static Command Create()
    {
        RecipeOptions recipe = new("starter-sft.yaml");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Option<string> output = new("--out") { Description = "The new folder of the trained policy.", HelpName = "folder", Required = true };
        CliCommand command = new(
            "sft",
            "Fine-tune a policy on written solutions of a recipe's training problems.",
            "stepwise sft recipes/starter-sft.yaml --out runs/starter")
        {
            recipe.Path, output, recipe.Set, recipe.Seed, threads, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            recipe.Load(parsed), parsed.GetRequiredValue(output), parsed.GetValue(threads), parsed.GetValue(json),
            Terminal.Of(parsed).Output, cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        Recipe recipe, string folder, int threads, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        PolicyFolder.Prepare(folder);
        SupervisedExamples examples = new(recipe, ProblemSets.Load(recipe));
        using LocalPolicy policy = PolicyLoader.Load(recipe, threads);
        SupervisedDisplay display = new(output, json, completed: 0);
        await new SupervisedTrainer(policy, examples.At, recipe.Sft.BatchSize, recipe.Training).RunAsync(display.OnStep, cancellationToken)
            .ConfigureAwait(false);

        await PolicyFolder.WriteAsync(folder, policy).ConfigureAwait(false);
        display.End(recipe, Path.GetFullPath(folder));
    }
}

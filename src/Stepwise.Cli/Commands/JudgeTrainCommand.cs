using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise judge train</c>: trains a model to find the first wrong step.</summary>
internal static class JudgeTrainCommand
{
    public static Command Create()
    {
        RecipeOptions recipe = new("judge-chains");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Option<string> output = new("--out") { Description = "The new folder of the trained judge.", HelpName = "folder", Required = true };
        CliCommand command = new(
            "train",
            "Train a model with a small head to find the first wrong step of solutions.",
            "stepwise judge train recipes/judge-chains.yaml --out runs/judge")
        {
            recipe.Path, output, recipe.Set, recipe.Seed, threads, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            recipe.Load(parsed), parsed.GetRequiredValue(output), parsed.GetValue(threads), parsed.GetValue(json), Terminal.Of(parsed).AsLog(),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        Recipe recipe, string output, int threads, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        PolicyFolder.Prepare(output);
        using ProblemSets problems = ProblemSets.Load(recipe, cancellationToken);
        MemoryPlan memory = PolicyLoader.PlanJudge(recipe);
        using IPolicy policy = PolicyLoader.Load(recipe, threads);
        using JudgeTrainingDisplay display = new(terminal, json);
        display.Begin(memory);
        display.End(await new JudgeTrainingRun(recipe, problems, policy).ExecuteAsync(output, display, cancellationToken).ConfigureAwait(false));
    }
}

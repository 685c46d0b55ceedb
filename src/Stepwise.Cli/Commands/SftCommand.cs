using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise sft</c>: teaches a policy written solutions.</summary>
internal static class SftCommand
{
    /// <summary>What is added to the name of the trained policy's folder while it is in the making.</summary>
    private const string Partial = ".partial";

    public static Command Create()
    {
        RecipeOptions recipe = new("starter-sft");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Option<string?> output = new("--out") { Description = "The new folder of the trained policy.", HelpName = "folder" };
        Option<string?> resume = new("--resume") { Description = "Go on with the fine-tuning that was to write this folder.", HelpName = "folder" };
        CliCommand command = new(
            "sft",
            "Fine-tune a policy on written solutions of a recipe's training problems.",
            """
            stepwise sft recipes/starter-sft.yaml --out runs/starter
            stepwise sft --resume runs/starter
            """)
        {
            recipe.Path, output, resume, recipe.Set, recipe.Seed, threads, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Terminal terminal = Terminal.Of(parsed).AsLog();
            string? fresh = parsed.GetValue(output);
            if (parsed.GetValue(resume) is not { } earlier)
            {
                return RunAsync(
                    recipe.Load(parsed), fresh ?? throw new InputException("--out is missing: name the new folder of the trained policy."),
                    run: null, from: null, parsed.GetValue(threads), parsed.GetValue(json), terminal, cancellationToken);
            }

            if (recipe.IsGiven(parsed) || fresh is not null)
            {
                throw new InputException("--resume goes on with its own recipe to its own folder: leave out recipe, --set, --seed and --out.");
            }

            string folder = Path.TrimEndingDirectorySeparator(earlier);
            folder = folder.EndsWith(Partial, StringComparison.Ordinal) ? folder[..^Partial.Length] : folder;
            RunFolder run = RunFolder.Open(folder + Partial);
            if (File.Exists(run.StorePath))
            {
                throw new InputException($"{run.Path}: a run of stepwise train. Go on with: stepwise train --resume {run.Path}");
            }

            run.RequireFree();
            Recipe same = Recipe.Load(run.RecipePath) with { Name = Path.GetFileName(folder) };
            Checkpoint? from = Checkpoint.Latest(run.CheckpointsPath, broken => terminal.Error.WriteLine($"Warning: {broken}"));
            return RunAsync(same, folder, run, from, parsed.GetValue(threads), parsed.GetValue(json), terminal, cancellationToken);
        });
        return command;
    }

    private static async Task RunAsync(
        Recipe recipe, string output, RunFolder? run, Checkpoint? from, int threads, bool json, Terminal terminal,
        CancellationToken cancellationToken)
    {
        if (run is null)
        {
            PolicyFolder.Prepare(output);
        }

        // Whatever the user may have got wrong comes first, so that a mistake leaves no folder.
        using ProblemSets problems = PolicyLoader.LoadProblems(recipe, cancellationToken);
        MemoryPlan memory = PolicyLoader.PlanSupervised(recipe, problems, cancellationToken);
        using IPolicy policy = PolicyLoader.Load(recipe, threads);
        run ??= RunFolder.Create(Path.TrimEndingDirectorySeparator(output) + Partial, recipe, DateTimeOffset.Now);
        SupervisedDisplay display = new(terminal.Output, json, from?.State.Step ?? 0);
        display.Begin(memory);
        try
        {
            string written = await new SupervisedRun(recipe, problems, policy, run)
                .ExecuteAsync(output, display.OnStep, from, cancellationToken).ConfigureAwait(false);
            if (!string.Equals(written, Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)), StringComparison.Ordinal))
            {
                terminal.Error.WriteLine($"Warning: {output} was taken meanwhile; the policy is in {written}.");
            }

            display.End(recipe, written);
        }
        catch (Exception error)
        {
            if (error is not DivergenceException && run.HasCheckpoint)
            {
                terminal.Error.WriteLine($"A checkpoint is kept. Go on with: stepwise sft --resume {output}");
            }

            throw;
        }
    }
}

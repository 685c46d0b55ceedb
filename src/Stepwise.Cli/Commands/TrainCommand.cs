using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Runs.Checks;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise train</c>: carries out a recipe, or goes on with a run.</summary>
internal static class TrainCommand
{
    private const int LongestName = 200;

    public static Command Create()
    {
        RecipeOptions recipe = new("quickstart");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Option<string?> output = new("--out")
        {
            Description = "The run's folder, which must not exist yet (default: runs/<time>-<recipe>).", HelpName = "folder",
        };
        Option<string?> resume = new("--resume") { Description = "Go on with the run of this folder from its newest checkpoint.", HelpName = "folder" };
        CliCommand command = new(
            "train",
            "Train a policy as a recipe says, and measure it before and after on held-out problems.",
            """
            stepwise train
            stepwise train recipes/easier.yaml --set method.name=grpo --set training.steps=50 --seed 2 --out runs/grpo-2
            stepwise train --resume runs/grpo-2
            """)
        {
            recipe.Path, recipe.Set, recipe.Seed, threads, output, resume, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Terminal terminal = Terminal.Of(parsed).AsLog();
            if (parsed.GetValue(resume) is not { } folder)
            {
                return RunAsync(
                    recipe.Load(parsed), r => RunFolder.Create(parsed.GetValue(output), r, DateTimeOffset.Now), from: null,
                    parsed.GetValue(threads), parsed.GetValue(json), terminal, cancellationToken);
            }

            if (recipe.IsGiven(parsed) || parsed.GetValue(output) is not null)
            {
                throw new InputException("--resume goes on with the run's own recipe in its own folder: leave out recipe, --set, --seed and --out.");
            }

            RunFolder run = RunFolder.Open(folder);
            if (File.Exists(run.In(RunReport.Name)))
            {
                throw new InputException($"{run.Path}: this run is finished, {RunReport.Name} says how. To train its policy further, start a new run with "
                    + $"--set policy.model={folder}; its optimizer begins anew.");
            }

            Checkpoint from = run.Newest(note => terminal.Error.WriteLine($"Warning: {note}"));

            Recipe same = Recipe.Load(run.RecipePath);
            return RunAsync(same, _ => run, from, parsed.GetValue(threads), parsed.GetValue(json), terminal, cancellationToken);
        });
        return command;
    }

    private static async Task RunAsync(
        Recipe recipe, Func<Recipe, RunFolder> makeFolder, Checkpoint? from, int threads, bool json, Terminal terminal,
        CancellationToken cancellationToken)
    {
        // Whatever the user may have got wrong comes first, so that a mistake leaves no folder.
        recipe.Task.RequireHeldOut();
        using ProblemSets problems = PolicyLoader.LoadProblems(recipe, cancellationToken);
        problems.RequireReferences();
        await problems.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
        MemoryPlan memory = PolicyLoader.Plan(recipe, problems, cancellationToken: cancellationToken);
        using IPolicy policy = PolicyLoader.Load(recipe, threads);
        using IPolicy? reference = PolicyLoader.LoadReference(recipe, policy, threads);
        DataReport data = problems.Describe(policy.Tokenizer, policy.ContextLength, cancellationToken);
        foreach (CheckFinding finding in CheckFindings.OfPolicy(recipe, data, policy))
        {
            terminal.Error.WriteLine($"Warning: {finding}");
        }

        RunFolder folder = makeFolder(recipe);

        IRunDisplay display = json ? new JsonDisplay(recipe, folder, terminal.Output)
            : terminal.Interactive ? new TerminalDisplay(recipe, terminal)
            : new PlainDisplay(recipe, terminal, TimeProvider.System);
        if (!json)
        {
            string size = Parameters(policy.Require<IParameterCount>("stepwise train"));
            terminal.Output.WriteLine(
                $"{Escaped.Line(recipe.Name, LongestName)}: {recipe.Method.Name}, seed {recipe.Seed}, {size}, "
                + $"{Counted.Of(threads, "thread")}. Run: {folder.Path}");
            terminal.Output.WriteLine($"Memory: {memory}.");
        }

        if (problems.RepeatNote(recipe.Training.PromptsPerStep) is { } note)
        {
            (json ? terminal.Error : terminal.Output).WriteLine(note);
        }

        TrainingRun run = new(recipe, problems, policy, reference)
        {
            Folder = folder, Observer = display, OpenModel = PolicyLoader.Opening(threads),
        };
        try
        {
            RunResult result = await display.FollowAsync(() => run.ExecuteAsync(from, cancellationToken)).ConfigureAwait(false);
            display.End(result);
            if (!json)
            {
                terminal.Output.WriteLine($"Report: {folder.In(RunReport.Name)}");
            }
        }
        catch (Exception error)
        {
            if (error is not (InputException or DivergenceException) && folder.HasCheckpoint)
            {
                string stopped = error is OperationCanceledException ? "Stopped after a checkpoint." : "The run ends here; its checkpoints stay.";
                terminal.Error.WriteLine($"{stopped} Go on with: stepwise train --resume {folder.Path}");
            }

            throw;
        }
    }

    private static string Parameters(IParameterCount policy) => policy.TrainedParameters == policy.Parameters
        ? $"{policy.Parameters:N0} parameters"
        : $"{policy.TrainedParameters:N0} parameters of adapters beside {policy.Parameters:N0} frozen ones";
}

using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise rollouts</c>: writes what a run sampled, or samples groups as a recipe says, for other programs and for offline training.</summary>
internal static class RolloutsCommand
{
    private const int MostGroups = 10_000_000;

    public static Command Create()
    {
        RecipeOptions recipe = new("quickstart");
        Option<int?> groups = CommonOptions.WholeIfGiven("--groups", "Groups to sample, of the first training problems (default: of all).", 1, MostGroups);
        Option<string?> output = new("--out") { Description = "The new file (default: standard output).", HelpName = "file" };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = new("--json")
        {
            Description = "Print JSON objects only, one per line, as rollouts are in any case; with --out the event end in place of a sentence.",
        };
        CliCommand command = new(
            "rollouts",
            "Write what a run sampled in training, or sample groups of a recipe's problems, as JSON lines (docs/data.md).",
            """
            stepwise rollouts runs/grpo-2 --out rollouts.jsonl
            stepwise rollouts recipes/quickstart.yaml --groups 100 --out rollouts.jsonl
            """)
        {
            recipe.Path, recipe.Set, recipe.Seed, groups, output, threads, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Terminal terminal = Terminal.Of(parsed);
            using RolloutWriter? file = parsed.GetValue(output) is { } path ? new(path) : null;
            Action<StoredRollout> write = file is null ? rollout => JsonLine.Write(terminal.Output, rollout) : file.Write;
            if (parsed.GetValue(recipe.Path) is { } named && RunLayout.IsRun(named))
            {
                if (parsed.GetResult(recipe.Set) is not null || parsed.GetValue(recipe.Seed) is not null || parsed.GetValue(groups) is not null)
                {
                    throw new InputException("What a run sampled is written as it is: leave out --set, --seed and --groups, or name a recipe.");
                }

                WriteRun(RunFolder.Open(named), write, cancellationToken);
            }
            else
            {
                await SampleAsync(recipe.Load(parsed), parsed.GetValue(groups), parsed.GetValue(threads), write, terminal, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (file is not null)
            {
                file.Commit();
                if (parsed.GetValue(json))
                {
                    JsonLine.Write(terminal.Output, new { @event = "end", file.Path, rollouts = file.Written });
                }
                else
                {
                    terminal.Output.WriteLine($"Wrote {file.Path}: {Counted.Of(file.Written, "rollout")}.");
                }
            }
        });
        return command;
    }

    private static void WriteRun(RunFolder folder, Action<StoredRollout> write, CancellationToken cancellationToken)
    {
        foreach (StoredRollout rollout in RunRollouts.Read(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            write(rollout);
        }
    }

    private static async Task SampleAsync(
        Recipe recipe, int? count, int threads, Action<StoredRollout> write, Terminal terminal, CancellationToken cancellationToken)
    {
        recipe.Sampling.RequireUnfiltered();
        using ProblemSets problems = PolicyLoader.LoadProblems(recipe, cancellationToken);
        problems.RequireReferences();
        await problems.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Problem> chosen = [.. problems.Train.Take(count ?? int.MaxValue)];
        (int groupSize, int atOnce) = (recipe.Training.GroupSize, recipe.Training.PromptsPerStep);
        using IPolicy policy = PolicyLoader.LoadToSample(recipe, problems, groupSize * atOnce, threads);
        using WorkDisplay work = new(terminal, "Samples") { Total = (long)chosen.Count * groupSize };
        GroupSampler sampler = new(policy, problems.Task, recipe.Sampling, recipe.Seed);
        await foreach (Group group in sampler.SampleAsync(chosen, groupSize, atOnce, work, cancellationToken).ConfigureAwait(false))
        {
            foreach (Rollout rollout in group.Rollouts.Where(r => !r.Failed))
            {
                write(StoredRollout.Of(group.Problem, rollout) with { Reward = null });
            }
        }
    }
}

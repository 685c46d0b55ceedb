using System.CommandLine;
using Spectre.Console;
using Stepwise.Cli.Display;
using Stepwise.Files;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise show</c>: rollouts in the terminal, their steps coloured by what the judge said.</summary>
internal static class ShowCommand
{
    private const int MostGroups = 1_000_000, Groups = 1, LongestQuestion = 2000, LongestSolution = 4000;

    public static Command Create()
    {
        Argument<string> source = new("source") { Description = "A run's folder, or a file of stored rollouts (docs/data.md).", HelpName = "run or file" };
        Option<string?> problem = new("--problem") { Description = "Show this problem alone, in every training step that drew it.", HelpName = "id" };
        Option<int?> worst = CommonOptions.WholeIfGiven(
            "--worst", "Show the groups with the lowest mean reward, so many of them (default: the last group).", 1, MostGroups);
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "show",
            "Show rollouts: steps coloured up to the first error, milestones reached, the judge's reason, reward and advantage.",
            """
            stepwise show runs/sgpo-1 --worst 3
            stepwise show coloured.jsonl --problem train-17
            """)
        {
            source, problem, worst, json,
        };
        command.SetAction(parsed =>
        {
            string from = parsed.GetRequiredValue(source);
            if (Directory.Exists(from) && !RunLayout.IsRun(from))
            {
                throw new InputException(
                    $"{from}: a folder without {RunLayout.RecipeName}, so it is no run; give a run's folder, or a file of stored rollouts.");
            }

            string? id = parsed.GetValue(problem);
            IEnumerable<StoredRollout> rollouts = RunLayout.IsRun(from) ? RunRollouts.Read(RunFolder.Open(from)) : RolloutFile.Read(from);
            IReadOnlyList<IReadOnlyList<StoredRollout>> groups = RolloutFile.Groups(rollouts.Where(r =>
                id is null || string.Equals(r.Id, id, StringComparison.Ordinal) || string.Equals(r.Problem?.Id, id, StringComparison.Ordinal)));
            if (groups.Count == 0)
            {
                throw new InputException(
                    id is null ? $"{from}: holds no rollout." : $"{from}: holds no rollout of a problem {Quoted.Of(id)}; stepwise rollouts lists them.");
            }

            Write(Chosen(groups, id, parsed.GetValue(worst)), parsed.GetValue(json), Terminal.Of(parsed));
        });
        return command;
    }

    private static IEnumerable<IReadOnlyList<StoredRollout>> Chosen(IReadOnlyList<IReadOnlyList<StoredRollout>> groups, string? id, int? worst) =>
        worst is { } count ? groups.OrderBy(group => group.Average(r => r.Reward ?? (r.Verdict == Correctness.Correct ? 1 : 0))).Take(count)
        : id is not null ? groups
        : groups.TakeLast(Groups);

    private static void Write(IEnumerable<IReadOnlyList<StoredRollout>> groups, bool json, Terminal terminal)
    {
        IAnsiConsole console = terminal.Draw();
        if (!terminal.Interactive)
        {
            console.Profile.Width = int.MaxValue;
        }

        foreach (IReadOnlyList<StoredRollout> group in groups)
        {
            if (json)
            {
                foreach (StoredRollout rollout in group)
                {
                    JsonLine.Write(terminal.Output, rollout);
                }

                continue;
            }

            string id = group[0].Problem?.Id ?? group[0].Id;
            string step = group[0].Step is { } drawn ? $", training step {drawn}" : "";
            console.Write(new Text($"problem {Escaped.Line(id, 100)}{step}\n", new Style(decoration: Decoration.Bold)));
            if (group[0].Problem is { } problem)
            {
                console.Write(new Text($"{Escaped.Line(problem.Question, LongestQuestion)}\n"));
                console.Write(new Text($"answer: {Escaped.Line(problem.Answer, LongestQuestion)}\n"));
                foreach (string line in (problem.Solution ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    console.Write(new Text($"reference: {Escaped.Line(line, LongestSolution)}\n"));
                }
            }

            for (int sample = 0; sample < group.Count; sample++)
            {
                console.Write(new Text("\n"));
                foreach (Spectre.Console.Rendering.IRenderable row in RolloutView.Render(group[sample], $"sample {sample + 1} of {group.Count}"))
                {
                    console.Write(row);
                    console.Write(new Text("\n"));
                }
            }

            console.Write(new Text("\n"));
        }
    }
}

using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Rollouts;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise rollouts</c>: writes what a run sampled, for other programs.</summary>
internal static class RolloutsCommand
{
    public static Command Create()
    {
        Argument<string> run = new("run") { Description = "The run's folder." };
        Option<string?> output = new("--out") { Description = "The new file (default: standard output).", HelpName = "file" };
        CliCommand command = new(
            "rollouts",
            "Write what a run sampled in training, with verdicts and rewards, as JSON lines (docs/data.md).",
            """
            stepwise rollouts runs/grpo-2 --out rollouts.jsonl
            """)
        {
            run, output,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            Terminal terminal = Terminal.Of(parsed);
            RunFolder folder = RunFolder.Open(parsed.GetRequiredValue(run));
            if (parsed.GetValue(output) is { } path)
            {
                terminal.Output.WriteLine($"Wrote {path}: {Counted.Of(Write(folder, path, cancellationToken), "rollout")}.");
            }
            else
            {
                foreach (StoredRollout rollout in RunRollouts.Read(folder))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    JsonLine.Write(terminal.Output, rollout);
                }
            }

            return Task.CompletedTask;
        });
        return command;
    }

    private static long Write(RunFolder folder, string path, CancellationToken cancellationToken)
    {
        using RolloutWriter file = new(path);
        foreach (StoredRollout rollout in RunRollouts.Read(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            file.Write(rollout);
        }

        file.Commit();
        return file.Written;
    }
}

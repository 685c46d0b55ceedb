using System.CommandLine;
using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Engine;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise sft</c>: teaches a policy written solutions.</summary>
internal static class SftCommand
{
    private const int MostLines = 50;

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
        long started = Stopwatch.GetTimestamp(), tokens = 0;
        int every = Math.Max(1, recipe.Training.Steps / MostLines);
        double Seconds() => Stopwatch.GetElapsedTime(started).TotalSeconds;

        LineTable table = new(new("step", 12), new("loss", 9), new("grad", 9), new("rate", 11), new("tokens/s", 9), new("left", 7));
        await new SupervisedTrainer(policy, examples.At, recipe.Sft.BatchSize, recipe.Training).RunAsync(report =>
        {
            tokens += report.Tokens;
            double seconds = Seconds(), rate = tokens / seconds;
            if (json)
            {
                JsonLine.Write(output, new
                {
                    @event = "step",
                    report.Step,
                    report.Steps,
                    report.Loss,
                    report.GradientNorm,
                    report.LearningRate,
                    report.Tokens,
                    TokensPerSecond = rate,
                });
            }
            else if (report.Step == 1 || report.Step % every == 0 || report.Step == report.Steps)
            {
                string[] cells =
                [
                    $"{report.Step}/{report.Steps}", Figures.Fixed(report.Loss, 4), Figures.Fixed(report.GradientNorm, 3), $"{report.LearningRate:0.00e+0}",
                    Figures.Fixed(rate, 0), Figures.Time(seconds / report.Step * (report.Steps - report.Step)),
                ];
                foreach (string line in table.Lines(cells))
                {
                    output.WriteLine(line);
                }
            }
        }, cancellationToken).ConfigureAwait(false);

        await PolicyFolder.WriteAsync(folder, policy).ConfigureAwait(false);
        string path = Path.GetFullPath(folder);
        if (json)
        {
            JsonLine.Write(output, new { @event = "end", recipe.Training.Steps, Seconds = Seconds(), TokensPerSecond = tokens / Seconds(), Model = path });
        }
        else
        {
            output.WriteLine($"Wrote {path} after {Figures.Time(TimeSpan.FromSeconds(Seconds()))}.");
        }
    }
}

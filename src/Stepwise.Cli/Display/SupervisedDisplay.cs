using System.Diagnostics;
using Stepwise.Engine.Loading;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>Supervised fine-tuning as aligned lines, or as JSON lines.</summary>
/// <param name="output">Where it is shown.</param>
/// <param name="json">Whether as JSON: an object per step, and one at the end.</param>
/// <param name="completed">Steps done before.</param>
internal sealed class SupervisedDisplay(TextWriter output, bool json, int completed)
{
    private const int MostLines = 50;

    private readonly LineTable _table = new(
        new("step", 12), new("loss", 9), new("grad", 9), new("rate", 11), new("tokens/s", 9), new("left", 7));

    private readonly long _started = Stopwatch.GetTimestamp();
    private long _tokens;

    private double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    public void Begin(MemoryPlan memory)
    {
        if (!json)
        {
            output.WriteLine($"Memory: {memory}.");
        }
    }

    public void OnStep(SupervisedReport report)
    {
        _tokens += report.Tokens;
        double seconds = Seconds, rate = _tokens / seconds;
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
        else if (report.Step == completed + 1 || report.Step % Math.Max(1, report.Steps / MostLines) == 0 || report.Step == report.Steps)
        {
            string[] cells =
            [
                $"{report.Step}/{report.Steps}", Figures.Fixed(report.Loss, 4), Figures.Fixed(report.GradientNorm, 3), $"{report.LearningRate:0.00e+0}",
                Figures.Fixed(rate, 0), Figures.Time(seconds / (report.Step - completed) * (report.Steps - report.Step)),
            ];
            foreach (string line in _table.Lines(cells))
            {
                output.WriteLine(line);
            }

            output.Flush();
        }
    }

    public void End(Recipe recipe, string path)
    {
        if (json)
        {
            JsonLine.Write(
                output, new { @event = "end", recipe.Training.Steps, Seconds, TokensPerSecond = _tokens / Seconds, Model = path });
        }
        else
        {
            output.WriteLine($"Wrote {path} after {Figures.Time(Seconds)}.");
        }
    }
}

using System.Diagnostics;
using Stepwise.Engine.Loading;
using Stepwise.Evaluation.Judges;
using Stepwise.Judging.Trained;
using Stepwise.Runs;
using Stepwise.Training.Judges;

namespace Stepwise.Cli.Display;

/// <summary>The training of a judge as aligned lines, or as JSON lines.</summary>
/// <param name="terminal">Where it is shown.</param>
/// <param name="json">Whether as JSON: an object per step, and one at the end.</param>
internal sealed class JudgeTrainingDisplay(Terminal terminal, bool json) : IJudgeTrainingObserver, IDisposable
{
    private const int MostLines = 50;

    private readonly LineTable _table = new(
        new("step", 12), new("loss", 9), new("grad", 9), new("rate", 11), new("tokens/s", 9), new("left", 7));

    private WorkDisplay? _work;
    private string _working = "";
    private long _started;
    private long _tokens;

    private double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    public void Begin(MemoryPlan memory)
    {
        if (!json)
        {
            terminal.Output.WriteLine($"Memory: {memory}.");
        }
    }

    public void OnWork(string work, int done, int total)
    {
        if (json)
        {
            return;
        }

        if (!string.Equals(work, _working, StringComparison.Ordinal))
        {
            _work?.Dispose();
            (_working, _work) = (work, new WorkDisplay(terminal, work));
        }

        _work!.Report(done, total);
    }

    public void OnStep(JudgeTrainingReport report)
    {
        _work?.Dispose();
        (_working, _work) = ("", null);
        _started = _started == 0 ? Stopwatch.GetTimestamp() : _started;
        _tokens += report.Step > 1 ? report.Tokens : 0;
        double? rate = report.Step > 1 ? _tokens / Seconds : null, left = report.Step > 1 ? Seconds / (report.Step - 1) * (report.Steps - report.Step) : null;
        if (json)
        {
            JsonLine.Write(terminal.Output, new
            {
                @event = "step",
                report.Step,
                report.Steps,
                report.Loss,
                report.GradientNorm,
                report.LearningRate,
                report.Tokens,
                report.Traces,
                TokensPerSecond = rate,
                SecondsLeft = left,
            });
        }
        else if (report.Step <= 2 || report.Step % Math.Max(1, report.Steps / MostLines) == 0 || report.Step == report.Steps)
        {
            string[] cells =
            [
                $"{report.Step}/{report.Steps}", Figures.Fixed(report.Loss, 4), Figures.Fixed(report.GradientNorm, 3), $"{report.LearningRate:0.00e+0}",
                Figures.Fixed(rate, 0), Figures.Time(left),
            ];
            foreach (string line in _table.Lines(cells))
            {
                terminal.Output.WriteLine(line);
            }

            terminal.Output.Flush();
        }
    }

    public void End(JudgeTrainingResult result)
    {
        Dispose();
        HeldOutReport held = result.HeldOut;
        if (json)
        {
            JsonLine.Write(terminal.Output, new
            {
                @event = "end",
                Judge = result.Folder,
                result.Calibration,
                held.Erroneous,
                held.Placed,
                held.Correct,
                held.Passed,
                held.F1,
                CalibrationError = held.Steps.Error,
                held.Steps.Bands,
                result.Dropped,
                Seconds,
            });
            return;
        }

        void Line(string name, string figure) => terminal.Output.WriteLine($"{name,-28}{figure}");
        terminal.Output.WriteLine();
        terminal.Output.WriteLine("On solutions that were held out:");
        Line("  on erroneous traces", $"{held.Placed} of {held.Erroneous}, {Figures.Percent((double)held.Placed / held.Erroneous)} placed right");
        Line("  on correct traces", $"{held.Passed} of {held.Correct}, {Figures.Percent((double)held.Passed / held.Correct)} without error");
        Line("  F1", Figures.Percent(held.F1));
        Line("  calibration error", Figures.Percent(held.Steps.Error));
        foreach (CalibrationBand band in held.Steps.Bands.Where(band => band.Count > 0))
        {
            Line(
                $"    said {100 * band.Low,2:0} to {100 * band.High:0} %",
                $"{Counted.Of(band.Count, "step")}: said {Figures.Percent(band.Confidence)}, wrong {Figures.Percent(band.Right)}");
        }

        HeadCalibration calibration = result.Calibration;
        Line(
            "no error from",
            $"{Figures.Percent(calibration.Threshold)} (temperature {Figures.Fixed(calibration.Temperature, 3)}, bias {Figures.Fixed(calibration.Bias, 3)})");
        if (result.Dropped > 0)
        {
            Line("left out", $"{Counted.Of(result.Dropped, "problem")}: too long for the model, or without a reference solution to read");
        }

        terminal.Output.WriteLine($"Wrote {result.Folder} after {Figures.Time(Seconds)}.");
    }

    public void Dispose()
    {
        _work?.Dispose();
        (_working, _work) = ("", null);
    }
}

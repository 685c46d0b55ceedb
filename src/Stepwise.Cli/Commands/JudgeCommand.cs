using System.CommandLine;
using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Evaluation.Judges;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Statistics;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise judge</c>: measures the reference judge against people's labels.</summary>
internal static class JudgeCommand
{
    /// <summary>Which entries of the file: rules are chosen on one half and reported on the other.</summary>
    private enum Part
    {
        /// <summary>Every entry.</summary>
        All,

        /// <summary>Entries 0, 2, 4, …</summary>
        Development,

        /// <summary>Entries 1, 3, 5, …</summary>
        Report,
    }

    /// <param name="Matched">Traces with a reference solution.</param>
    /// <param name="FalseAlarms">Right beginnings in which the judge names an error.</param>
    /// <param name="Seconds">What judging the whole traces took.</param>
    private sealed record Extent(int Matched, int FalseAlarms, double Seconds);

    public static Command Create()
    {
        Argument<string> traces = new("traces") { Description = "Labelled solutions: a file in ProcessBench's format.", HelpName = "file" };
        Option<string> solutions = new("--solutions")
        {
            Description = "The problems with reference solutions: a file in GSM8K's format.",
            HelpName = "file",
            Required = true,
        };
        Option<Part?> part = CommonOptions.ChoiceIfGiven(
            "--half", "Entries with even (development) or odd (report) index; default all.",
            new Dictionary<string, Part>(StringComparer.Ordinal)
            {
                ["all"] = Part.All, ["development"] = Part.Development, ["report"] = Part.Report,
            });
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "judge",
            "Measure the reference judge on solutions of which people marked the first wrong step.",
            "stepwise judge processbench/gsm8k.json --solutions gsm8k/test.jsonl --half report")
        {
            traces, solutions, part, json, JudgeTrainCommand.Create(),
        };
        command.Subcommands.Add(ColourCommand.Create());
        command.SetAction((parsed, cancellationToken) => RunAsync(
            Read(parsed.GetRequiredValue(traces), parsed.GetRequiredValue(solutions), parsed.GetValue(part) ?? Part.All),
            parsed.GetValue(json), Terminal.Of(parsed), cancellationToken));
        return command;
    }

    private static LabelledTrace[] Read(string traces, string solutions, Part part)
    {
        LabelledTrace[] read =
        [
            .. LabelledTrace.Read(traces, Gsm8k.Read(solutions, Split.Test))
                .Where((_, i) => part == Part.All || (i % 2 == 0) == (part == Part.Development)),
        ];
        return read.Length > 0 ? read : throw new InputException($"{traces}: that half of the file has no entries.");
    }

    private static async Task RunAsync(LabelledTrace[] traces, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        Gsm8k task = new();
        int alarms = 0, done = 0;
        using WorkDisplay? work = json ? null : new(terminal, "Judgements") { Total = 2 * traces.Length };
        foreach (LabelledTrace trace in traces)
        {
            work?.Report(++done);
            StepJudgement judgement = await trace.JudgeAsync(task, trace.RightBeginning, cancellationToken).ConfigureAwait(false);
            alarms += judgement.Outcome == JudgementOutcome.ErrorFound ? 1 : 0;
        }

        List<(LabelledTrace Trace, StepJudgement Judgement)> judgements = [];
        long started = Stopwatch.GetTimestamp();
        foreach (LabelledTrace trace in traces)
        {
            work?.Report(++done);
            judgements.Add((trace, await trace.JudgeAsync(task, trace.Steps, cancellationToken).ConfigureAwait(false)));
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        JudgeScore score = JudgeScore.Of(judgements);
        Extent extent = new(traces.Count(trace => trace.Problem.Solution is not null), alarms, seconds);
        work?.Dispose();
        if (json)
        {
            WriteJson(terminal.Output, judgements, score, extent);
        }
        else
        {
            WriteText(terminal.Output, traces, score, extent);
        }
    }

    private static void WriteJson(
        TextWriter output, List<(LabelledTrace Trace, StepJudgement Judgement)> judgements, JudgeScore score, Extent extent)
    {
        foreach ((LabelledTrace trace, StepJudgement judgement) in judgements)
        {
            JsonLine.Write(output, new
            {
                @event = "judgement",
                trace.Id,
                Label = Index(trace.FirstError, trace.Steps.Count),
                Judged = judgement.Outcome == JudgementOutcome.NoJudgement ? null : Index(judgement.FirstError, judgement.Steps),
                judgement.Reason,
            });
        }

        JsonLine.Write(output, new
        {
            @event = "end",
            Traces = judgements.Count,
            extent.Matched,
            score.F1,
            AmongJudged = score.AmongJudged.Estimate,
            AmongJudgedInterval = EvaluationEvent.Ends(score.AmongJudged),
            Precision = score.Precision.Estimate,
            PrecisionInterval = EvaluationEvent.Ends(score.Precision),
            Erroneous = Json(score.Erroneous),
            Correct = Json(score.Correct),
            extent.FalseAlarms,
            extent.Seconds,
        });
    }

    private static object Json(JudgeTally tally) => new
    {
        tally.Traces,
        Accuracy = tally.Accuracy.Estimate,
        AccuracyInterval = EvaluationEvent.Ends(tally.Accuracy),
        Coverage = tally.Coverage.Estimate,
        CoverageInterval = EvaluationEvent.Ends(tally.Coverage),
        tally.Agreed,
        tally.TooEarly,
        tally.TooLate,
        tally.Missed,
        NoJudgement = tally.Traces - tally.Judged,
    };

    /// <summary>A step as the file counts them: from 0, −1 for none.</summary>
    private static int? Index(int firstError, int steps) => firstError > steps ? -1 : firstError - 1;

    private static void WriteText(TextWriter output, LabelledTrace[] traces, JudgeScore score, Extent extent)
    {
        void Line(string name, string figure) => output.WriteLine($"{name,-28}{figure}");
        string Of(Interval share, int part, int all) => all == 0 ? "none" : $"{part} of {all}, {Figures.Percent(share)}";
        (JudgeTally wrong, JudgeTally right) = (score.Erroneous, score.Correct);

        Line("traces", $"{traces.Length}, {extent.Matched} with a reference solution");
        Line("on erroneous traces", Of(wrong.Accuracy, wrong.Agreed, wrong.Traces));
        Line("  judged", Of(wrong.Coverage, wrong.Judged, wrong.Traces));
        Line("  placed wrongly", $"{wrong.TooEarly} too early, {wrong.TooLate} too late; {wrong.Missed} found without error");
        Line("  right where placed", Of(score.Precision, wrong.Agreed, wrong.Judged - wrong.Missed));
        Line("on correct traces", Of(right.Accuracy, right.Agreed, right.Traces));
        Line("  judged", Of(right.Coverage, right.Judged, right.Traces));
        Line("F1", double.IsNaN(score.F1) ? "none" : Figures.Percent(score.F1));
        Line("right where judged", Of(score.AmongJudged, wrong.Agreed + right.Agreed, wrong.Judged + right.Judged));
        Line("alarms, right beginnings", Of(JudgeScore.Share(extent.FalseAlarms, traces.Length), extent.FalseAlarms, traces.Length));
        output.WriteLine();
        output.WriteLine("For comparison, judges that read nothing:");
        Line("  never an error", Trivial(trace => StepJudgement.NoError(trace.Steps.Count, "")));
        Line("  always the first step", Trivial(trace => StepJudgement.Error(1, trace.Steps.Count, "")));
        Line("  last step if wrong answer", Trivial(trace => trace.AnswerCorrect
            ? StepJudgement.NoError(trace.Steps.Count, "")
            : StepJudgement.Error(trace.Steps.Count, trace.Steps.Count, "")));
        output.WriteLine();
        Line("time", FormattableString.Invariant($"{1e6 * extent.Seconds / traces.Length:0} µs a trace"));

        string Trivial(Func<LabelledTrace, StepJudgement> judge)
        {
            JudgeScore trivial = JudgeScore.Of([.. traces.Select(trace => (trace, judge(trace)))]);
            return $"F1 {Figures.Percent(trivial.F1)}: erroneous {Figures.Percent(trivial.Erroneous.Accuracy.Estimate)}, "
                + $"correct {Figures.Percent(trivial.Correct.Accuracy.Estimate)}";
        }
    }
}

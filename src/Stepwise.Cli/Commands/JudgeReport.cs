using Stepwise.Cli.Display;
using Stepwise.Evaluation.Judges;
using Stepwise.Reasoning;
using Stepwise.Statistics;

namespace Stepwise.Cli.Commands;

/// <summary>What was found of a judge.</summary>
/// <param name="judge">The judge's name.</param>
/// <param name="judgements">What it said of each trace.</param>
/// <param name="falseAlarms">Right beginnings in which it names an error.</param>
/// <param name="seconds">What judging the whole traces took.</param>
/// <param name="other">What another judge said of them by their ids, or <see langword="null"/>.</param>
internal sealed class JudgeReport(
    string judge, IReadOnlyList<(LabelledTrace Trace, StepJudgement Judgement)> judgements, int falseAlarms, double seconds,
    IReadOnlyDictionary<string, int?>? other)
{
    private const int MostReasons = 3;
    private const int LongestReason = 120;

    private readonly JudgeScore _score = JudgeScore.Of(judgements);

    /// <summary>Why there is no judgement, the most frequent reason first.</summary>
    private IEnumerable<IGrouping<string, string>> Unjudged => judgements.Where(j => j.Judgement.Outcome == JudgementOutcome.NoJudgement)
        .Select(j => j.Judgement.Reason).GroupBy(reason => reason, StringComparer.Ordinal).OrderByDescending(why => why.Count());

    private int Matched => judgements.Count(j => j.Trace.Problem.Solution is not null);

    private long Calls => judgements.Sum(j => (long)j.Judgement.Cost.Calls);

    private long Tokens => judgements.Sum(j => j.Judgement.Cost.Tokens);

    private Calibration Calibration => Calibration.Of(
        from j in judgements
        where j.Judgement is { Confidence: not null, Outcome: not JudgementOutcome.NoJudgement }
        select (j.Judgement.Confidence!.Value, j.Judgement.FirstError == j.Trace.FirstError));

    private Agreement? Agreement => other is null ? null : Agreement.Of(
        [.. judgements.Where(j => other.ContainsKey(j.Trace.Id)).Select(j => (Said(j.Judgement), other[j.Trace.Id]))]);

    public static void WriteJson(TextWriter output, LabelledTrace trace, StepJudgement judgement) => JsonLine.Write(output, new
    {
        @event = "judgement",
        trace.Id,
        Label = Index(trace.FirstError, trace.Steps.Count),
        Judged = Said(judgement),
        judgement.Confidence,
        judgement.Reason,
    });

    public void WriteEnd(TextWriter output)
    {
        Calibration calibration = Calibration;
        JsonLine.Write(output, new
        {
            @event = "end",
            Judge = judge,
            Traces = judgements.Count,
            Matched,
            _score.F1,
            AmongJudged = _score.AmongJudged.Estimate,
            AmongJudgedInterval = EvaluationEvent.Ends(_score.AmongJudged),
            Precision = _score.Precision.Estimate,
            PrecisionInterval = EvaluationEvent.Ends(_score.Precision),
            Erroneous = Json(_score.Erroneous),
            Correct = Json(_score.Correct),
            FalseAlarms = falseAlarms,
            CalibrationError = calibration.Error,
            Calibration = calibration.Judgements == 0 ? null : calibration.Bands,
            Agreement,
            Calls,
            Tokens,
            Seconds = seconds,
        });
    }

    public void WriteText(TextWriter output)
    {
        void Line(string name, string figure) => output.WriteLine($"{name,-28}{figure}");
        string Of(Interval share, int part, int all) => all == 0 ? "none" : $"{part} of {all}, {Figures.Percent(share)}";
        (JudgeTally wrong, JudgeTally right) = (_score.Erroneous, _score.Correct);

        Line("judge", judge);
        Line("traces", $"{judgements.Count}, {Matched} with a reference solution");
        Line("on erroneous traces", Of(wrong.Accuracy, wrong.Agreed, wrong.Traces));
        Line("  judged", Of(wrong.Coverage, wrong.Judged, wrong.Traces));
        Line("  placed wrongly", $"{wrong.TooEarly} too early, {wrong.TooLate} too late; {wrong.Missed} found without error");
        Line("  right where placed", Of(_score.Precision, wrong.Agreed, wrong.Judged - wrong.Missed));
        Line("on correct traces", Of(right.Accuracy, right.Agreed, right.Traces));
        Line("  judged", Of(right.Coverage, right.Judged, right.Traces));
        Line("F1", double.IsNaN(_score.F1) ? "none" : Figures.Percent(_score.F1));
        Line("right where judged", Of(_score.AmongJudged, wrong.Agreed + right.Agreed, wrong.Judged + right.Judged));
        Line("alarms, right beginnings", Of(JudgeScore.Share(falseAlarms, judgements.Count), falseAlarms, judgements.Count));
        if (Agreement is { } agreement)
        {
            Line("agrees with the other judge", FormattableString.Invariant(
                $"{agreement.Same} of {agreement.Traces}, Cohen's kappa {agreement.Kappa:0.00}"));
        }

        WriteCalibration(output, Line);
        foreach (IGrouping<string, string> why in Unjudged.Take(MostReasons))
        {
            Line("no judgement", $"{why.Count()}: {Escaped.Line(why.Key, LongestReason)}");
        }

        if (Unjudged.Skip(MostReasons).Sum(why => why.Count()) is > 0 and int others)
        {
            Line("no judgement", $"{others} for other reasons; --json says them");
        }

        output.WriteLine();
        output.WriteLine("For comparison, judges that read nothing:");
        Line("  never an error", Trivial(trace => StepJudgement.NoError(trace.Steps.Count, "")));
        Line("  always the first step", Trivial(trace => StepJudgement.Error(1, trace.Steps.Count, "")));
        Line("  last step if wrong answer", Trivial(trace => trace.AnswerCorrect
            ? StepJudgement.NoError(trace.Steps.Count, "")
            : StepJudgement.Error(trace.Steps.Count, trace.Steps.Count, "")));
        output.WriteLine();
        Line("time", $"{Figures.Each(seconds / judgements.Count)} a trace");
        if (Calls > 0)
        {
            double thousands = judgements.Count / 1000.0;
            Line("cost", FormattableString.Invariant($"{Calls / thousands:0} calls and {Tokens / thousands:0} tokens a thousand traces"));
        }
    }

    private void WriteCalibration(TextWriter output, Action<string, string> line)
    {
        Calibration calibration = Calibration;
        if (calibration.Judgements == 0)
        {
            return;
        }

        line("calibration error", Figures.Percent(calibration.Error));
        output.WriteLine("  sure to           judged  right");
        foreach (CalibrationBand band in calibration.Bands.Where(band => band.Count > 0))
        {
            string bar = new('#', (int)Math.Round(40 * band.Right));
            output.WriteLine(FormattableString.Invariant(
                $"  {100 * band.Low,3:0} to {100 * band.High,3:0} %     {band.Count,6}  {100 * band.Right,5:0.0} %  {bar}"));
        }
    }

    private string Trivial(Func<LabelledTrace, StepJudgement> judge)
    {
        JudgeScore trivial = JudgeScore.Of([.. judgements.Select(j => (j.Trace, judge(j.Trace)))]);
        return $"F1 {Figures.Percent(trivial.F1)}: erroneous {Figures.Percent(trivial.Erroneous.Accuracy.Estimate)}, "
            + $"correct {Figures.Percent(trivial.Correct.Accuracy.Estimate)}";
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

    private static int? Said(StepJudgement judgement) =>
        judgement.Outcome == JudgementOutcome.NoJudgement ? null : Index(judgement.FirstError, judgement.Steps);

    /// <summary>A step as the file counts them: from 0, −1 for none.</summary>
    private static int Index(int firstError, int steps) => firstError > steps ? -1 : firstError - 1;
}

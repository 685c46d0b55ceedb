using Stepwise.Reasoning;
using Stepwise.Statistics;

namespace Stepwise.Evaluation.Judges;

/// <summary>How a judge's words on some traces of one kind, erroneous or correct, agree with people's labels.</summary>
/// <param name="Traces">Traces of the kind.</param>
/// <param name="Agreed">Traces of which the judge names the very first wrong step, or of a correct one says that it has no error.</param>
/// <param name="TooEarly">Traces of which it names an earlier step, or any step of a correct one.</param>
/// <param name="TooLate">Traces of which it names a later step.</param>
/// <param name="Missed">Erroneous traces of which it says that they have no error.</param>
public sealed record JudgeTally(int Traces, int Agreed, int TooEarly, int TooLate, int Missed)
{
    /// <summary>Traces with a judgement.</summary>
    public int Judged => Agreed + TooEarly + TooLate + Missed;

    /// <summary>Share of the traces judged right, no judgement being wrong, with Wilson's 95 % interval.</summary>
    public Interval Accuracy => JudgeScore.Share(Agreed, Traces);

    /// <summary>Share of the traces with a judgement, with Wilson's 95 % interval.</summary>
    public Interval Coverage => JudgeScore.Share(Judged, Traces);

    /// <summary>Counts the judgements of the erroneous or of the correct traces.</summary>
    internal static JudgeTally Of(IEnumerable<(LabelledTrace Trace, StepJudgement Judgement)> judgements)
    {
        JudgeTally tally = new(0, 0, 0, 0, 0);
        foreach ((LabelledTrace trace, StepJudgement judgement) in judgements)
        {
            tally = tally with { Traces = tally.Traces + 1 };
            int distance = judgement.FirstError - trace.FirstError;
            tally = judgement.Outcome switch
            {
                JudgementOutcome.NoJudgement => tally,
                _ when distance == 0 => tally with { Agreed = tally.Agreed + 1 },
                JudgementOutcome.NoError => tally with { Missed = tally.Missed + 1 },
                _ => distance < 0 ? tally with { TooEarly = tally.TooEarly + 1 } : tally with { TooLate = tally.TooLate + 1 },
            };
        }

        return tally;
    }
}

/// <summary>How a judge's words agree with people's labels.</summary>
/// <param name="Erroneous">The traces with a wrong step.</param>
/// <param name="Correct">The traces without one.</param>
public sealed record JudgeScore(JudgeTally Erroneous, JudgeTally Correct)
{
    /// <summary>
    /// The harmonic mean of both kinds' accuracies, the benchmark's figure; 0 where both are 0, NaN without traces of either kind.
    /// Source: Zheng et al. 2024, arXiv 2412.06559.
    /// </summary>
    public double F1
    {
        get
        {
            double a = Erroneous.Accuracy.Estimate, b = Correct.Accuracy.Estimate;
            return a + b == 0 ? 0 : 2 * a * b / (a + b);
        }
    }

    /// <summary>Share of the judged traces that are judged right, with Wilson's 95 % interval.</summary>
    public Interval AmongJudged => Share(Erroneous.Agreed + Correct.Agreed, Erroneous.Judged + Correct.Judged);

    /// <summary>Of the erroneous traces in which the judge names a step, the share in which it is the first wrong one.</summary>
    public Interval Precision => Share(Erroneous.Agreed, Erroneous.Judged - Erroneous.Missed);

    /// <summary>Counts judgements.</summary>
    /// <param name="judgements">Traces with what the judge said of each.</param>
    public static JudgeScore Of(IReadOnlyList<(LabelledTrace Trace, StepJudgement Judgement)> judgements) =>
        new(JudgeTally.Of(judgements.Where(j => j.Trace.IsErroneous)), JudgeTally.Of(judgements.Where(j => !j.Trace.IsErroneous)));

    /// <summary>A share with Wilson's 95 % interval; NaN of nothing.</summary>
    /// <param name="part">In [0, <paramref name="all"/>].</param>
    /// <param name="all">How many there are.</param>
    public static Interval Share(int part, int all) =>
        all == 0 ? new(double.NaN, double.NaN, double.NaN) : SolveRate.Wilson((double)part / all, all);
}

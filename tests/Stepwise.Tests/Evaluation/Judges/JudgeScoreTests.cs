using Stepwise.Evaluation.Judges;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tests.Evaluation.Judges;

public sealed class JudgeScoreTests
{
    [Fact]
    public void Of_JudgementsOfEveryKind_CountsThem()
    {
        // First errors of four steps (5: none), and what was said of them.
        JudgeScore score = JudgeScore.Of(
        [
            (Trace(2), StepJudgement.Error(2, 4, "")),
            (Trace(2), StepJudgement.Error(1, 4, "")),
            (Trace(2), StepJudgement.Error(4, 4, "")),
            (Trace(2), StepJudgement.NoError(4, "")),
            (Trace(2), StepJudgement.None("")),
            (Trace(5), StepJudgement.NoError(4, "")),
            (Trace(5), StepJudgement.NoError(4, "")),
            (Trace(5), StepJudgement.Error(3, 4, "")),
            (Trace(5), StepJudgement.None("")),
        ]);

        score.Erroneous.ShouldBe(new JudgeTally(5, Agreed: 1, TooEarly: 1, TooLate: 1, Missed: 1));
        score.Correct.ShouldBe(new JudgeTally(4, Agreed: 2, TooEarly: 1, TooLate: 0, Missed: 0));
        score.F1.ShouldBe(2 * 0.2 * 0.5 / 0.7, 1e-15);
        score.Precision.Estimate.ShouldBe(1.0 / 3);
        score.AmongJudged.Estimate.ShouldBe(3.0 / 7);
        score.Erroneous.Coverage.Estimate.ShouldBe(4.0 / 5);

        // Wilson's interval of 2 of 4 by hand: (0.5 + z²/8 ± z √(1/16 + z²/64)) / (1 + z²/4) with z = 1.96.
        score.Correct.Accuracy.Low.ShouldBe(0.15004, 1e-5);
        score.Correct.Accuracy.High.ShouldBe(0.84996, 1e-5);
    }

    [Fact]
    public void F1_NothingRightOrNothingThere_IsZeroOrUnknown()
    {
        JudgeScore.Of([(Trace(1), StepJudgement.None("")), (Trace(5), StepJudgement.None(""))]).F1.ShouldBe(0);
        JudgeScore.Of([(Trace(1), StepJudgement.Error(1, 4, ""))]).F1.ShouldBe(double.NaN);
    }

    private static LabelledTrace Trace(int firstError) => new(
        "1", new Problem("1", "How much?", "2"), [.. Enumerable.Repeat(new ReasoningStep(0, 1, "a"), 4)], firstError, AnswerCorrect: false);
}

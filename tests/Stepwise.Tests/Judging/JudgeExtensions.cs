using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tests.Judging;

internal static class JudgeExtensions
{
    /// <summary>Judges one response alone; a judge that throws fails the test, though it would end no run.</summary>
    public static async Task<StepJudgement> JudgeOneAsync(this IStepJudge judge, Problem problem, JudgedResponse response)
    {
        StepJudgement judgement = (await judge.JudgeAsync(problem, [response], TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
        judgement.Reason.ShouldNotStartWith("the judge failed");
        return judgement;
    }
}

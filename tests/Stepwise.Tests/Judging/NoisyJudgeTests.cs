using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tests.Judging;

public sealed class NoisyJudgeTests
{
    private const int Steps = 8, FirstError = 4, Asked = 20_000;

    [Fact]
    public async Task JudgeAsync_NoRates_SaysWhatTheJudgeSays()
    {
        StepJudgement judgement = (await JudgeAsync(new(), 1))[0];
        (judgement.Outcome, judgement.FirstError, judgement.Reason, judgement.Confidence).ShouldBe((Truth.Outcome, FirstError, "exact", 1.0));
        judgement.Progress.ShouldNotBeNull().ReachedAt.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task JudgeAsync_Rates_ErrAsOften()
    {
        IReadOnlyList<StepJudgement> said = await JudgeAsync(new() { Miss = 0.1, FalseAlarm = 0.2, Shift = 0.3, Abstain = 0.15 }, Asked);

        double Share(Func<StepJudgement, bool> which) => said.Count(which) / (double)Asked;
        Share(j => j.Outcome == JudgementOutcome.NoError).ShouldBe(0.1, 0.01);
        Share(j => j.Outcome == JudgementOutcome.NoJudgement).ShouldBe(0.15, 0.01);
        Share(j => j.FirstError == FirstError).ShouldBe(0.25, 0.01);
        // Of 1, 2, 3 by a false alarm; of 2, 3, 5, 6 by a shift of at most 2.
        Share(j => j.FirstError == 1).ShouldBe(0.2 / 3, 0.01);
        Share(j => j.FirstError == 2).ShouldBe((0.2 / 3) + (0.3 / 4), 0.01);
        Share(j => j.FirstError == 6).ShouldBe(0.3 / 4, 0.01);
        said.ShouldAllBe(j => j.FirstError != 7 && j.FirstError != 8);
    }

    [Fact]
    public async Task JudgeAsync_FourVotes_ErrLessOften()
    {
        NoisyJudgeOptions options = new() { Shift = 0.5, ShiftSteps = 3 };
        double Right(IReadOnlyList<StepJudgement> said) => said.Count(j => j.FirstError == FirstError) / (double)said.Count;

        double one = Right(await JudgeAsync(options, Asked)), four = Right(await JudgeAsync(options with { Votes = 4 }, Asked));

        one.ShouldBe(0.5, 0.02);
        // Each of six others has 1/12. Three or four right votes: 5/16; two: 6/16, but where both others name one earlier place (1/12); one: 4/16, where the
        // others name three later places (1/36).
        four.ShouldBe((5 / 16.0) + (6 / 16.0 * 11 / 12) + (4 / 16.0 / 36), 0.01);
    }

    [Fact]
    public async Task JudgeAsync_ErrorMissed_BelievesInProgressShortOfTheAnswer()
    {
        StepJudgement judgement = (await JudgeAsync(new() { Miss = 1 }, 1))[0];

        judgement.Outcome.ShouldBe(JudgementOutcome.NoError);
        // K = 6: those of steps 1 to 3 are reached; steps 4 and 5 are believed to reach the next two, the last is the right answer.
        judgement.Progress.ShouldNotBeNull().ReachedAt.ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task JudgeAsync_BlamedTooEarly_ForgetsWhatCameAfter()
    {
        foreach (StepJudgement judgement in await JudgeAsync(new() { FalseAlarm = 1 }, 100))
        {
            judgement.Progress.ShouldNotBeNull().ReachedAt.ShouldBe(Enumerable.Range(1, judgement.FirstError - 1));
        }
    }

    /// <summary>Before an error in step 1 there is no right step to blame; the other errors befall it as any.</summary>
    [Fact]
    public async Task JudgeAsync_TheFirstErrorIsStepOne_AFalseAlarmLeavesTheJudgementAsItIs()
    {
        StepJudgement truth = StepJudgement.Error(1, Steps, "exact") with { Progress = new(6, [], 1, Steps) };
        async Task<int> Right(NoisyJudgeOptions options) => (await JudgeAsync(options, 100, truth)).Count(j => j.FirstError == 1);

        foreach (StepJudgement judgement in await JudgeAsync(new() { FalseAlarm = 1 }, 100, truth))
        {
            (judgement.Outcome, judgement.FirstError, judgement.Reason, judgement.Progress).ShouldBe((JudgementOutcome.ErrorFound, 1, "exact", truth.Progress));
        }

        (await Right(new() { Miss = 1 })).ShouldBe(0);
        (await Right(new() { Shift = 1 })).ShouldBe(0);
        (await Right(new() { Abstain = 1 })).ShouldBe(0);
        OptionTree.List(new NoisyJudgeOptions(), new NoisyJudgeOptions()).Single(key => string.Equals(key.Name, "falseAlarm", StringComparison.Ordinal)).Help
            .ShouldContain("an error in step 1 is named as it is");
    }

    [Fact]
    public void Check_RatesAboveOne_AreRefused() =>
        Should.Throw<OptionException>(() => new NoisyJudgeOptions { Miss = 0.6, Abstain = 0.5 }.Check()).Message.ShouldContain("more than 1");

    private static StepJudgement Truth => StepJudgement.Error(FirstError, Steps, "exact") with { Progress = new(6, [1, 2, 3], FirstError, Steps) };

    private static async Task<IReadOnlyList<StepJudgement>> JudgeAsync(NoisyJudgeOptions options, int count, StepJudgement? truth = null)
    {
        ReasoningStep[] steps = [.. Enumerable.Range(0, Steps).Select(i => new ReasoningStep(i, i + 1, "x"))];
        JudgedResponse[] responses = [.. Enumerable.Range(0, count).Select(i => new JudgedResponse("xxxxxxxx", false, steps, default, CounterRandom.Key(5, (ulong)i)))];
        return await options.Create(new JudgeSetting(new Exact(truth ?? Truth))).JudgeAsync(new Problem("p", "q", "a"), responses, TestContext.Current.CancellationToken);
    }

    private sealed class Exact(StepJudgement truth) : IStepJudge
    {
        public string Name => "exact";

        public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
            Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) => new([.. responses.Select(_ => truth)]);
    }
}

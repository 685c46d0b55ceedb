using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Tests.Judging;

public sealed class JudgementsTests
{
    private static readonly Problem Problem = new("p", "q", "1");
    private static readonly JudgedResponse[] Two = [Response("a"), Response("b\n")];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AskAsync_JudgeThrows_IsNoJudgementOfAll()
    {
        IReadOnlyList<StepJudgement> judgements = await Ask(_ => throw new TimeoutException("nobody answers"));

        judgements.Count.ShouldBe(2);
        judgements.ShouldAllBe(j => j.Outcome == JudgementOutcome.NoJudgement && j.Reason == "the judge failed: TimeoutException, nobody answers");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task AskAsync_AnswersForAnotherNumber_IsNoJudgementOfAll(int answers)
    {
        IReadOnlyList<StepJudgement> judgements = await Ask(_ => [.. Enumerable.Repeat(StepJudgement.NoError(1, ""), answers)]);

        judgements.Count.ShouldBe(2);
        judgements.ShouldAllBe(j => j.Outcome == JudgementOutcome.NoJudgement && j.Reason == $"the judge answered for {answers} of 2 responses");
        (await Ask(_ => null!)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task AskAsync_OneAnswerDoesNotFit_TheOtherStands()
    {
        StepJudgement right = StepJudgement.Error(1, 1, "wrong");
        (StepJudgement? Bad, string Reason)[] cases =
        [
            (null, "the judge said nothing of this response"),
            (StepJudgement.Error(2, 9, "", new JudgeCost(1, 20)), "the judge saw 9 steps, the response has 1"),
            (right with { Progress = new(2, [1], 2, 4) }, "the judge saw progress in 4 steps, the response has 1"),
            (StepJudgement.None("") with { Progress = new(2, [1], 2, 4) }, "the judge saw progress in 4 steps, the response has 1"),
        ];
        foreach ((StepJudgement? bad, string reason) in cases)
        {
            IReadOnlyList<StepJudgement> judgements = await Ask(_ => [right, bad!]);

            judgements[0].ShouldBeSameAs(right);
            (judgements[1].Outcome, judgements[1].Reason, judgements[1].Progress).ShouldBe((JudgementOutcome.NoJudgement, reason, null));
            judgements[1].Cost.ShouldBe(bad?.Cost ?? default);
        }
    }

    [Fact]
    public async Task Each_OneThrows_TheOtherStands()
    {
        IReadOnlyList<StepJudgement> judgements = await Judgements.Each(
            Two, r => r.Text is "a" ? throw new InvalidOperationException("odd") : StepJudgement.NoError(1, "fine"), Token);

        judgements.Select(j => j.Reason).ShouldBe(["the judge failed: InvalidOperationException, odd", "fine"]);
    }

    [Fact]
    public async Task AskAsync_Cancelled_StopsTheWork()
    {
        using CancellationTokenSource stop = new();
        IReadOnlyList<StepJudgement> OfStopped(IReadOnlyList<JudgedResponse> responses)
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        }

        await Should.ThrowAsync<OperationCanceledException>(async () => await Judgements.AskAsync(new Judge(OfStopped), Problem, Two, stop.Token));
        await Should.ThrowAsync<OperationCanceledException>(
            async () => await Judgements.Each(Two, _ => StepJudgement.NoError(1, ""), stop.Token));

        // Of a judge that stops for reasons of its own the run hears as of any failure.
        (await Ask(_ => throw new OperationCanceledException("timeout"))).ShouldAllBe(j => j.Outcome == JudgementOutcome.NoJudgement);
    }

    private static JudgedResponse Response(string text) => new(text, Truncated: false, ReasoningStep.Lines(text, truncated: false), default);

    private static async Task<IReadOnlyList<StepJudgement>> Ask(Func<IReadOnlyList<JudgedResponse>, IReadOnlyList<StepJudgement>> judge) =>
        await Judgements.AskAsync(new Judge(judge), Problem, Two, Token);

    private sealed class Judge(Func<IReadOnlyList<JudgedResponse>, IReadOnlyList<StepJudgement>> judge) : IStepJudge
    {
        public string Name => "test";

        public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
            Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) => new(judge(responses));
    }
}

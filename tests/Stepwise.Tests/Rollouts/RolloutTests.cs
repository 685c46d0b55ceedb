using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Rollouts;

public sealed class RolloutTests
{
    [Fact]
    public void TokensOf_TokenAcrossTwoSteps_BelongsToTheOneItStartsIn()
    {
        // "a1\nb2\n" in tokens "a", "1\nb", "2", "\n", stop.
        Rollout rollout = Make("a1\nb2\n", [1, 4, 5, 6, 6], FinishReason.Stop, (0, 3), (3, 6));

        rollout.TokensOf(1).ShouldBe((0, 2));
        rollout.TokensOf(2).ShouldBe((2, 5));
    }

    [Fact]
    public void TokensOf_CutOffStep_BelongsToNone()
    {
        Rollout rollout = Make("a1\nb", [1, 3, 4], FinishReason.Length, (0, 3));

        rollout.TokensOf(1).ShouldBe((0, 2));
    }

    [Fact]
    public void TokensOf_CharacterOfSeveralTokens_StaysTogether()
    {
        // The second and third token are the two halves of one character.
        Rollout rollout = Make("aé\nb\n", [1, 1, 2, 3, 4, 5], FinishReason.Length, (0, 3), (3, 5));

        rollout.TokensOf(1).ShouldBe((0, 4));
        rollout.TokensOf(2).ShouldBe((4, 6));
    }

    [Fact]
    public void TokensOf_EveryStep_CoversTheResponseWithoutOverlap()
    {
        Rollout rollout = Samples.Right(7);
        int next = 0;
        for (int step = 1; step <= 7; step++)
        {
            (int start, int end) = rollout.TokensOf(step);
            start.ShouldBe(next);
            next = end;
        }

        next.ShouldBe(rollout.Completion.Tokens.Length);
    }

    [Fact]
    public void ZeroValues_OfWhatIsSaidOfAnAnswer_ClaimNothing()
    {
        default(Verdict).Correctness.ShouldBe(Correctness.Undecided);
        default(JudgementOutcome).ShouldBe(JudgementOutcome.NoJudgement);
        default(FinishReason).ShouldBe(FinishReason.Failed);
        Rollout rollout = new(new Completion([1], [0], "5", [1], FinishReason.Stop));
        (rollout.Correct, rollout.Incorrect, rollout.Decided).ShouldBe((false, false, false));
    }

    [Theory]
    [InlineData(FinishReason.Cancelled)]
    [InlineData(FinishReason.Failed)]
    public void Correct_SampleThatIsNotWhole_IsNeitherRightNorWrongNorCounted(FinishReason finish)
    {
        Rollout rollout = Samples.Make(Correctness.Correct, 1, finish);

        (rollout.Failed, rollout.Counted).ShouldBe((true, false));
        (rollout.Correct, rollout.Incorrect, rollout.Decided).ShouldBe((false, false, false));
    }

    private static Rollout Make(string text, int[] ends, FinishReason finish, params (int Start, int End)[] steps) =>
        new(new Completion(new int[ends.Length], new float[ends.Length], text, ends, finish))
        {
            Steps = [.. steps.Select(s => new ReasoningStep(s.Start, s.End, text[s.Start..s.End].Trim()))],
        };
}

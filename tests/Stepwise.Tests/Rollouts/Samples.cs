using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Rollouts;

/// <summary>Rollouts and groups for tests: a step is three characters ("a1\n"), a token one character.</summary>
internal static class Samples
{
    public const int TokensPerStep = 3;

    public static Rollout Right(int steps = 3) => Make(Correctness.Correct, steps, FinishReason.Stop);

    public static Rollout Undecided(int steps = 3) => Make(Correctness.Undecided, steps, FinishReason.Stop);

    /// <summary>A wrong answer the judge was not asked about.</summary>
    public static Rollout Wrong(int steps = 3) => Make(Correctness.Incorrect, steps, FinishReason.Stop);

    /// <summary>A wrong answer whose first error is at a step; steps + 1 for "no error found".</summary>
    public static Rollout Wrong(int firstError, int steps, FinishReason finish = FinishReason.Stop)
    {
        Rollout rollout = Make(Correctness.Incorrect, steps, finish);
        rollout.Judgement = firstError > steps ? StepJudgement.NoError(steps, "") : StepJudgement.Error(firstError, steps, "");
        return rollout;
    }

    /// <summary>A wrong answer that reached milestones at some steps and errs at another; steps + 1 for "no error found".</summary>
    public static Rollout Wrong(int milestones, int[] reachedAt, int firstError, int steps, FinishReason finish = FinishReason.Stop)
    {
        Rollout rollout = Wrong(firstError, steps, finish);
        rollout.Judgement = rollout.Judgement! with { Progress = new(milestones, reachedAt, firstError, steps) };
        return rollout;
    }

    /// <summary>A wrong answer the judge could not place.</summary>
    public static Rollout Unplaced(int steps = 3)
    {
        Rollout rollout = Make(Correctness.Incorrect, steps, FinishReason.Stop);
        rollout.Judgement = StepJudgement.None("");
        return rollout;
    }

    /// <summary>The rollout, had it been given its first steps and a piece of the next.</summary>
    public static Rollout Given(int steps, Rollout rollout) => new(rollout.Completion with { PrefixTokens = (TokensPerStep * steps) + 1 })
    {
        Verdict = rollout.Verdict,
        Steps = rollout.Steps,
        GivenSteps = steps,
        Judgement = rollout.Judgement,
        Guided = true,
    };

    public static Rollout Make(Correctness correctness, int steps, FinishReason finish)
    {
        string text = string.Concat(Enumerable.Range(1, steps).Select(s => $"a{s % 10}\n"));
        if (finish == FinishReason.Length)
        {
            text += "cut";
        }

        Completion completion = new(
            new int[text.Length], new float[text.Length], text, [.. Enumerable.Range(1, text.Length)], finish);
        return new Rollout(completion)
        {
            Verdict = new Verdict(correctness, null, ""),
            Steps =
            [
                .. Enumerable.Range(0, steps).Select(s =>
                    new ReasoningStep(TokensPerStep * s, TokensPerStep * (s + 1), text.Substring(TokensPerStep * s, 2))),
            ],
        };
    }

    public static Group Group(params Rollout[] rollouts) => Group(referenceSteps: 0, rollouts);

    public static Group Group(int referenceSteps, params Rollout[] rollouts) =>
        new(new Problem("p", "q", "a"), [1], rollouts) { ReferenceSteps = referenceSteps };

    /// <summary>A counted group with given rewards, all steps trained.</summary>
    public static Group Rewarded(params double[] rewards) => Group([.. rewards.Select(r =>
    {
        Rollout rollout = Wrong();
        rollout.Reward = r;
        return rollout;
    })]);

    /// <summary>The ledger of groups that have their advantages.</summary>
    public static Ledger Settle(IReadOnlyList<Group> groups, bool keepSilent = false)
    {
        foreach (Group group in groups)
        {
            group.Settle(keepSilent);
        }

        return Ledger.Of(groups, []);
    }
}

using Stepwise.Evaluation;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tasks.Chains;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Display;

/// <summary>Training steps and evaluations made by hand.</summary>
internal static class Steps
{
    private static readonly ChainedArithmetic Task = new();

    /// <summary>A step in which two samples were trained.</summary>
    public static StepReport Report(int step, int steps = 10) => new()
    {
        Step = step,
        Steps = steps,
        Ledger = Settled(Group()),
        MeanReward = 0.25,
        LearningRate = 1e-3,
        Updates = [new UpdateReport(0.1, 0.5, 0.01, 1.5, 16)],
        Times = new(TimeSpan.FromSeconds(2), TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.Zero),
    };

    /// <summary>A step in which nothing was trained, as its two samples are equally wrong.</summary>
    public static StepReport Silent(int step, int steps = 10) => Report(step, steps) with
    {
        Updates = [],
        Ledger = Settled(Group(advantage: 0)),
    };

    /// <summary>Half of the samples solved.</summary>
    public static EvaluationResult Evaluation() => new(4, 2, new(0.5, 0.4, 0.6), new(0.25, 0.1, 0.4), null, 8, 0, 0);

    /// <summary>Two wrong answers, the first error of each in step 2.</summary>
    public static Group Group(string text = "1+2=3\n3+4=8\n#8", double advantage = 1, string question = "1+2+4")
    {
        Rollout[] rollouts = [.. new[] { advantage, -advantage }.Select(a => Rollout(text, a))];
        return new Group(new Problem("p", question, "7"), [1], rollouts) { Coloured = true };
    }

    private static Ledger Settled(Group group)
    {
        group.Settle(keepSilent: false);
        return Ledger.Of([group], []);
    }

    private static Rollout Rollout(string text, double advantage)
    {
        Rollout rollout = new(new Completion(new int[8], new float[8], text, [.. Enumerable.Range(1, 8)], FinishReason.Stop))
        {
            Verdict = new Verdict(Correctness.Incorrect, "8", "the answer is 7"),
            Steps = Task.Steps(text, truncated: false),
            Rts = 1 / 3.0,
            Reward = 0.25,
        };
        rollout.Judgement = StepJudgement.Error(2, rollout.Steps.Count, "wrong");
        Array.Fill(rollout.Advantages, advantage);
        return rollout;
    }
}

using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Tasks;

namespace Stepwise.Tests.Judging;

/// <summary>What makes P / K hard to game, over every judge that knows milestones.</summary>
public sealed class ProgressPropertyTests
{
    private const int Cases = 3000;

    [Theory]
    [InlineData("chain")]
    [InlineData("reference")]
    public async Task Progress_IdleOrRepeatedLineInserted_NeverRises(string judge)
    {
        GeneratedResponses responses = GeneratedResponses.Of(judge);
        int same = 0;
        for (ulong run = 0; run < Cases; run++)
        {
            ulong key = CounterRandom.Key(101, run);
            (Problem problem, string[] lines) = responses.Draw(key);
            int place = CounterRandom.Integer(key, 100, lines.Length + 1);
            string idle = place > 0 && CounterRandom.Integer(key, 101, 3) == 0
                ? lines[CounterRandom.Integer(key, 102, place)]
                : responses.Idle(problem, lines, place, CounterRandom.Key(key, 103));
            bool truncated = CounterRandom.Integer(key, 104, 3) == 0;

            Judged before = await Judge(responses, problem, lines, truncated);
            Judged after = await Judge(responses, problem, [.. lines[..place], idle, .. lines[place..]], truncated);

            if (!after.Right)
            {
                after.Share.ShouldBeLessThanOrEqualTo(before.Share, $"{before.Text}\n--- with \"{idle}\" before line {place + 1}");
                same += after.Share > 0 && after.Share == before.Share ? 1 : 0;
            }
        }

        same.ShouldBeGreaterThan(Cases / 10);
    }

    [Theory]
    [InlineData("chain")]
    [InlineData("reference")]
    public async Task Progress_CutShort_NeverRises(string judge)
    {
        GeneratedResponses responses = GeneratedResponses.Of(judge);
        int fell = 0;
        for (ulong run = 0; run < Cases; run++)
        {
            ulong key = CounterRandom.Key(102, run);
            (Problem problem, string[] lines) = responses.Draw(key);
            Judged whole = await Judge(responses, problem, lines, truncated: false);
            string text = string.Join('\n', lines);

            // Cut anywhere by the length limit, or stopped after a line.
            Judged cut = await Judge(responses, problem, text[..CounterRandom.Integer(key, 100, text.Length + 1)], truncated: true);
            Judged stopped = await Judge(responses, problem, lines[..CounterRandom.Integer(key, 101, lines.Length + 1)], truncated: false);

            foreach (Judged part in new[] { cut, stopped }.Where(part => !part.Right))
            {
                part.Share.ShouldBeLessThanOrEqualTo(whole.Share, $"{whole.Text}\n--- cut to\n{part.Text}");
                fell += part.Share < whole.Share ? 1 : 0;
            }
        }

        fell.ShouldBeGreaterThan(Cases / 3);
    }

    [Theory]
    [InlineData("chain")]
    [InlineData("reference")]
    public async Task Progress_LineAppended_RisesOnlyByAMilestoneOfThatLine(string judge)
    {
        GeneratedResponses responses = GeneratedResponses.Of(judge);
        int rose = 0;
        for (ulong run = 0; run < Cases; run++)
        {
            ulong key = CounterRandom.Key(103, run);
            (Problem problem, string[] lines) = responses.Draw(key);
            string[] beginning = lines[..CounterRandom.Integer(key, 100, lines.Length + 1)];
            string appended = CounterRandom.Integer(key, 101, 2) == 0 && beginning.Length < lines.Length
                ? lines[beginning.Length]
                : responses.Draw(CounterRandom.Key(key, 102)).Lines.FirstOrDefault("");
            Judged before = await Judge(responses, problem, beginning, truncated: false);
            Judged after = await Judge(responses, problem, [.. beginning, appended], truncated: false);

            if (after.Share > before.Share)
            {
                // Its step or steps, one line feed before them at most.
                int first = after.Steps.Count(step => step.End <= string.Join('\n', beginning).Length + 1) + 1;
                after.Progress!.ReachedAt[^1].ShouldBeGreaterThanOrEqualTo(first, $"{before.Text}\n--- and \"{appended}\"");
                rose++;
            }
        }

        rose.ShouldBeGreaterThan(Cases / 10);
    }

    [Theory]
    [InlineData("chain")]
    [InlineData("reference")]
    public async Task Reward_WrongAnswer_IsBelowThatOfARightOne(string judge)
    {
        GeneratedResponses responses = GeneratedResponses.Of(judge);
        SpectralReward[] rewards =
        [
            new() { Measure = new MilestoneShare(), Scope = JudgeScope.EveryIncorrect },
            new() { Measure = new MilestoneShare(), Scope = JudgeScope.EveryIncorrect, Shaping = new RawRts() },
            new() { Measure = new MilestoneShare(), Scope = JudgeScope.EveryIncorrect, Shaping = new SigmoidOfRts { Beta = 1e6, Gamma = 0.1 } },
        ];
        int graded = 0;
        for (ulong run = 0; run < Cases; run++)
        {
            ulong key = CounterRandom.Key(104, run);
            (Problem problem, string[] lines) = responses.Draw(key);
            Judged wrong = await Judge(responses, problem, lines, truncated: false);
            if (wrong.Right || wrong.Progress is null)
            {
                continue;
            }

            wrong.Share.ShouldBeLessThan(1, wrong.Text);

            // A judge may err, and say of a wrong answer that it reached everything.
            StepJudgement everything = StepJudgement.None("") with { Progress = new(2, [1, 1], 2, 1) };
            Rollout right = Rollout(new Judged("", Right: true, [], null)), mistaken = Rollout(wrong);
            mistaken.Judgement = everything;
            Group group = new(problem, [1], [right, Rollout(wrong), mistaken]);
            foreach (SpectralReward reward in rewards)
            {
                reward.Shape(group, 1);

                group.ByProgress.ShouldBeTrue();
                group.Rollouts.Skip(1).ShouldAllBe(r => r.Reward < right.Reward);
                graded += group.Rollouts[1].Reward > 0 ? 1 : 0;
            }
        }

        graded.ShouldBeGreaterThan(Cases / 2);
    }

    [Theory]
    [InlineData("chain")]
    [InlineData("reference")]
    public async Task Progress_SameDerivationInTwoWritings_IsTheSame(string judge)
    {
        GeneratedResponses responses = GeneratedResponses.Of(judge);
        int different = 0;
        for (ulong run = 0; run < Cases; run++)
        {
            (Problem problem, string[] one, string[] other) = responses.DrawTwoWritings(CounterRandom.Key(105, run));
            Judged first = await Judge(responses, problem, one, truncated: true), second = await Judge(responses, problem, other, truncated: true);

            first.Share.ShouldBe(second.Share, $"{problem.Solution}\n--- one\n{first.Text}\n--- other\n{second.Text}");
            different += one.Length == other.Length ? 0 : 1;
        }

        different.ShouldBeGreaterThan(Cases / 4);
    }

    private static Task<Judged> Judge(GeneratedResponses responses, Problem problem, string[] lines, bool truncated) =>
        Judge(responses, problem, string.Join('\n', lines) + (truncated ? "\n" : ""), truncated);

    private static async Task<Judged> Judge(GeneratedResponses responses, Problem problem, string text, bool truncated)
    {
        Verdict verdict = responses.Task.Verify(problem, truncated ? Complete.Truncated(text) : Complete.Text(text));
        IReadOnlyList<ReasoningStep> steps = responses.Task.Steps(text, truncated);
        StepJudgement judgement = await responses.Task.Judge.JudgeOneAsync(problem, new(text, truncated, steps, verdict));
        return new(text, verdict.Correctness == Correctness.Correct, steps, judgement);
    }

    private static Rollout Rollout(Judged judged) => new(new Completion([1], [0f], judged.Text, [1], FinishReason.Stop))
    {
        Verdict = new(judged.Right ? Correctness.Correct : Correctness.Incorrect, null, ""),
        Judgement = judged.Judgement,
    };

    private sealed record Judged(string Text, bool Right, IReadOnlyList<ReasoningStep> Steps, StepJudgement? Judgement)
    {
        public Progress? Progress => Judgement?.Progress;

        public double Share => Progress?.Share ?? 0;
    }
}

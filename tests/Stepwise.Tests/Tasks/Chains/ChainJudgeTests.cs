using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks.Chains;
using Stepwise.Tests.Judging;

namespace Stepwise.Tests.Tasks.Chains;

public sealed class ChainJudgeTests
{
    private static readonly ChainedArithmetic Chained = new();
    private static readonly Problem Problem = new("1", "37+8+61+5", "11");

    // Right: 37+8=45, 45+61=6, 6+5=11, #11.
    [Theory]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n#11", 5, 4)]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n#11\n", 5, 4)]
    [InlineData("37+8=35\n35+61=96\n96+5=1\n#1", 1, 4)]
    [InlineData("37+8=45\n45+61=106\n6+5=11\n#11", 2, 4)]
    [InlineData("37+8=45\n6+5=11\n#11", 2, 3)]
    [InlineData("37+8=45\n37+8=45\n45+61=6\n6+5=11\n#11", 2, 5)]
    [InlineData("37+8=45\n61+45=6\n6+5=11\n#11", 2, 4)]
    [InlineData("37+8=45\n#11", 2, 2)]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n#12", 4, 4)]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n11+0=11\n#11", 4, 5)]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n#11\n#11", 5, 5)]
    [InlineData("37+8=45\n45+61=6\n6+5=11", 4, 4)]
    [InlineData("", 1, 1)]
    public async Task Judge_Response_FindsTheFirstErrorOf(string response, int firstError, int steps)
    {
        StepJudgement judgement = await Judge(Chained, Problem, response, truncated: false);
        (judgement.FirstError, judgement.Steps).ShouldBe((firstError, steps));
        judgement.Outcome.ShouldBe(firstError > steps ? JudgementOutcome.NoError : JudgementOutcome.ErrorFound);
    }

    [Theory]
    [InlineData("37+8=45\n45+61=6\n6+5=1", 3, 2)]
    [InlineData("37+8=45\n", 2, 1)]
    [InlineData("37", 1, 0)]
    [InlineData("37+8=44\n45", 1, 1)]
    public async Task Judge_Truncated_CountsCompleteStepsOnly(string response, int firstError, int steps)
    {
        StepJudgement judgement = await Judge(Chained, Problem, response, truncated: true);
        (judgement.FirstError, judgement.Steps).ShouldBe((firstError, steps));
    }

    [Theory]
    [InlineData("+", 100)]
    [InlineData("+-*", 100)]
    [InlineData("+-*", 0)]
    public async Task Judge_SlippedSolution_FindsTheFirstLineThatDiffers(string operators, int modulus)
    {
        ChainedArithmetic task = new(new() { Operators = operators, Modulus = modulus, Operations = 8 });
        int slipped = 0;
        foreach ((int index, Problem problem) in task.Generate(21, 300, Split.Train).Index())
        {
            string response = task.WriteSolution(problem, 0.3, CounterRandom.Key(4, (ulong)index));
            string[] right = problem.Solution!.Split('\n'), written = response.Split('\n');
            int first = Enumerable.Range(0, 9).FirstOrDefault(i => !string.Equals(right[i], written[i], StringComparison.Ordinal), 9) + 1;
            slipped += first <= 9 ? 1 : 0;

            StepJudgement judgement = await Judge(task, problem, response, truncated: false);
            (judgement.FirstError, judgement.Steps).ShouldBe((first, 9));
            (await Judge(task, problem, problem.Solution, truncated: false)).Outcome.ShouldBe(JudgementOutcome.NoError);
        }

        slipped.ShouldBeInRange(30, 299);
    }

    [Theory]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n#11", "1 2 3 4", 5)]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n#12", "1 2 3", 4)]
    [InlineData("37+8=45\n#11", "1", 2)]
    [InlineData("37+8=35", "", 1)]
    [InlineData("", "", 1)]
    public async Task Judge_Response_ReachesAMilestoneByEachRightLine(string response, string reachedAt, int firstError)
    {
        Progress progress = (await Judge(Chained, Problem, response, truncated: false)).Progress.ShouldNotBeNull();
        (string.Join(' ', progress.ReachedAt), progress.FirstError, progress.Milestones).ShouldBe((reachedAt, firstError, 4));
    }

    // Idle lines restate the value reached, at the start the start value; elsewhere, and where they are not allowed, they are wrong.
    [Theory]
    [InlineData("37=37\n37+8=45\n45=45\n45=45\n45+61=6\n6+5=11\n11=11\n#11", 9, "2 5 6 8", 1)]
    [InlineData("37+8=45\n45=45\n37+8=45", 3, "1", 2)]
    [InlineData("37+8=45\n37=37", 2, "1", 2)]
    [InlineData("37+8=45\n045=45", 2, "1", 2)]
    [InlineData("37+8=45\n45=45\n45+61=16", 3, "1", 2)]
    [InlineData("37+8=45\n45+61=6\n6+5=11\n#11\n11=11", 5, "1 2 3 4", 5)]
    public async Task Judge_IdleLines_AreRightWhereAllowedAndReachNothing(string response, int firstError, string reachedAt, int firstErrorIfNot)
    {
        ChainedArithmetic idle = new(new() { IdleLines = true });

        StepJudgement judgement = await Judge(idle, Problem, response, truncated: false);

        (judgement.FirstError, string.Join(' ', judgement.Progress!.ReachedAt)).ShouldBe((firstError, reachedAt));
        (await Judge(Chained, Problem, response, truncated: false)).FirstError.ShouldBe(firstErrorIfNot);
        idle.Verify(Problem, Tests.Tasks.Complete.Text(response)).ShouldBe(Chained.Verify(Problem, Tests.Tasks.Complete.Text(response)));
    }

    [Fact]
    public async Task Judge_RandomResponses_NeverThrows()
    {
        for (ulong run = 0; run < 2000; run++)
        {
            ulong key = CounterRandom.Key(77, run);
            int length = CounterRandom.Integer(key, 0, 60);
            string response = string.Concat(
                Enumerable.Range(1, length).Select(i => ChainedArithmetic.Alphabet[CounterRandom.Integer(key, (ulong)i, ChainedArithmetic.Alphabet.Length)]));
            bool truncated = run % 2 == 0;
            StepJudgement judgement = await Judge(Chained, Problem, response, truncated);
            judgement.FirstError.ShouldBeInRange(1, judgement.Steps + 1);
            Chained.Verify(Problem, truncated ? Tests.Tasks.Complete.Truncated(response) : Tests.Tasks.Complete.Text(response))
                .Correctness.ShouldNotBe(Correctness.Undecided);
        }
    }

    private static async Task<StepJudgement> Judge(ChainedArithmetic task, Problem problem, string response, bool truncated) =>
        await task.Judge.JudgeOneAsync(problem, new(response, truncated, task.Steps(response, truncated), default));
}

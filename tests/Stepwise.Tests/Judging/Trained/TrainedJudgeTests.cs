using System.Text;
using System.Text.Json.Nodes;
using Stepwise.Judging;
using Stepwise.Judging.Trained;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Judging.Trained;

public sealed class TrainedJudgeTests
{
    private static readonly Problem Sum = new("p", "2+3", "5", "2+3=5");

    /// <summary>The logit of a step is 8 for each exclamation mark in it, less 4.</summary>
    private static readonly TrainedJudgeFile File = new(new StepHead([8.0, 0, -4]), HeadCalibration.None, HeadInput.States, ReadsReference: false);

    [Fact]
    public async Task Judge_StepsWithMarks_NamesTheFirst()
    {
        StatePolicy policy = new();
        using TrainedJudge judge = new(policy, File, problem => problem.Solution);

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(
            Sum, [Response("a", "b!", "c!"), Response("a", "b"), Response(), Response("a!")], TestContext.Current.CancellationToken);

        judgements.Select(j => (j.Outcome, j.FirstError, j.Steps)).ShouldBe([
            (JudgementOutcome.ErrorFound, 2, 3), (JudgementOutcome.NoError, 3, 2), (JudgementOutcome.NoJudgement, 0, 0), (JudgementOutcome.ErrorFound, 1, 1)]);
        judgements[0].Reason.ShouldBe("first error with probability 0.96, none 0.00");
        judgements[1].Reason.ShouldBe("no error with probability 0.96");
        judgements[2].Reason.ShouldBe("there is no step");
        judgements[0].Cost.ShouldBe(new JudgeCost(1, 4 + 2 + 3 + 3));
        policy.Asked.ShouldHaveSingleItem().Runs.Select(run => new string([.. run.Tokens.Select(t => (char)t)]))
            .ShouldBe(["2+3\n", "a\n", "b!\nc!\n", "b\n", "a!\n"]);
    }

    /// <summary>A 7 surprises by 2 in its own sum, an exclamation mark by 3 in the other: logits 2 · 2 − 4 and 3 · 3 − 4, others −4.</summary>
    [Theory]
    [InlineData(HeadInput.Surprise, new[] { 2.0, 3, -4 }, 0)]
    [InlineData(HeadInput.Both, new[] { 0.0, 0, 2, 3, -4 }, 1)]
    public async Task Judge_BySurprise_ReadsTokensWithAndWithoutDigits(HeadInput reads, double[] head, int statesAsked)
    {
        StatePolicy policy = new();
        using TrainedJudge judge = new(policy, File with { Head = new(head), Reads = reads }, problem => problem.Solution);

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(
            Sum, [Response("1", "b!"), Response("1", "7"), Response("1", "2")], TestContext.Current.CancellationToken);

        judgements.Select(j => j.FirstError).ShouldBe([2, 2, 3]);
        double wrong = FirstError.Sigmoid(5), first = FirstError.Sigmoid(-4);
        judgements[0].Confidence!.Value.ShouldBe((1 - first) * wrong, 1e-6);
        judgements[1].Confidence!.Value.ShouldBe((1 - first) * 0.5, 1e-6);
        policy.Asked.Count.ShouldBe(statesAsked);
    }

    /// <summary>Of a whole response with a wrong answer "no error" is not among what can be said; one that was cut off may be right so far.</summary>
    [Fact]
    public async Task Judge_TheAnswerIsWrong_NamesAStep()
    {
        using TrainedJudge judge = new(new StatePolicy(), File, problem => problem.Solution);
        JudgedResponse response = Response("a", "b") with { Verdict = new Verdict(Correctness.Incorrect, "7", "") };

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(
            Sum, [response, response with { Truncated = true }, response with { Verdict = new Verdict(Correctness.Correct, "5", "") }],
            TestContext.Current.CancellationToken);

        judgements.Select(j => j.FirstError).ShouldBe([1, 3, 3]);
        double right = FirstError.Sigmoid(4);
        judgements[0].Confidence!.Value.ShouldBe(1 / (1 + right), 1e-9);
        judgements[0].Reason.ShouldBe("first error with probability 0.50, as the answer is wrong");
    }

    [Fact]
    public async Task Judge_LongResponse_IsNoJudgementAndLeavesTheOthersTheirs()
    {
        using TrainedJudge judge = new(new StatePolicy(context: 10), File, problem => problem.Solution);

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(
            Sum, [Response("abcdef"), Response("abcde")], TestContext.Current.CancellationToken);

        judgements[0].Reason.ShouldBe("question and steps have 11 tokens; the judge's context is 10");
        judgements[1].Outcome.ShouldBe(JudgementOutcome.NoError);
    }

    [Fact]
    public async Task Judge_WithReference_ReadsItBeforeTheQuestionAndNeedsOne()
    {
        StatePolicy policy = new();
        using TrainedJudge judge = new(policy, File with { ReadsReference = true }, problem => problem.Solution);

        (await judge.JudgeOneAsync(Sum, Response("a"))).Outcome.ShouldBe(JudgementOutcome.NoError);
        (await judge.JudgeOneAsync(Sum with { Solution = null }, Response("a"))).Reason
            .ShouldBe("the judge reads reference solutions, and the problem has none");
        policy.Asked.ShouldHaveSingleItem().Runs[0].Tokens.ShouldBe([.. "2+3=5\n\n2+3\na\n".Select(c => (int)c)]);
    }

    [Fact]
    public async Task Judge_Unsure_IsNoJudgement()
    {
        using TrainedJudge judge = new(new StatePolicy(), File, problem => problem.Solution, confidence: 0.97);

        (await judge.JudgeOneAsync(Sum, Response("a", "b!"))).Reason.ShouldBe("unsure: first error with probability 0.96, none 0.02");
    }

    [Fact]
    public async Task Judge_ManyLongResponses_AreReadInPieces()
    {
        StatePolicy policy = new(context: 10_000);
        using TrainedJudge judge = new(policy, File, problem => problem.Solution);
        string long1 = new('a', 5000), long2 = new('b', 5000);

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(
            Sum, [Response(long1), Response(long2 + "!"), Response("c")], TestContext.Current.CancellationToken);

        judgements.Select(j => j.FirstError).ShouldBe([2, 1, 2]);
        policy.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task JudgeInTurn_FirstCannotSay_AsksTheSecondAndKeepsProgress()
    {
        Progress progress = new MilestoneCount([new("5", [])]).End(1, 1);
        Saying first = new(StepJudgement.None("?") with { Progress = progress }, StepJudgement.Error(1, 1, "first"));
        using JudgeInTurn judge = new(first, new Saying(StepJudgement.NoError(1, "second")));

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(Sum, [Response("a"), Response("b")], TestContext.Current.CancellationToken);

        judgements.Select(j => j.Reason).ShouldBe(["second", "first"]);
        judgements[0].Progress.ShouldBe(progress);
    }

    [Fact]
    public async Task File_WrittenAndRead_IsTheSame()
    {
        using TemporaryFolder folder = new();
        string judge = Path.Combine(folder.Path, "judge");
        HeadCalibration calibration = new(1.25, -0.5, 0.375);
        await (File with { Calibration = calibration, Reads = HeadInput.Both, ReadsReference = true }).WriteAsync(judge, new StatePolicy());

        TrainedJudgeFile read = TrainedJudgeFile.Read(judge);

        (read.Calibration, read.Reads, read.ReadsReference).ShouldBe((calibration, HeadInput.Both, true));
        read.Head.Values.ToArray().ShouldBe([8, 0, -4]);
    }

    [Theory]
    [InlineData("temperature", "0", "the field \"temperature\" is 0")]
    [InlineData("threshold", "1.5", "the field \"threshold\" is 1.5")]
    [InlineData("bias", "\"a\"", "the field \"bias\" is missing or of another kind; expected a number")]
    [InlineData("readsReference", "1", "expected true or false")]
    [InlineData("reads", "\"minds\"", "the field \"reads\" is another word; expected one of states, surprise, both")]
    [InlineData("head", "[1, \"a\"]", "something other than finite numbers")]
    [InlineData("head", "[1]", "1 number; expected the model's width and one more")]
    [InlineData("head", "[1e999, 1]", "something other than finite numbers")]
    [InlineData("model", "\"00\"", "are not those that")]
    public async Task Read_WrongField_IsRefusedByName(string field, string value, string message)
    {
        using TemporaryFolder folder = new();
        string judge = Path.Combine(folder.Path, "judge");
        await File.WriteAsync(judge, new StatePolicy());
        string path = Path.Combine(judge, TrainedJudgeFile.Name);
        JsonNode json = JsonNode.Parse(await System.IO.File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        json[field] = "?";
        await System.IO.File.WriteAllTextAsync(
            path, json.ToJsonString().Replace("\"?\"", value, StringComparison.Ordinal), TestContext.Current.CancellationToken);

        Should.Throw<InputException>(() => TrainedJudgeFile.Read(judge)).Message.ShouldContain(message);
    }

    [Fact]
    public async Task Read_ChangedModelOrNoFile_IsRefused()
    {
        using TemporaryFolder folder = new();
        string judge = Path.Combine(folder.Path, "judge");
        await File.WriteAsync(judge, new StatePolicy());
        await System.IO.File.WriteAllTextAsync(Path.Combine(judge, "weights"), "2", TestContext.Current.CancellationToken);

        Should.Throw<InputException>(() => TrainedJudgeFile.Read(judge)).Message.ShouldContain("copy the whole folder anew");
        Should.Throw<InputException>(() => TrainedJudgeFile.Read(folder.Path)).Message.ShouldContain("stepwise judge train");
    }

    [Fact]
    public async Task Read_MutatedBytes_AreReadOrRefused()
    {
        using TemporaryFolder folder = new();
        string judge = Path.Combine(folder.Path, "judge"), path = Path.Combine(judge, TrainedJudgeFile.Name);
        await File.WriteAsync(judge, new StatePolicy());
        byte[] whole = await System.IO.File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        int refused = 0;
        for (ulong i = 0; i < 400; i++)
        {
            byte[] mutated = [.. whole];
            for (ulong m = 0; m < 1 + (i % 3); m++)
            {
                mutated[CounterRandom.Integer(i, 2 * m, mutated.Length)] = (byte)CounterRandom.Integer(i, (2 * m) + 1, 256);
            }

            await System.IO.File.WriteAllBytesAsync(path, mutated, TestContext.Current.CancellationToken);
            try
            {
                TrainedJudgeFile.Read(judge);
            }
            catch (InputException)
            {
                refused++;
            }
        }

        refused.ShouldBeInRange(100, 399);
    }

    [Fact]
    public async Task Options_WithoutEngineOrFolderOrOfAnotherWidth_AreRefused()
    {
        using TemporaryFolder folder = new();
        string judge = Path.Combine(folder.Path, "judge");
        await (File with { Head = new StepHead(7, 0) }).WriteAsync(judge, new StatePolicy());
        TrainedJudgeOptions options = new() { Model = judge };
        JudgeSetting setting = new(NoJudge.Instance) { OpenModel = _ => new StatePolicy() };

        Should.Throw<InputException>(() => options.Create(new(NoJudge.Instance))).Message.ShouldContain("there is no engine here");
        Should.Throw<InputException>(() => options.Create(setting)).Message.ShouldContain("the head reads 7 numbers of a step, and the model gives 2");
        Should.Throw<InputException>(() => (options with { AfterTask = true }).Create(setting)).Message.ShouldContain("the task has no judge");
        Should.Throw<OptionException>(new TrainedJudgeOptions().Check).Message.ShouldContain("is not set");
        Should.Throw<OptionException>((options with { Model = folder.Path }).Check).Message.ShouldContain(TrainedJudgeFile.Name);
    }

    private static JudgedResponse Response(params string[] steps)
    {
        StringBuilder text = new();
        List<ReasoningStep> all = [];
        foreach (string step in steps)
        {
            all.Add(new(text.Length, text.Length + step.Length + 1, step));
            text.Append(step).Append('\n');
        }

        return new(text.ToString(), Truncated: false, all, default);
    }

    private sealed class Saying(params StepJudgement[] said) : IStepJudge
    {
        public string Name => "saying";

        public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
            Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default) => new(said);
    }
}

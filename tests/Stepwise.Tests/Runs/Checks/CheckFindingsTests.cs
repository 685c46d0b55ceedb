using Stepwise.Methods;
using Stepwise.Recipes;
using Stepwise.Runs.Checks;
using Stepwise.Statistics;
using Stepwise.Tasks;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Training;

namespace Stepwise.Tests.Runs.Checks;

public sealed class CheckFindingsTests
{
    private static readonly Interval Half = SolveRate.Wilson(0.5, 4), None = SolveRate.Wilson(0, 4), All = SolveRate.Wilson(1, 4);

    // Four groups of two with nothing to say about them.
    private static readonly CheckedSamples Sound = new(
        Groups: 4, GroupSize: 2, Samples: 8, Truncated: None, SolveRate: Half, AllNegative: Half, Signal: Half, Placed: null, UndecidedShare: 0,
        AllPositiveGroups: 0, MeanCompletionTokens: 3, LogProbDifference: 0, SecondsPerStep: 1, TotalSeconds: 100);

    private static readonly Recipe Plain = new() { Name = "plain", Method = MethodCatalog.Find("grpo"), Sampling = new() { MaxNewTokens = 16 } };

    private static readonly ProblemSets Judged = Sets(new ChainedArithmetic()), Unjudged = Sets(new DigitTask());

    [Fact]
    public void OfSamples_SoundOnes_SayNothing() => CheckFindings.OfSamples(Plain, Judged, Sound, room: 100).ShouldBeEmpty();

    [Theory]
    [InlineData(100, "sampling.maxNewTokens", "64")]
    [InlineData(40, "sampling.maxNewTokens", "40")]
    [InlineData(16, "sampling.stopStrings", null)]
    public void OfSamples_EverythingCutOff_IsRefusedWithAKey(int room, string key, string? value)
    {
        CheckFinding found = CheckFindings.OfSamples(Plain, Judged, Sound with { Truncated = All, SolveRate = None, Signal = None }, room).ShouldHaveSingleItem();

        (found.Name, found.Refuses, found.Key, found.Try).ShouldBe(("cut-off", true, key, value));
        found.Message.ShouldBe("Every one of 8 samples is cut off by sampling.maxNewTokens, 16, before it ends by itself.");
    }

    [Fact]
    public void OfSamples_CutOffAndYetSolvedOrInPart_IsAWarning()
    {
        CheckFindings.OfSamples(Plain, Judged, Sound with { Truncated = All }, 100).Select(f => (f.Name, f.Refuses)).ShouldBe([("cut-off", false)]);
        CheckFindings.OfSamples(Plain, Judged, Sound with { Truncated = Half }, 100).ShouldHaveSingleItem().Message
            .ShouldBe("50.0 % (15.0 to 85.0 %) of samples are cut off by sampling.maxNewTokens, 16, before they end by themselves.");
    }

    [Fact]
    public void OfSamples_NoSignal_IsRefusedUnlessTheMethodGrades()
    {
        CheckedSamples wrong = Sound with { SolveRate = None, AllNegative = All, Signal = None };
        CheckFinding judged = CheckFindings.OfSamples(Plain, Judged, wrong, 100).ShouldHaveSingleItem();
        CheckFinding unjudged = CheckFindings.OfSamples(Plain, Unjudged, wrong, 100).ShouldHaveSingleItem();
        CheckFinding graded = CheckFindings.OfSamples(Plain with { Method = MethodCatalog.Find("sgpo") }, Judged, wrong, 100).ShouldHaveSingleItem();
        CheckFinding right = CheckFindings.OfSamples(Plain, Judged, wrong with { SolveRate = All, AllPositiveGroups = 4 }, 100).ShouldHaveSingleItem();

        (judged.Name, judged.Refuses, judged.Key, judged.Try).ShouldBe(("no-signal", true, "method.name", "sgpo"));
        judged.Message.ShouldContain("None of 4 groups of 2 has a signal under method.name grpo (of all groups at most 49 % have): no answer is right.");
        (unjudged.Refuses, unjudged.Key, unjudged.Try).ShouldBe((true, "training.groupSize", "32"));
        (graded.Refuses, graded.Key).ShouldBe((false, "training.groupSize"));
        (right.Refuses, right.Key, right.Try).ShouldBe((true, "sampling.temperature", "1.5"));
    }

    [Fact]
    public void OfSamples_Doubtful_IsAWarningEach()
    {
        CheckedSamples doubtful = Sound with
        {
            AllNegative = SolveRate.Wilson(0.9, 4),
            UndecidedShare = 0.25,
            Placed = SolveRate.Wilson(0.25, 4),
            LogProbDifference = 1e-3,
        };

        CheckFinding[] found = [.. CheckFindings.OfSamples(Plain, Judged, doubtful, 100)];

        found.Select(f => f.Name).ShouldBe(["few-right", "undecided", "few-placed", "log-probabilities"]);
        found.ShouldAllBe(f => !f.Refuses);
    }

    [Fact]
    public void OfReferences_NoneRead_IsRefusedWithTheFirstReason()
    {
        ProblemSets problems = new(new Gsm8k(new() { Prompt = new() }), [new("t1", "a", "north"), new("t2", "b", "south")], [new("h", "c", "1")]);

        DataReport data = problems.Describe(new CharacterPolicy(9), 9, TestContext.Current.CancellationToken);

        CheckFinding found = CheckFindings.OfReferences(Plain with { Task = new Gsm8kOptions() }, data).ShouldHaveSingleItem();

        (found.Name, found.Refuses, found.Key).ShouldBe(("no-reference", true, "task.train"));
        CheckFindings.OfReferences(Plain with { Task = new MathOptions() }, data).Single().Key.ShouldBe("task.fields.answer");
        found.Message.ShouldBe("No reference of 2 training problems can be read, so that no answer is ever decided; the first: t1: "
            + "the reference answer \"north\" is not one number.");
        Should.Throw<InputException>(problems.RequireReferences).Message.ShouldContain("the first: t1: the reference answer \"north\" is not one number");
        Should.NotThrow((problems with { Train = [.. problems.Train, new("t3", "d", "3")] }).RequireReferences);
    }

    [Fact]
    public void OfPolicy_NoStopAndLittleRoom_AreWarnings()
    {
        DataReport data = Judged.Describe(new CharacterPolicy(12), 12, TestContext.Current.CancellationToken);

        CheckFinding[] found = [.. CheckFindings.OfPolicy(Plain, data, new CharacterPolicy(12))];

        found.Select(f => (f.Name, f.Refuses, f.Key)).ShouldBe(
            [("no-stop", false, "sampling.stopStrings"), ("little-room", false, "sampling.maxNewTokens")]);
        found[1].Try.ShouldBe("8", "the prompt is 1+1= or 1+1 and a line's end, four characters of twelve");
        CheckFindings.OfPolicy(Plain with { Sampling = new() { MaxNewTokens = 4, StopStrings = ["x"] } }, data, new CharacterPolicy(12)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0, 1, 1, 0.75)] // 1.5/2
    [InlineData(1, 1, 1, 0.25)]
    [InlineData(0, 2, 2, 0.72916666666666663)] // 2.5/3 · 3.5/4
    [InlineData(1, 2, 2, 0.3125)] // 1.5/3 · 2.5/4
    public void AllWrong_CountsOfAProblem_GiveTheExpectationUnderJeffreysPrior(int solved, int samples, int size, double expected) =>
        CheckedSamples.AllWrong(solved, samples, size).ShouldBe(expected, 1e-12);

    private static ProblemSets Sets(ITask task) => new(task, [new("a", "1+1", "2")], [new("b", "2+2", "4")]);
}

using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Tasks;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Tasks;

public sealed class TaskOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Problems_OfChains_AreGeneratedOrTheFirstOfAFile()
    {
        File.WriteAllText(_folder.In("test.jsonl"), "{\"id\": 1, \"prompt\": \"1+2\", \"answer\": 3}\n{\"id\": 2, \"prompt\": \"2+2\", \"answer\": 4}\n");
        ChainedArithmeticOptions options = new() { TrainProblems = 3, TestProblems = 1, Operations = 2, Test = _folder.In("test.jsonl") };

        Read(options, Split.Train).ShouldBe(new ChainedArithmetic(options).Generate(seed: 7, 3, Split.Train));
        Read(options, Split.Test).Select(p => p.Question).ShouldBe(["1+2"]);
        Read(options with { TestProblems = 0 }, Split.Test).Count.ShouldBe(2);
        Should.Throw<InputException>(() => Read(options with { Modulus = 2, MaxStart = 1 }, Split.Test)).Message.ShouldContain("line 1: the answer of 1+2 modulo 2");
    }

    [Fact]
    public void Problems_OfGsm8k_AreTheFirstOfItsFiles()
    {
        File.WriteAllText(_folder.In("train.jsonl"), "{\"question\": \"a?\", \"answer\": \"#### 1\"}\n{\"question\": \"b?\", \"answer\": \"#### 2\"}\n");
        Gsm8kOptions options = new() { Train = _folder.In("train.jsonl"), TrainProblems = 1 };

        Read(options, Split.Train).Select(p => (p.Id, p.Question, p.Answer)).ShouldBe([("train-1", "a?", "1")]);
        Read(options with { TrainProblems = 0 }, Split.Train).Count.ShouldBe(2);
    }

    [Fact]
    public void StandsFor_ATaskOfAnotherType_IsTrueOfAnOwnTaskOnly()
    {
        new ChainedArithmeticOptions().StandsFor(new ChainedArithmetic()).ShouldBeTrue();
        new ChainedArithmeticOptions().StandsFor(new Gsm8k()).ShouldBeFalse();
        new Gsm8kOptions().StandsFor(new Gsm8k()).ShouldBeTrue();
        new OwnTaskOptions().StandsFor(new Gsm8k()).ShouldBeTrue();
        Should.Throw<InputException>(() => new OwnTaskOptions().Create()).Message.ShouldStartWith("task.name is own");
    }

    [Fact]
    public void Create_OfEveryEntry_GivesATaskOfTheEntrysName()
    {
        foreach (PartEntry entry in TaskCatalog.Entries.Where(entry => entry.Part is not OwnTaskOptions))
        {
            ((TaskOptions)entry.Part).Create().Name.ShouldBe(entry.Name);
        }
    }

    [Fact]
    public void Create_WithAPromptOfItsOwn_AsksByIt()
    {
        Problem problem = new("1", "1+2", "3");

        new ChainedArithmeticOptions { Prompt = new() { Template = "{question}=" } }.Create().Prompt(problem).ShouldBe(new TextPrompt("1+2="));
        new Gsm8kOptions { Prompt = new() { Template = "Q: {question}\nA:" } }.Create().Prompt(problem).ShouldBe(new TextPrompt("Q: 1+2\nA:"));
        Should.Throw<InputException>(() => new Gsm8kOptions { Prompt = new() { Template = "Q" } }.Create()).Message.ShouldStartWith("task.prompt has no");
    }

    [Fact]
    public void WrittenSolution_OfChains_SlipsAsTheRecipeSaysAndIsTheRightOneWithout()
    {
        Problem problem = new("1", "9+9+9+9+9+9", "54");
        string right = new ChainedArithmetic().ReferenceResponse(problem);

        Written(slip: 0).ShouldAllBe(solution => string.Equals(solution, right, StringComparison.Ordinal));
        Written(slip: 0.5).Distinct(StringComparer.Ordinal).Count().ShouldBeGreaterThan(5);
        ITask words = new Gsm8k();
        words.WrittenSolution(problem with { Solution = "#### 54" }, key: 3).ShouldBe("#### 54");

        string?[] Written(double slip) =>
            [.. Enumerable.Range(0, 20).Select(key => new ChainedArithmeticOptions { Slip = slip }.Create().WrittenSolution(problem, (ulong)key))];
    }

    private static IReadOnlyList<Problem> Read(TaskOptions options, Split split) => options.Problems(split, seed: 7, TestContext.Current.CancellationToken);
}

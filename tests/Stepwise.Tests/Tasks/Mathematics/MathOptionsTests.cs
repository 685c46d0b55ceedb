using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Tasks.Mathematics;

public sealed class MathOptionsTests : IDisposable
{
    private const string Five =
        "{\"question\":\"a\",\"answer\":1}\n{\"question\":\"b\",\"answer\":2}\n{\"question\":\"c\",\"answer\":3}\n{\"question\":\"d\",\"answer\":4}\n{\"question\":\"e\",\"answer\":5}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Problems_OfTwoFiles_AreTheFirstOfEach()
    {
        MathOptions options = new() { Train = Write("train.jsonl", Five), Test = Write("test.csv", "question,answer\nf,6\n"), TrainProblems = 2 };
        OptionTree.Check(options);
        Read(options, Split.Train).ShouldBe([new("train-1", "a", "1"), new("train-2", "b", "2")]);
        Read(options, Split.Test).ShouldBe([new("test-2", "f", "6")]);
    }

    [Fact]
    public void Problems_OfOneFile_AreHeldOutAlikeWhateverTheSeed()
    {
        MathOptions options = new() { Train = Write("train.jsonl", Five), TestProblems = 2 };
        OptionTree.Check(options);
        IReadOnlyList<Problem> train = Read(options, Split.Train, seed: 1), test = Read(options, Split.Test, seed: 1);
        (train.Count, test.Count).ShouldBe((3, 2));
        train.Concat(test).Select(p => p.Id).Order(StringComparer.Ordinal).ShouldBe(["line-1", "line-2", "line-3", "line-4", "line-5"]);
        Read(options, Split.Test, seed: 2).ShouldBe(test);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Problems_AllHeldOut_AreRefused(int testProblems) => Should.Throw<InputException>(
        () => Read(new MathOptions { Train = Write("train.jsonl", Five), TestProblems = testProblems }, Split.Train)).Message
            .ShouldContain($"holds 5 problems, and task.testProblems takes {testProblems}");

    [Fact]
    public void Check_OfFilesThatWillNotDo_SaysWhichAndWhy()
    {
        string train = Write("train.jsonl", Five);
        Refusal(new()).ShouldBe("train is not set; give a .jsonl, .json, .csv or .parquet file of problems.");
        Refusal(new() { Train = train, Test = _folder.In("none.jsonl") }).ShouldContain("test names ");
        Refusal(new() { Train = train, TestProblems = 0 }).ShouldContain("testProblems is 0, which would hold out all");
    }

    [Fact]
    public void RequireHeldOut_TwoFilesOfTheSameContent_AreRefused()
    {
        string train = Write("train.jsonl", Five), copy = Write("copy.jsonl", Five), other = Write("other.jsonl", Five.Replace('5', '6'));
        foreach (string same in new[] { train, copy })
        {
            Should.Throw<InputException>(() => new MathOptions { Train = train, Test = same }.RequireHeldOut()).Message
                .ShouldStartWith($"task.test names {same}, whose content is that of task.train");
        }

        Should.NotThrow(() => new MathOptions { Train = train, Test = other }.RequireHeldOut());
        Should.NotThrow(() => new MathOptions { Train = train }.RequireHeldOut());
    }

    [Fact]
    public void Problems_MaxDifficulty_LeavesOutHarderOnesAndThoseOfWhichItIsNotSaid()
    {
        string train = Write("train.csv", "question,answer,level\na,1,Level 1\nb,2,Level 3\nc,3,\nd,4,Level 2\n");
        MathOptions options = new() { Train = train, Test = train, Fields = new() { Difficulty = "level" }, MaxDifficulty = 2 };

        Read(options, Split.Train).Select(p => p.Question).ShouldBe(["a", "d"]);
        Read(options, Split.Test).Select(p => p.Question).ShouldBe(["a", "d"]);
        Should.Throw<InputException>(() => Read(options with { MaxDifficulty = 0.5 }, Split.Train)).Message
            .ShouldBe($"{train}: task.maxDifficulty is 0.5, and none of its 4 problems is so easy: the easiest has 1.");
        Should.Throw<InputException>(() => Read(options with { Fields = new() }, Split.Train)).Message
            .ShouldEndWith("so easy: the difficulty of none is said; name the field that says it (task.fields.difficulty).");
    }

    [Fact]
    public void Problems_OfOneFileUpToADifficulty_AreHeldOutAlikeWhateverIt()
    {
        string train = Write("train.csv", "question,answer,level\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"q{i},{i},{i % 4}\n")));
        MathOptions all = new() { Train = train, TestProblems = 8, Fields = new() { Difficulty = "level" } };

        string[] held = [.. Read(all, Split.Test).Select(p => p.Id)], easy = [.. Read(all with { MaxDifficulty = 1 }, Split.Test).Select(p => p.Id)];

        easy.Length.ShouldBeInRange(1, 7);
        easy.Except(held, StringComparer.Ordinal).ShouldBeEmpty();
        Read(all with { MaxDifficulty = 1 }, Split.Train).Select(p => p.Id).Intersect(held, StringComparer.Ordinal).ShouldBeEmpty();
    }

    /// <summary>Some problems have a solution and hints, and it is said how hard some are.</summary>
    [Theory]
    [InlineData("some.jsonl", """
        {"question":"a","answer":1}
        {"question":"b","answer":2,"s":"1+1=2","h":"add","d":3}
        {"question":"c","answer":3,"s":null}
        """)]
    [InlineData("some.json", """
        [{"question":"a","answer":1},
        {"question":"b","answer":2,"s":"1+1=2","h":["add"],"d":"3"},
        {"question":"c","answer":3}]
        """)]
    public void Problems_OptionalFieldsThatSomeRecordsLack_AreReadWhereTheyAre(string name, string content)
    {
        ProblemFields fields = new() { Solution = "s", Hints = "h", Difficulty = "d" };
        MathOptions options = new() { Train = Write(name, content), Test = Write("test.jsonl", Five), Fields = fields };

        IReadOnlyList<Problem> train = Read(options, Split.Train), held = Read(options with { Test = null, TestProblems = 1 }, Split.Train);

        train.Select(p => (p.Solution, p.Hints?[0], p.Difficulty)).ShouldBe([(null, null, null), ("1+1=2", "add", 3), (null, null, null)]);
        held.Count.ShouldBe(2);
        Read(options, Split.Test).Count.ShouldBe(5, "the test problems need none of them");
        Read(options with { MaxDifficulty = 3 }, Split.Train).Select(p => p.Question).ShouldBe(["b"]);
    }

    [Theory]
    [InlineData("solution", "string")]
    [InlineData("hints", "string, or a list of strings")]
    [InlineData("difficulty", "number, or a string with one number in it")]
    public void Problems_AnOptionalFieldThatNoRecordHas_IsRefusedAsMisspelt(string field, string expected)
    {
        ProblemFields fields = field switch
        {
            "solution" => new() { Solution = "x.y" },
            "hints" => new() { Hints = "x.y" },
            _ => new() { Difficulty = "x.y" },
        };
        string train = Write("train.jsonl", Five);
        foreach (string? test in new[] { null, Write("test.jsonl", Five) })
        {
            Should.Throw<InputException>(() => Read(new() { Train = train, Test = test, TestProblems = 1, Fields = fields }, Split.Train)).Message.ShouldBe(
                $"{train}, line 1: the field \"x.y\" is missing, here and in every other record; expected a {expected}; the fields there are question, answer.");
        }
    }

    [Fact]
    public void Problems_SameId_NamesBothPlaces()
    {
        string train = Write("train.csv", "question,answer,n\na,1,x\nb,2,x\n");
        Should.Throw<InputException>(() => Read(new MathOptions { Train = train, Fields = new() { Id = "n" } }, Split.Train)).Message
            .ShouldBe($"{train}, line 3: the id \"x\" is taken by {train}, line 2; ids must be unique.");
    }

    [Fact]
    public void Problems_MessagesAskedAsPlainText_AreRefused()
    {
        string train = Write("train.json", "[{\"question\":[{\"role\":\"user\",\"content\":\"a\"}],\"answer\":1}]");
        MathOptions options = new() { Train = train, Test = Write("test.jsonl", Five) };
        Read(options, Split.Train)[0].Messages.ShouldBe([new("user", "a")]);
        Should.Throw<InputException>(() => Read(options with { Prompt = new() { Chat = false } }, Split.Train)).Message
            .ShouldContain("item 1: the question is a list of messages, and task.chat is false");
    }

    [Theory]
    [InlineData("svamp", 1000)]
    [InlineData("math", 500)]
    [InlineData("olympiadbench", 675)]
    [InlineData("amc", 40)]
    public void Problems_OfPublicFiles_AreAllRead(string name, int count)
    {
        ProblemFields fields = name switch
        {
            "svamp" => new() { Question = ["Body", "Question"], Answer = "Answer", Id = "ID" },
            "math" => new() { Question = ["problem"], Solution = "solution", Id = "unique_id" },
            _ => new(),
        };
        string path = SharedFolder.Require("data", "benchmarks", name + ".jsonl");
        Read(new MathOptions { Train = path, TrainProblems = 0, TestProblems = 10, Fields = fields }, Split.Train).Count.ShouldBe(count - 10);
    }

    private static string Refusal(MathOptions options) => Should.Throw<InputException>(() => OptionTree.Check(options)).Message;

    private static IReadOnlyList<Problem> Read(MathOptions options, Split split, ulong seed = 1) =>
        options.Problems(split, seed, TestContext.Current.CancellationToken);

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder.In(name), content);
        return _folder.In(name);
    }
}

using Stepwise.Evaluation.Benchmarks;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tests.Tasks;

namespace Stepwise.Tests.Evaluation.Benchmarks;

public sealed class BenchmarkSetTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"problem": "q", "answer": "1"}""", "1")]
    [InlineData("""{"id": 60, "idx": 5, "problem": "q", "answer": "1"}""", "60")]
    [InlineData("""{"ID": "chal-1", "idx": 0, "problem": "q", "answer": "1"}""", "0")]
    [InlineData("""{"ID": "chal-1", "unique_id": "test/1.json", "problem": "q", "answer": "1"}""", "test/1.json")]
    [InlineData("""{"id": null, "task_id": "HumanEval/0", "problem": "q", "answer": "1"}""", "HumanEval/0")]
    public void Read_Id_IsTheFilesOwnElseTheLine(string line, string id) => _folder.Set("aime", line).Problems.Single().Problem.Id.ShouldBe(id);

    [Theory]
    [InlineData("""{"integer": 42}""", "the field \"answer\" is an object")]
    [InlineData("null", "is blank")]
    [InlineData("\" \"", "is blank")]
    [InlineData("[]", "is blank")]
    [InlineData("[[1]]", "is a list")]
    [InlineData("\"\\\\frac{1\"", "cannot be read")]
    public async Task VerifyAsync_ReferenceThatCannotBeRead_IsUndecidedWithTheReason(string answer, string reason)
    {
        BenchmarkSet set = _folder.Set("aime", $$"""{"problem": "q", "answer": {{answer}}}""");

        Verdict verdict = await set.VerifyAsync(0, Complete.Text(@"\boxed{42}"), "a response", TestContext.Current.CancellationToken);

        verdict.Correctness.ShouldBe(Correctness.Undecided);
        verdict.Reason.ShouldContain(reason);
        verdict.Reason.ShouldNotContain(_folder.Path);
        set.Problems[0].Unread.ShouldBe(verdict.Reason);
    }

    [Theory]
    [InlineData("""{"question": "q", "answer": "7", "choice_answer": "C"}""", "C", "7")]
    [InlineData("""{"question": "q", "answer": "7", "choice_answer": ""}""", "7", "C")]
    [InlineData("""{"question": "q", "answer": "7"}""", "7", "C")]
    public async Task VerifyAsync_Gaokao_TakesTheLetterWhereThereIsOne(string line, string right, string wrong)
    {
        BenchmarkSet set = _folder.Set("gaokao", line);

        (await Verdict(set, right)).ShouldBe(Correctness.Correct);
        (await Verdict(set, wrong)).ShouldBe(Correctness.Incorrect);
    }

    [Theory]
    [InlineData("1/2 或 0.5", "0.5", Correctness.Correct)]
    [InlineData("1 或 2", "1", Correctness.Incorrect)]
    public async Task VerifyAsync_OneAnswerInTwoWays_IsOneOfThemAndDifferentOnesAreAllWanted(string reference, string answer, Correctness expected) =>
        (await Verdict(_folder.Set("kaoyan", $$"""{"problem": "q", "answer": "{{reference}}"}"""), answer)).ShouldBe(expected);

    [Fact]
    public void Read_Svamp_JoinsStoryAndQuestion() =>
        _folder.Set("svamp", """{"Body": "Two apples.", "Question": "How many?", "Answer": 2.0}""").Problems[0].Problem
            .ShouldBe(new Problem("1", "Two apples. How many?", "2.0"));

    [Theory]
    [InlineData("""{"question": "q", "answer": "1"}""", "line 1: the field \"problem\" is missing")]
    [InlineData("""{"problem": "q"}""", "line 1: the field \"answer\" is missing")]
    [InlineData("""{"id": [], "problem": "q", "answer": "1"}""", "the field \"id\" is a list")]
    [InlineData("[1]", "line 1: found a JSON list")]
    public void Read_OtherForm_NamesTheLine(string line, string message) =>
        Should.Throw<InputException>(() => _folder.Set("aime", line)).Message.ShouldContain(message);

    [Fact]
    public void Read_TwoProblemsOfOneId_AreRefused() => Should.Throw<InputException>(
        () => _folder.Set("aime", """{"id": 1, "problem": "q", "answer": 1}""", """{"id": "1", "problem": "r", "answer": 1}"""))
        .Message.ShouldContain("line 2: the id \"1\" is taken");

    [Fact]
    public void Find_NoBenchmark_ListsThem() => Should.Throw<InputException>(() => BenchmarkCatalog.Find("aim")).Message.ShouldContain("aime, amc, math");

    [Fact]
    public void Digest_PromptOrReference_ChangesIt()
    {
        string first = _folder.Set("aime", """{"problem": "q", "answer": "1"}""").Digest;

        _folder.Set("aime", """{"answer": "1", "problem": "q", "more": 0}""").Digest.ShouldBe(first);
        _folder.Set("aime", """{"problem": "q", "answer": "2"}""").Digest.ShouldNotBe(first, StringComparer.Ordinal);
        _folder.Set("aime", """{"problem": "r", "answer": "1"}""").Digest.ShouldNotBe(first, StringComparer.Ordinal);
    }

    /// <summary>The public files: so many references cannot be read, and of the others the own reference is right.</summary>
    [Theory]
    [InlineData("aime", "benchmarks/aime", 30, 0)]
    [InlineData("amc", "benchmarks/amc", 40, 0)]
    [InlineData("math", "benchmarks/math", 500, 0)]
    [InlineData("olympiadbench", "benchmarks/olympiadbench", 675, 3)]
    [InlineData("minerva", "benchmarks/minerva", 272, 1)]
    [InlineData("gaokao", "benchmarks/gaokao", 79, 0)]
    [InlineData("kaoyan", "benchmarks/kaoyan", 199, 10)]
    [InlineData("grade-school-math", "benchmarks/grade_school_math", 210, 4)]
    [InlineData("cn-math-2024", "benchmarks/cn_math_2024", 30, 0)]
    [InlineData("gpqa", "benchmarks/gpqa", 198, 0)]
    [InlineData("svamp", "benchmarks/svamp", 1000, 0)]
    [InlineData("gsm8k", "gsm8k/test", 1319, 0)]
    public async Task VerifyAsync_PublicFile_OwnReferencesAreRight(string benchmark, string file, int problems, int unread)
    {
        BenchmarkSet set = BenchmarkSet.Read(BenchmarkCatalog.Find(benchmark), SharedFolder.Require("data", $"{file}.jsonl"));

        set.Problems.Count.ShouldBe(problems);
        set.Problems.Count(problem => problem.Unread is not null).ShouldBeLessThanOrEqualTo(unread);
        for (int i = 0; i < problems; i++)
        {
            Completion response = Complete.Text($@"So the answer is \boxed{{{set.Problems[i].Problem.Answer.Trim('$')}}}.");
            Verdict verdict = await set.VerifyAsync(i, response, "its reference", TestContext.Current.CancellationToken);
            verdict.Correctness.ShouldBe(
                set.Problems[i].Unread is null ? Correctness.Correct : Correctness.Undecided, $"{set.Problems[i].Problem.Id}: {verdict.Reason}");
        }
    }

    [Fact]
    public void Warning_AllReferencesAlike_SaysSo()
    {
        BenchmarkSet.Read(BenchmarkCatalog.Find("gpqa"), SharedFolder.Require("data", "benchmarks", "gpqa.jsonl"))
            .Warning.ShouldNotBeNull().ShouldContain("all 198 references");
        BenchmarkSet.Read(BenchmarkCatalog.Find("aime"), SharedFolder.Require("data", "benchmarks", "aime.jsonl")).Warning.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"id": "9", "response": ""}""", "line 2: ")]
    [InlineData("""{"id": 1}""", "line 2: the field \"response\" is missing")]
    [InlineData("""{"id": 1, "response": 2}""", "line 2: the field \"response\" is a number")]
    [InlineData("""{"response": "2"}""", "line 2: the field \"id\" is missing")]
    [InlineData("""{"id": 1, "response": "2", "truncated": "no"}""", "line 2: the field \"truncated\" is a string")]
    [InlineData("{", "line 2: not a JSON object")]
    public void Responses_BadLine_IsNamed(string line, string message)
    {
        BenchmarkSet set = _folder.Set("aime", """{"id": 1, "problem": "q", "answer": 1}""");
        string file = _folder.Write("""{"id": 1, "response": ""}""", line);

        Should.Throw<InputException>(() => ResponseFile.Read(file, set).Count()).Message.ShouldContain(message);
    }

    [Fact]
    public void Responses_SeveralOfAnId_AreSamples()
    {
        BenchmarkSet set = _folder.Set("aime", """{"id": 1, "problem": "q", "answer": 1}""", """{"id": "b", "problem": "q", "answer": 1}""");
        string file = _folder.Write("""{"id": "b", "response": "x", "truncated": true}""", """{"id": "1", "response": "y"}""", """{"id": "b", "response": "z"}""");

        ResponseFile.Read(file, set).Select(r => (r.Problem, r.Response.Text, r.Response.Truncated))
            .ShouldBe([(1, "x", true), (0, "y", false), (1, "z", false)]);
    }

    [Fact]
    public void Responses_MutatedLines_AreReadOrRefused()
    {
        BenchmarkSet set = _folder.Set("aime", """{"id": 1, "problem": "q", "answer": 1}""");
        byte[] line = """{"id": 1, "response": "\\boxed{1}", "truncated": false}"""u8.ToArray();
        string file = _folder.In("mutated.jsonl");
        int read = 0;
        for (ulong i = 0; i < 2000; i++)
        {
            byte[] mutated = [.. line];
            mutated[CounterRandom.Integer(7, 2 * i, mutated.Length)] = (byte)CounterRandom.Integer(7, (2 * i) + 1, 256);
            File.WriteAllBytes(file, mutated);
            try
            {
                read += ResponseFile.Read(file, set).Count();
            }
            catch (InputException e)
            {
                e.Message.ShouldContain("mutated.jsonl");
            }
        }

        read.ShouldBeInRange(1, 1999);
    }

    private static async Task<Correctness> Verdict(BenchmarkSet set, string answer) =>
        (await set.VerifyAsync(0, Complete.Text($@"\boxed{{{answer}}}"), "a response", TestContext.Current.CancellationToken)).Correctness;
}

using System.Reflection;
using System.Text.Json;
using Stepwise.Answers;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Judging;
using Stepwise.Tests.Tasks;

namespace Stepwise.Tests.Answers;

/// <summary>
/// What is read as the final answer. The table <c>cases.tsv</c> has the forms, a kind after another: each was tried against a reference that
/// a careless reader would find right.
/// </summary>
public sealed class FinalAnswerTests
{
    private static readonly Gsm8k Words = new();

    private static readonly Problem Ducks = new(
        "1", "How much?", "18", "Janet sells 16 - 3 - 4 = <<16-3-4=9>>9 eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18");

    private static readonly (string Response, bool Truncated, string Reference, Correctness Expected)[] Cases = [.. Read()];

    [Fact]
    public void Verify_Cases_SaysWhatACarefulReaderSays()
    {
        string[] misread =
        [
            .. from c in Cases
               let verdict = Verify(c.Response, c.Truncated, c.Reference)
               where verdict.Correctness != c.Expected
               select $"{c.Response} for {c.Reference}: {verdict.Correctness} ({verdict.Answer}), expected {c.Expected}",
        ];

        misread.ShouldBeEmpty();
        Cases.Length.ShouldBeGreaterThan(1000);
    }

    [Theory]
    [InlineData("She sells 9 eggs.\n#### $18.00 each", "18.00", 24)]
    [InlineData("The answer is x = - 5. Done", "- 5", 18)]
    [InlineData("So \\boxed{1{,}080}.", "1{,}080", 10)]
    [InlineData("#### １８", "18", 5)]
    [InlineData("In all 2 1/2 cups", "2 1/2", 7)]
    public void Find_Answer_KnowsItsWordsAndItsPlace(string response, string text, int position)
    {
        FinalAnswer answer = FinalAnswer.Find(response, truncated: false).Answer.ShouldNotBeNull();
        (answer.Text, answer.Position).ShouldBe((text, position));
    }

    /// <summary>The benchmark files, and how many of their references are one number.</summary>
    [Theory]
    [InlineData("aime.jsonl", 30, 30)]
    [InlineData("amc.jsonl", 40, 40)]
    [InlineData("gpqa.jsonl", 198, 0)]
    [InlineData("svamp.jsonl", 1000, 1000)]
    public void Read_BenchmarkReferences_DecidesThoseThatAreOneNumber(string file, int references, int decided)
    {
        string[] answers =
        [
            .. from line in File.ReadLines(SharedFolder.Require("data", "benchmarks", file))
               let row = JsonDocument.Parse(line).RootElement
               select (row.TryGetProperty("answer", out JsonElement answer) ? answer : row.GetProperty("Answer")).ToString(),
        ];

        answers.Length.ShouldBe(references);
        answers.Count(answer => FinalAnswer.Read(answer) is not null).ShouldBe(decided);
    }

    /// <summary>Answers put together from pieces, and the cases changed at random places: verifier and judge never disagree or fail.</summary>
    [Fact]
    public async Task Verify_MutatedAnswers_AgreesWithTheJudge()
    {
        string[] parts =
        [
            "####", "#### ", "\\boxed{", "}", "answer is ", "answer: ", " not ", "18", "- ", "-", "+", " or ", ",", ". ", "\n", "(", ")", "$", "%",
            "\\frac{1}{2}", "1/2", "x", "=", "≈", ">", "<<", ">>", "１８", "\ud800", "\udc00", "\\text{", "^", "!", "…", "e.g. ", "2. ", "**", "_",
            "\\", "{", "wrong", "is wrong", "n't",
        ];
        for (ulong run = 0; run < 20_000; run++)
        {
            ulong key = CounterRandom.Key(13, run);
            int Draw(ulong i, int count) => CounterRandom.Integer(key, i, count);
            string response = run % 3 == 0
                ? string.Concat(Enumerable.Range(10, Draw(0, 25)).Select(i => parts[Draw((ulong)i, parts.Length)]))
                : Cases[Draw(1, Cases.Length)].Response;
            int place = Draw(2, response.Length + 1);
            response = response[..place] + parts[Draw(3, parts.Length)] + response[(place + Draw(4, 2) > response.Length ? place : place + Draw(4, 2))..];
            bool truncated = Draw(5, 2) == 0;

            Verdict verdict = Verify(response, truncated, Ducks.Answer);
            StepJudgement judgement = await Words.Judge.JudgeOneAsync(
                Ducks, new(response, truncated, Words.Steps(response, truncated), verdict));

            (judgement.Outcome == JudgementOutcome.NoError && !truncated && verdict.Correctness != Correctness.Correct).ShouldBeFalse(response);
            Verify(response, truncated, response).Reason.ShouldNotBeEmpty();
        }
    }

    /// <summary>Work that grows with the square of the length would take hours here.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("1")]
    public async Task Verify_LongHostileAnswers_GivesAVerdict(string end)
    {
        string[] units =
        [
            "(", "1(", "1 a (1 ", "\\frac{", "}", "9^", "1,", "- ", "\\", "####", "#### 1", "#### 1. a\n", "\\boxed{", "\\boxed{1", "answer is ",
            "answer to ", "answer   ", "answer***", "* ", "1**", "- e.g. A ", "1. a\n", "<<", "<<1", "<1", "1:", "1 1/2 ", "n't ", "not 1 ", "1 = ",
            "1 is wrong ", "no, 1 ", "1 000", "\\text{", "cm^2 ", "a.", "１",
            "!)", ".)", "a_{", "2^", "\\frac", "* 1", "1 000,",
        ];
        foreach (string unit in units)
        {
            string response = string.Concat(Enumerable.Repeat(unit, 400_000 / unit.Length)) + end;
            Verdict verdict = Verify(response, truncated: false, Ducks.Answer);
            IReadOnlyList<ReasoningStep> steps = Words.Steps(response, truncated: false);
            (await Words.Judge.JudgeOneAsync(Ducks, new(response, Truncated: false, steps, verdict))).Reason.ShouldNotBeEmpty();
        }
    }

    private static Verdict Verify(string response, bool truncated, string reference) =>
        Words.Verify(Ducks with { Answer = reference }, truncated ? Complete.Truncated(response) : Complete.Text(response));

    private static IEnumerable<(string Response, bool Truncated, string Reference, Correctness Expected)> Read()
    {
        using StreamReader table = new(Assembly.GetExecutingAssembly().GetManifestResourceStream("cases.tsv")!);
        while (table.ReadLine() is { } line)
        {
            if (line.Split('\t') is [var response, var reference, var expected])
            {
                yield return (
                    response.Replace('⏎', '\n').TrimEnd('✂'), response.EndsWith('✂'), reference, Enum.Parse<Correctness>(expected, ignoreCase: true));
            }
        }
    }
}

using System.Text.Json;
using Stepwise.Answers;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Tests.Tasks.Mathematics;

public sealed class Gsm8kTests : IDisposable
{
    private static readonly Gsm8k Words = new();
    private static readonly Problem Eggs = new("1", "How much?", "1,080", "She sells 9 * 120 = $<<9*120=1080>>1080.\n#### 1,080");

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("9 * 120 = 1080\n#### 1080")]
    [InlineData("#### 1,080")]
    [InlineData("#### $1080.00")]
    [InlineData("#### 1080 dollars")]
    [InlineData("#### **1080**")]
    [InlineData("#### 5\nNo, wrong.\n#### 1080")]
    [InlineData("#### Step 1\n9 * 120\n#### 1080\n")]
    [InlineData("The answer is $\\boxed{1080}$. 17 eggs remain.")]
    [InlineData("\\boxed{5} and then \\boxed{x = 1{,}080 \\text{ dollars}}")]
    [InlineData("\\boxed{\\frac{2160}{2}}")]
    [InlineData("The final answer is: $1,080. It took 3 steps.")]
    [InlineData("**Answer:** 1080")]
    [InlineData("The answer is 9 * 120 = 1080.")]
    [InlineData("So she makes 9 * 120 = 1080 dollars.")]
    [InlineData("in all 1080")]
    [InlineData("1 * 2160/2 = 2160/2")]
    public void Verify_RightAnswer_IsCorrect(string response) =>
        Words.Verify(Eggs, Complete.Text(response)).Correctness.ShouldBe(Correctness.Correct);

    [Theory]
    [InlineData("#### 1081")]
    [InlineData("#### -1080")]
    [InlineData("#### 1080 or 1081")]
    [InlineData("#### 1080, 1081")]
    [InlineData("#### 9 * 120")]
    [InlineData("#### 10801080")]
    [InlineData("#### 1080x")]
    [InlineData("1080\n#### 5")]
    [InlineData("1080 \\boxed{5}")]
    [InlineData("1080. The answer is 5.")]
    [InlineData("\\boxed{1080}\n#### 5")]
    [InlineData("The answer is 9 * 120")]
    [InlineData("\\boxed{}")]
    [InlineData("1080 5")]
    [InlineData("no number")]
    [InlineData("")]
    public void Verify_WrongOrNoAnswer_IsIncorrect(string response) =>
        Words.Verify(Eggs, Complete.Text(response)).Correctness.ShouldBe(Correctness.Incorrect);

    [Theory]
    [InlineData("So she makes 1080 dollars", Correctness.Incorrect)]
    [InlineData("#### 1080", Correctness.Incorrect)]
    [InlineData("The answer is 1080", Correctness.Incorrect)]
    [InlineData("#### 1080\n", Correctness.Correct)]
    [InlineData("\\boxed{1080}", Correctness.Correct)]
    [InlineData("The answer is 1080.\n", Correctness.Correct)]
    [InlineData("\\boxed{1080", Correctness.Incorrect)]
    public void Verify_Truncated_CountsOnlyAClosedMarkedAnswer(string response, Correctness expected)
    {
        Verdict verdict = Words.Verify(Eggs, Complete.Truncated(response));
        verdict.Correctness.ShouldBe(expected);
        verdict.Reason.ShouldBe(expected == Correctness.Correct ? "the answer is right" : "truncated");
    }

    [Theory]
    [InlineData("40", "40%")]
    [InlineData("0.4", "40%")]
    [InlineData("2.5", "5/2")]
    [InlineData("2.5", "2 1/2")]
    [InlineData("2.5", "\\boxed{2\\frac12}")]
    [InlineData("-3", "#### −3")]
    [InlineData("5", "005", false)]
    [InlineData("0.33", "1/3", false)]
    public void Verify_OtherForms_CompareByValue(string reference, string response, bool equal = true) =>
        Words.Verify(new Problem("1", "q", reference), Complete.Text(response)).Correctness
            .ShouldBe(equal ? Correctness.Correct : Correctness.Incorrect);

    // Public reports of graders that hang on these.
    [Theory]
    [InlineData(@"\boxed{\dfrac{5^{\left(5^{\left(5^{\left(5^5\right)}\right)} - 4\right)} - 5}{16}}")]
    [InlineData("{@Neillier 1276915 4951077 国 increase {1,1-3-10 encourage}; 5 of _GENERAL2. _HEADERS1}")]
    [InlineData(@"\boxed{2^{2^{2^{2^{2^{2^{2^{2}}}}}}}}")]
    [InlineData(@"\boxed{((((10!)!)!)!)!}")]
    public void Verify_WhatOtherGradersHangOn_IsNotRight(string response) =>
        Words.Verify(Eggs, Complete.Text(response)).Correctness.ShouldBe(Correctness.Incorrect);

    [Fact]
    public void Verify_ReferenceIsNoNumber_IsUndecided() =>
        Words.Verify(new Problem("1", "q", "north"), Complete.Text("#### 5")).Correctness.ShouldBe(Correctness.Undecided);

    [Fact]
    public void Prompt_Problem_IsOneUserMessage()
    {
        ChatPrompt prompt = Words.Prompt(Eggs).ShouldBeOfType<ChatPrompt>();
        prompt.Messages.ShouldBe([new ChatMessage("user", "How much?\n\n" + Gsm8k.Instruction)]);
    }

    [Fact]
    public void ReferenceResponse_Annotations_AreStripped()
    {
        Words.ReferenceResponse(Eggs).ShouldBe("She sells 9 * 120 = $1080.\n#### 1,080");
        Words.ReferenceResponse(Eggs with { Solution = null }).ShouldBeNull();
        Annotations.Without("a <<b c").ShouldBe("a <<b c");
    }

    [Fact]
    public void Read_BadLine_ErrorNamesIt()
    {
        File.WriteAllText(_path, "{\"question\":\"q\",\"answer\":\"a\\n#### 3\"}\n{\"question\":\"q\",\"answer\":\"a\"}\n");
        Should.Throw<InputException>(() => Gsm8k.Read(_path, Split.Test)).Message.ShouldContain("line 2: the field \"answer\" does not end with");
        File.WriteAllText(_path, "{\"prompt\":\"q\",\"answer\":\"#### 3\"}\n");
        Should.Throw<InputException>(() => Gsm8k.Read(_path, Split.Test)).Message.ShouldContain("line 1: the field \"question\" is missing");
    }

    [Fact]
    public void Read_Difficulty_IsTheNumberOfMarkedCalculations()
    {
        File.WriteAllText(_path, """
            {"question":"one","answer":"2+3=<<2+3=5>>5\n#### 5"}
            {"question":"none","answer":"five\n#### 5"}
            {"question":"two","answer":"2+3=<<2+3=5>>5\n5*2=<<5*2=10>>10\n#### 10"}
            """);

        Gsm8k.Read(_path, Split.Test).Select(p => p.Difficulty).ShouldBe([1, null, 2]);
        new Gsm8kOptions { Train = _path, Test = _path, MaxDifficulty = 1 }.Problems(Split.Test, 1, TestContext.Current.CancellationToken).Select(p => p.Question).ShouldBe(["one"]);
    }

    [Theory]
    [InlineData("train.jsonl", Split.Train, 7473)]
    [InlineData("test.jsonl", Split.Test, 1319)]
    public void Read_PublicFiles_EveryReferenceResponseIsCorrect(string file, Split split, int count)
    {
        IReadOnlyList<Problem> problems = Gsm8k.Read(SharedFolder.Require("data", "gsm8k", file), split);
        problems.Count.ShouldBe(count);
        problems[41].Id.ShouldBe($"{split.ToString().ToLowerInvariant()}-42");
        problems.ShouldAllBe(p => Words.Verify(p, Complete.Text(Words.ReferenceResponse(p)!)).Correctness == Correctness.Correct);
        problems.Select(p => Words.Verify(p with { Answer = "123456789" }, Complete.Text(p.Solution!)).Correctness)
            .ShouldAllBe(c => c == Correctness.Incorrect);
    }

    /// <summary>Units are not compared, and no calculation is finished for the model: other than that no wrong answer passes.</summary>
    [Fact]
    public void Verify_LabelledPairs_AcceptsNoWrongNumber()
    {
        string[] categories = ["integer", "large integer", "decimal", "percent", "fraction", "mixed number"];
        int accepted = 0, equal = 0;
        foreach (string line in File.ReadLines(SharedFolder.Require("golden", "verifier", "pairs.jsonl")))
        {
            using JsonDocument pair = JsonDocument.Parse(line);
            string Field(string name) => pair.RootElement.GetProperty(name).GetString()!;
            if (!categories.Contains(Field("category"), StringComparer.Ordinal))
            {
                continue;
            }

            bool same = Field("label") is "equal";
            Verdict verdict = Words.Verify(new Problem("1", "q", Field("gold")), Complete.Text(Field("answer")));
            equal += same ? 1 : 0;
            accepted += same && verdict.Correctness == Correctness.Correct ? 1 : 0;
            (verdict.Correctness == Correctness.Correct && !same).ShouldBeFalse(line);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"accepted {accepted} of {equal} equal pairs");
        accepted.ShouldBeGreaterThan(equal * 8 / 10);
    }

    [Fact]
    public void Verify_HostileAnswers_AreNeverRightAndTheirStepsCoverThem()
    {
        // None of the answers is 1,080.
        foreach (string line in File.ReadLines(SharedFolder.Require("golden", "verifier", "hostile.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement row = document.RootElement;
            string answer = row.TryGetProperty("answer_repeat", out JsonElement repeat)
                ? repeat[0].GetString() + string.Concat(Enumerable.Repeat(repeat[1].GetString(), Math.Min(repeat[2].GetInt32(), 20_000))) + repeat[3].GetString()
                : row.GetProperty("answer").GetString()!;
            foreach (string mark in (string[])["", "#### ", "The answer is ", "5 = "])
            {
                string response = mark + answer;
                Words.Verify(Eggs, Complete.Text(response)).Correctness.ShouldNotBe(Correctness.Correct, line[..Math.Min(100, line.Length)]);
                int end = 0;
                ReasoningStep[] steps = [.. Words.Steps(response, truncated: false)];
                foreach (ReasoningStep step in steps.Where(step => step.Start < step.End))
                {
                    step.Start.ShouldBe(end);
                    end = step.End;
                }

                // Only the answer line that a response lacks is empty.
                steps.Where(step => step.Start == step.End).Select(step => step.Start).ShouldBeSubsetOf([response.Length]);

                end.ShouldBeOneOf(0, response.Length);
            }
        }
    }
}

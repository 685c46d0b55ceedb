using System.Globalization;
using System.Numerics;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks.Chains;

namespace Stepwise.Tests.Tasks.Chains;

public sealed class ChainedArithmeticTests
{
    private static readonly ChainedArithmetic Clock = new();
    private static readonly ChainedArithmetic Plain = new(new() { Modulus = 0, Operators = "+-*", Operations = 6 });

    [Theory]
    [InlineData(100, "37+8+61", "37+8=45\n45+61=6\n#6")]
    [InlineData(100, "3-8*7", "3-8=95\n95*7=65\n#65")]
    [InlineData(0, "3-8*7+40", "3-8=-5\n-5*7=-35\n-35+40=5\n#5")]
    [InlineData(12, "11+1", "11+1=0\n#0")]
    [InlineData(10, "25*3", "25*3=5\n#5")]
    public void ReferenceResponse_KnownChain_IsTheWrittenSolution(int modulus, string chain, string solution)
    {
        ChainedArithmetic task = new(new() { Modulus = modulus, MaxStart = 9 });
        Problem problem = new("1", chain, solution[(solution.IndexOf('#') + 1)..], solution);
        task.ReferenceResponse(problem).ShouldBe(solution);
        task.Check(problem);
        task.Verify(problem, Complete.Text(solution)).Correctness.ShouldBe(Correctness.Correct);
        task.Prompt(problem).ShouldBe(new TextPrompt(chain + "\n"));
    }

    // 67+8: 7+8=15, the carry forgotten gives 65. 52-8: 12-8=4, the borrow forgotten gives 54. 37*8: 56, carry 5 forgotten: 6 and 24.
    [Theory]
    [InlineData(100, "67+8", 65)]
    [InlineData(100, "61+8", 69)]
    [InlineData(100, "92+9", 91)]
    [InlineData(100, "95+91", 86)]
    [InlineData(100, "52-8", 54)]
    [InlineData(100, "3-8", 5)]
    [InlineData(0, "3-8", -5)]
    [InlineData(0, "3-18", -15)]
    [InlineData(0, "3-28-8", -23)]
    [InlineData(0, "8-27", -29)]
    [InlineData(0, "37*8", 46)]
    [InlineData(0, "1-5*13", -2)]
    [InlineData(0, "67+85", 42)]
    public void WriteSolution_EveryCarryForgotten_GoesOnFromTheWrongValue(int modulus, string chain, long wrong)
    {
        ChainedArithmetic task = new(new() { Modulus = modulus });
        task.WriteSolution(new Problem("1", chain, "?"), 1, 0)
            .ShouldEndWith(string.Create(CultureInfo.InvariantCulture, $"={wrong}\n#{wrong}"));
    }

    [Fact]
    public void WriteSolution_NoSlip_IsTheRightSolution()
    {
        foreach (ChainedArithmetic task in new[] { Clock, Plain })
        {
            foreach (Problem problem in task.Generate(3, 200, Split.Train))
            {
                task.WriteSolution(problem, 0, 5).ShouldBe(problem.Solution);
                problem.Solution.ShouldEndWith("#" + problem.Answer);
                task.Check(problem);
            }
        }
    }

    [Fact]
    public void WriteSolution_HalfSlip_ForgetsAboutHalfOfTheCarries()
    {
        int wrong = 0;
        Problem problem = new("1", "67+8", "75");
        for (ulong key = 0; key < 2000; key++)
        {
            wrong += Clock.WriteSolution(problem, 0.5, key).EndsWith("#65", StringComparison.Ordinal) ? 1 : 0;
        }

        wrong.ShouldBeInRange(900, 1100);
        Clock.WriteSolution(problem, 0.5, 9).ShouldBe(Clock.WriteSolution(problem, 0.5, 9));
    }

    [Fact]
    public void WriteSolution_Idle_RestatesValuesAndChangesNothingElse()
    {
        int idle = 0, lines = 0;
        foreach ((int index, Problem problem) in Clock.Generate(4, 300, Split.Train).Index())
        {
            string[] plain = Clock.WriteSolution(problem, 0.5, (ulong)index).Split('\n');
            string[] written = Clock.WriteSolution(problem, 0.5, (ulong)index, 0.25).Split('\n');

            written.Where(line => !IsIdle(line)).ShouldBe(plain);
            string value = problem.Question[..problem.Question.IndexOf('+')];
            foreach (string line in written)
            {
                line.ShouldStartWith(line[0] == ChainedArithmetic.AnswerMark ? $"#{value}" : value);
                value = line[(line.LastIndexOf('=') + 1)..];
            }

            idle += written.Count(IsIdle);
            lines += plain.Length;
        }

        // 0.25 / 0.75 before each line; the standard deviation of the share is below 0.01.
        ((double)idle / lines).ShouldBeInRange(0.29, 0.38);

        static bool IsIdle(string line) => line.Split('=') is [var left, var right] && string.Equals(left, right, StringComparison.Ordinal);
    }

    [Fact]
    public void IdleLines_Allowed_ProblemsAndPromptsAreTheSame()
    {
        ChainedArithmetic idle = new(new() { IdleLines = true });
        idle.Generate(3, 50, Split.Train).ShouldBe(Clock.Generate(3, 50, Split.Train));
        idle.Prompt(idle.Generate(3, 1, Split.Train)[0]).ShouldBe(Clock.Prompt(Clock.Generate(3, 1, Split.Train)[0]));
    }

    [Fact]
    public void Milestones_Chain_AreItsLinesInOrder() =>
        Clock.Milestones(new Problem("1", "37+8+61", "6")).Select(m => (m.Value, string.Join(' ', m.Needs)))
            .ShouldBe([("37+8=45", ""), ("45+61=6", "0"), ("#6", "1")]);

    [Fact]
    public void Solution_PlainIntegers_AgreesWithBigIntegers()
    {
        foreach (Problem problem in Plain.Generate(8, 300, Split.Test))
        {
            BigInteger value = 0;
            foreach (string term in problem.Question.Replace("+", " +").Replace("-", " -").Replace("*", " *").Split(' '))
            {
                value = term[0] switch
                {
                    '+' => value + BigInteger.Parse(term[1..], CultureInfo.InvariantCulture),
                    '-' => value - BigInteger.Parse(term[1..], CultureInfo.InvariantCulture),
                    '*' => value * BigInteger.Parse(term[1..], CultureInfo.InvariantCulture),
                    _ => BigInteger.Parse(term, CultureInfo.InvariantCulture),
                };
            }

            problem.Answer.ShouldBe(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void Generate_SameSeed_SameProblems()
    {
        Clock.Generate(11, 100, Split.Train).ShouldBe(Clock.Generate(11, 100, Split.Train));
        Clock.Generate(11, 20, Split.Train).ShouldBe(Clock.Generate(11, 100, Split.Train).Take(20));
        Clock.Generate(11, 100, Split.Train).ShouldNotBe(Clock.Generate(12, 100, Split.Train));
    }

    [Fact]
    public void Generate_SmallSpace_SplitsAreDisjointAndCoverIt()
    {
        // 100 start values times 9 operands: 900 problems, all of which must turn up in exactly one split.
        ChainedArithmetic task = new(new() { Operations = 1 });
        int test = Enumerable.Range(0, 100).Sum(s => Enumerable.Range(1, 9).Count(o => ChainedArithmetic.SplitOf($"{s}+{o}") == Split.Test));
        HashSet<string> tests = [.. task.Generate(1, test, Split.Test).Select(p => p.Question)];
        HashSet<string> trains = [.. task.Generate(2, 900 - test, Split.Train).Select(p => p.Question)];
        test.ShouldBeInRange(120, 240);
        tests.Count.ShouldBe(test);
        trains.Count.ShouldBe(900 - test);
        tests.Overlaps(trains).ShouldBeFalse();
        Should.Throw<InputException>(() => task.Generate(1, test + 1, Split.Test)).Message.ShouldContain($"There are only {test} different test problems");
    }

    [Fact]
    public void Generate_Defaults_HaveTheStatedSizesAndIds()
    {
        IReadOnlyList<Problem> problems = Clock.Generate(1, 50, Split.Test);
        problems[49].Id.ShouldBe("test-49");
        foreach (Problem problem in problems)
        {
            string[] numbers = problem.Question.Split('+');
            numbers.Length.ShouldBe(15);
            numbers.Skip(1).ShouldAllBe(n => n.Length == 1 && n != "0");
            (problem.Question + problem.Solution).ShouldAllBe(c => ChainedArithmetic.Alphabet.Contains(c));
        }
    }

    [Theory]
    [InlineData("1+1=2\n#2", Correctness.Correct)]
    [InlineData("#2\n", Correctness.Correct)]
    [InlineData("1+1=3\n#2", Correctness.Correct)]
    [InlineData("1+1=2\n#02", Correctness.Incorrect)]
    [InlineData("1+1=2\n#3", Correctness.Incorrect)]
    [InlineData("1+1=2\n#", Correctness.Incorrect)]
    [InlineData("1+1=2", Correctness.Incorrect)]
    [InlineData("#2\n1+1=2", Correctness.Incorrect)]
    [InlineData("#2\n\n", Correctness.Incorrect)]
    [InlineData("", Correctness.Incorrect)]
    public void Verify_Response_LooksAtTheAnswerLineOnly(string response, Correctness expected) =>
        Clock.Verify(new Problem("1", "1+1", "2"), Complete.Text(response)).Correctness.ShouldBe(expected);

    [Fact]
    public void Verify_Truncated_TakesOnlyAClosedAnswerLine()
    {
        Problem problem = new("1", "1+1", "2");
        Verdict open = Clock.Verify(problem, Complete.Truncated("1+1=2\n#2"));
        open.ShouldBe(new Verdict(Correctness.Incorrect, null, "truncated"));
        Clock.Verify(problem, Complete.Truncated("1+1=2\n#2\n")).Correctness.ShouldBe(Correctness.Correct);
    }

    [Fact]
    public void Steps_Response_CoversItLineByLine()
    {
        Clock.Steps("1+1=2\n#2", truncated: false).ShouldBe([new(0, 6, "1+1=2"), new(6, 8, "#2")]);
        Clock.Steps("1+1=2\n#2", truncated: true).ShouldBe([new(0, 6, "1+1=2")]);
        Clock.Steps("1+1=2\n", truncated: true).ShouldBe([new(0, 6, "1+1=2")]);
        Clock.Steps("", truncated: true).ShouldBeEmpty();
    }

    [Fact]
    public void Steps_StoppedWithoutAnswer_EndWithAnEmptyStep()
    {
        Clock.Steps("1+1=2", truncated: false).ShouldBe([new(0, 5, "1+1=2"), new(5, 5, "")]);
        Clock.Steps("", truncated: false).ShouldBe([new(0, 0, "")]);
    }

    [Theory]
    [InlineData("", "found the end, expected a whole number")]
    [InlineData("37", "found the end, expected an operation")]
    [InlineData("37+", "found the end, expected a whole number")]
    [InlineData("37 + 8", "at character 3 found \" \", expected one of + - *")]
    [InlineData("37+08", "at character 4 found \"0\"")]
    [InlineData("37+8=", "found \"=\"")]
    [InlineData("1+9999999999999999999", "found \"9\"")]
    [InlineData("1+1000000000000000000", "exceeds")]
    public void Check_MalformedQuestion_IsAClearError(string question, string message) =>
        Should.Throw<InputException>(() => Plain.Check(new Problem("1", question, "45"))).Message.ShouldContain(message);

    [Fact]
    public void Check_WrongAnswerOrSolution_IsAClearError()
    {
        Should.Throw<InputException>(() => Clock.Check(new Problem("1", "99+2", "101")))
            .Message.ShouldBe("the answer of 99+2 modulo 100 is 1; found \"101\".");
        Should.Throw<InputException>(() => Clock.Check(new Problem("1", "99+2", "1", "99+2=101\n#1"))).Message.ShouldContain("solution");
    }

    public static TheoryData<ChainedArithmeticOptions, string> BadOptions => new()
    {
        { new() { Operations = 0 }, "task.operations is \"0\"; allowed is a whole number from 1 to 64" },
        { new() { Operations = 65 }, "allowed is a whole number from 1 to 64" },
        { new() { Operators = "" }, "task.operators is \"\"" },
        { new() { Operators = "+/" }, "task.operators is \"+/\"" },
        { new() { Operators = "++" }, "at most once" },
        { new() { MaxStart = 100 }, "task.maxStart is 100; allowed is 0 to 99, below task.modulus" },
        { new() { MaxOperand = 0 }, "task.maxOperand is \"0\"" },
        { new() { Modulus = 1, MaxStart = 0 }, "task.modulus is 1; allowed is from 2, or 0" },
        { new() { Modulus = 0, Operators = "*", Operations = 20 }, "set task.modulus" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Create_OptionOutOfRange_IsAClearError(ChainedArithmeticOptions options, string message) =>
        Should.Throw<InputException>(() => new ChainedArithmetic(options)).Message.ShouldContain(message);
}

using Stepwise.Answers;
using Stepwise.Judging.Trained;
using Stepwise.Judging.Trained.Corruptions;

namespace Stepwise.Tests.Judging.Trained;

public sealed class CorruptionTests
{
    private static readonly RightSolution Clips = new(
        new("p", "Ann sold clips to 48 friends in 12 days, and half as many in the 3 weeks after. How many?", "72"),
        ["She sold 48/2 = 24 clips in the 3 weeks after.", "She sold 48 + 24 = 72 clips altogether, so 72.", "#### 72"]);

    public static TheoryData<string> Kinds => [.. CorruptionCatalog.Entries.Select(entry => entry.Name)];

    [Theory]
    [InlineData("number", 0, "She sold 48/2 = 26 clips in the 3 weeks after.")]
    [InlineData("number", 1, "She sold 48 + 24 = 82 clips altogether, so 82.")]
    [InlineData("operator", 0, "She sold 48*2 = 96 clips in the 3 weeks after.")]
    [InlineData("operator", 1, "She sold 48 - 24 = 24 clips altogether, so 24.")]
    [InlineData("referent", 0, "She sold 12/2 = 6 clips in the 3 weeks after.")]
    [InlineData("copy", 1, "She sold 84 + 24 = 108 clips altogether, so 108.")]
    [InlineData("unit", 0, "She sold 48/2 = 24 clips in the 3 days after.")]
    [InlineData("skip", 0, "She sold 48 + 24 = 72 clips altogether, so 72.")]
    [InlineData("premature", 1, "#### 24")]
    [InlineData("answer", 2, "#### 24")]
    [InlineData("answer", 2, "#### 27")]
    public void Wrong_OfAStep_CanBeThis(string kind, int step, string expected)
    {
        Enumerable.Range(0, 2000).Select(key => Kind(kind).Wrong(Clips, step, CounterRandom.Key(1, (ulong)key)))
            .ShouldContain(wrong => string.Equals(wrong, expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("number", 2)]
    [InlineData("swap", 0)] // 2/48 is no short decimal.
    [InlineData("swap", 1)] // 24 + 48 is the same.
    [InlineData("unit", 1)]
    [InlineData("skip", 1)]
    [InlineData("premature", 0)]
    [InlineData("premature", 2)]
    [InlineData("answer", 1)]
    public void Wrong_WhereItDoesNotApply_IsNothing(string kind, int step)
    {
        Enumerable.Range(0, 200).ShouldAllBe(key => Kind(kind).Wrong(Clips, step, CounterRandom.Key(1, (ulong)key)) == null);
    }

    [Fact]
    public void Swap_OfADifference_GivesWhatFollows()
    {
        RightSolution division = new(Clips.Problem, ["It is 12 / 60 = 0.2 of an hour.", "#### 0.2"]);

        Kind("swap").Wrong(division, 0, 5).ShouldBe("It is 60 / 12 = 5 of an hour.");
    }

    /// <summary>Every wrong step has an equation that is not right, or a right one with another result than the right step's, or none at all.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Wrong_OfGeneratedSolutions_IsNeverTheRightStep(string kind)
    {
        int made = 0;
        for (ulong i = 0; i < 400; i++)
        {
            RightSolution solution = Generated(i);
            for (int step = 0; step < solution.Steps.Count; step++)
            {
                if (Kind(kind).Wrong(solution, step, CounterRandom.Key(i, (ulong)step)) is not { } wrong)
                {
                    continue;
                }

                made++;
                string.Equals(wrong, solution.Steps[step], StringComparison.Ordinal).ShouldBeFalse();
                List<Equality> equalities = Equality.Find(wrong), right = Equality.Find(solution.Steps[step]);
                if (kind is "operator" or "referent" or "copy" or "swap")
                {
                    equalities.ShouldAllBe(equality => equality.Truth == Truth.Right, wrong);
                }

                if (kind is "number")
                {
                    equalities.ShouldAllBe(equality => equality.Truth != Truth.Right, wrong);
                }
                else if (kind is not ("unit" or "premature" or "answer"))
                {
                    equalities[^1].Right.Value.ShouldNotBe(right[^1].Right.Value, wrong);
                }
            }
        }

        made.ShouldBeGreaterThan(50);
    }

    [Theory]
    [InlineData("1,200 * 3 = 3,600", "1,200|3", "*", "3,600", true)]
    [InlineData("$0.35 x 4 = $1.40 each", "0.35|4", "*", "1.40", true)]
    [InlineData("45+61=6", "45|61", "+", "6", false)]
    [InlineData("2+3*4=14", "2|3|4", "+*", "14", true)]
    public void Equations_OfAStep_AreRead(string text, string operands, string operators, string result, bool isTrue)
    {
        WrittenEquation equation = WrittenEquation.In(text).ShouldHaveSingleItem();

        equation.Operands.ShouldBe(operands.Split('|'));
        string.Concat(equation.Operators).ShouldBe(operators);
        (equation.Result, equation.IsTrue).ShouldBe((result, isTrue));
    }

    [Theory]
    [InlineData("(2+3)*4 = 20")]
    [InlineData("x + 3 = 5")]
    [InlineData("3 apples + 4 pears = 7")]
    [InlineData("2 + 3 = 5 * 1")]
    [InlineData("20 * 5 = 100%")]
    public void Equations_OfAnotherForm_AreNotRead(string text) => WrittenEquation.In(text).ShouldBeEmpty();

    [Fact]
    public void Slips_OfAnyNumber_AreOtherNumbersWithoutLeadingZeros()
    {
        foreach (string number in (string[])["7", "0", "10", "48", "1,200", "0.35", "999999999999999999999"])
        {
            for (ulong key = 0; key < 300; key++)
            {
                string slip = Slips.Of(number, key);
                slip.ShouldMatch(@"^(0|[1-9][\d,]*|0\.\d+|[1-9]\.\d+)$");
                bool kept = Numerals.Value(slip).Equals(Numerals.Value(number));
                (kept && number is not ("0" or "7" or "10")).ShouldBeFalse($"{number} to {slip}");
            }
        }
    }

    [Fact]
    public void Wording_OfAnyKey_ChangesNoNumberAndEndsWithTheAnswer()
    {
        HashSet<string> seen = [];
        for (ulong key = 0; key < 500; key++)
        {
            IReadOnlyList<string> steps = new ProseWording(key).Write(Clips.Steps, answers: true);
            string text = string.Join('\n', steps);
            string[] numbers = [.. Numerals.In(text)];
            numbers[^1].ShouldBe("72");
            numbers.Where(number => number.Length > 1).ShouldBe(["48", "24", "48", "24", "72", "72", "72"], text);
            seen.Add(text);

            // A wrong trace begins as the right one does, but for a step that both lines are in.
            IReadOnlyList<string> wrong = new ProseWording(key).Write([Clips.Steps[0], "She sold 49 clips."], answers: false);
            wrong.SkipLast(1).ShouldBe(steps.Take(wrong.Count - 1));
            wrong[^1].ShouldEndWith("She sold 49 clips.");
        }

        seen.Count.ShouldBeGreaterThan(300);
    }

    private static Corruption Kind(string name) =>
        (Corruption)CorruptionCatalog.Entries.First(entry => string.Equals(entry.Name, name, StringComparison.Ordinal)).Part;

    private static RightSolution Generated(ulong seed)
    {
        int a = 10 + CounterRandom.Integer(seed, 0, 80), b = 2 + CounterRandom.Integer(seed, 1, 8), c = 3 + CounterRandom.Integer(seed, 2, 40);
        return new(
            new("g", $"A has {a} boxes of {b} hours and {c} more, and 7 days.", $"{(a * b) + c - 5}"),
            [$"That is {a} * {b} = {a * b} hours.", $"With the rest it is {a * b} + {c} = {(a * b) + c} hours.",
                $"A tenth is {10 * b} / 10 = {b}.", $"At last {(a * b) + c} - 5 = {(a * b) + c - 5}.", $"#### {(a * b) + c - 5}"]);
    }
}

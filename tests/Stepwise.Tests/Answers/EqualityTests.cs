using Stepwise.Answers;

namespace Stepwise.Tests.Answers;

public sealed class EqualityTests
{
    [Theory]
    [InlineData("16 - 3 - 4 = 9")]
    [InlineData("3 eggs + 4 eggs = 7 eggs")]
    [InlineData("9 * 2 = $18")]
    [InlineData("She makes 9 × $2 = $18 a day.")]
    [InlineData("12 x 4 = 48 and 3x5=15")]
    [InlineData("18 (remaining) - 3 (eaten) = 15")]
    [InlineData("(2 + 3) * 4 = 20")]
    [InlineData("2(3 + 4) = 14")]
    [InlineData("$1,000 + $250.50 = $1,250.50")]
    [InlineData("75% of 32 = 24")]
    [InlineData("0.4 * 100 = 40%")]
    [InlineData("20 / 50 = 40%")]
    [InlineData("1/4 of 20 = 5")]
    [InlineData("10 / 3 = 3.33")]
    [InlineData("180 cups / 110 cups per bag = 1.636... bags")]
    [InlineData("2 + 1 1/2 = 3.5")]
    [InlineData("- 5 * 2 = 10")]
    [InlineData("2. 5 + 3 = 8")]
    [InlineData("5 plus 3 equals 8")]
    [InlineData("12 divided by 4 = 3")]
    [InlineData("2^3 = 8")]
    [InlineData("\\(2 \\text{ checks/month} \\times 12 \\text{ months/year} = 24 \\text{ checks/year}\\)")]
    [InlineData("\\[ \\frac{111 \\text{ feet}}{1.5} = 74 \\]")]
    [InlineData("3\\frac{1}{4} * 2 = 6.5")]
    [InlineData("\\frac12 \\times 6 = 3")]
    [InlineData("5 * 3\n= 15")]
    [InlineData("10 - 12 = -2")]
    [InlineData("7 / 2 ≈ 4")]
    [InlineData("150 minutes - 30 minutes = 120 minutes")]
    [InlineData("$400 000 * 3/100 = $12 000")]
    [InlineData("18 / 3 = 6 times longer")]
    [InlineData("1200 / 1000 = 1.2Mb")]
    [InlineData("40 percent of 50 = 20")]
    [InlineData("100% - 20% = 80%")]
    [InlineData("1 / 8 = 12.5%")]
    [InlineData("1 / 3 = 33.3%")]
    [InlineData("50¢ + 25¢ = 75¢")]
    [InlineData("2 * 3\\frac{1}{4} = 6.5")]
    [InlineData("2^{1 + 2} = 8")]
    [InlineData("4 \\text{ pounds} \\times \\$0.35/\\text{pound} = \\$1.40")]
    [InlineData("15 squares * 12 lights/square = 180 lights")]
    [InlineData("3 *4 = 12")]
    [InlineData("* 5 + 3 = 8")]
    [InlineData("3*-6 = -18")]
    [InlineData("467 000 - 450 000 = 17 000 people")]
    [InlineData("5 pennies + 5 cents = 10 cents")]
    public void Find_RightEquality_IsRight(string text) => Equality.Find(text).ShouldContain(e => e.Truth == Truth.Right);

    [Theory]
    [InlineData("16 - 3 - 4 = 8", "9", "8")]
    [InlineData("3 eggs + 4 eggs = 8 eggs", "7", "8")]
    [InlineData("So 2 + 48 + 3150 + 1300 = 3500 pounds.", "4500", "3500")]
    [InlineData("\\(12 \\times 4 = 46\\)", "48", "46")]
    [InlineData("2 + 3 * 4 = 20", "14", "20")]
    [InlineData("1 / 3 = 0.43", "1/3", "43/100")]
    [InlineData("Total = 5 * 12 = 62", "60", "62")]
    [InlineData("9 books + 1 book = 11 books", "10", "11")]
    [InlineData("330 / 7 = 50 percent", "330/7", "1/2")]
    [InlineData("20 / 50 = 45%", "2/5", "9/20")]
    [InlineData("1 / 3 = 30.5%", "1/3", "61/200")]
    [InlineData("32 * 75% = 20", "24", "20")]
    [InlineData("100% - 20% = 70%", "4/5", "7/10")]
    public void Find_FalseEquality_IsWrong(string text, string left, string right)
    {
        Equality wrong = Equality.Find(text).Where(e => e.Truth == Truth.Wrong).ShouldHaveSingleItem();
        wrong.Left!.Value.ToString().ShouldBe(left);
        wrong.Right.Value.ToString().ShouldBe(right);
    }

    // True in the meaning of the words, or of no clear meaning: never called wrong.
    [Theory]
    [InlineData("2 hours - 30 minutes = 90 minutes")]
    [InlineData("2 hours = 120 minutes")]
    [InlineData("8 batches = 5.5 * 8")]
    [InlineData("1/2 (10 - 1.5x) = 2")]
    [InlineData("10 + 2 times the price = 16")]
    [InlineData("5 less than 3 * 10 = 25")]
    [InlineData("twice 5 + 3 = 13")]
    [InlineData("average of 5 + 3 = 4")]
    [InlineData("$50 - 20% = $40")]
    [InlineData("(50 + 10) * 20% = 10")]
    [InlineData("1 / 3 = 33%")]
    [InlineData("20% = 50")]
    [InlineData("2x + 5 = 7")]
    [InlineData("51 = 3x")]
    [InlineData("x + 5 = 8")]
    [InlineData("Total cost - 5 = 3")]
    [InlineData("8:00 + 3 = 11:00")]
    [InlineData("1st - 5 = 6th")]
    [InlineData("60 / 3/4 = 80")]
    [InlineData(".1(Number of minutes) + 1 = .15(Number of minutes)")]
    [InlineData("5 + 3 = 8 dozen")]
    [InlineData("3 days + 4 days = 1 week")]
    [InlineData("7 / 2 = 3 full boxes")]
    [InlineData("$2.50 - $2.24 = 26 cents")]
    [InlineData("5! = 120")]
    [InlineData("5 * ? = 10")]
    [InlineData("1/0 = 5")]
    [InlineData("1 / 3 = 0.4")]
    [InlineData("9^9^9^9 = 1")]
    [InlineData("8/3 = 24/Y")]
    [InlineData("√16 + 5 = 9")]
    [InlineData("3² + 4 = 13")]
    [InlineData("x_1 + 2 = 5")]
    [InlineData("5 - 10 = - -5")]
    [InlineData("2:15 + 3 = 2:18")]
    [InlineData("\\frac{1} = 2")]
    public void Find_DoubtfulEquality_IsNeverWrong(string text) => Equality.Find(text).ShouldNotContain(e => e.Truth == Truth.Wrong);

    [Fact]
    public void Find_Chain_ComparesNeighbours() =>
        Equality.Find("2 * 6 = 3 * 4 = 12 = 13 + 0").Select(e => e.Truth).ShouldBe([Truth.Right, Truth.Right, Truth.Unknown]);

    [Fact]
    public void Find_Hostile_HidesNoFalseEqualityOfAnotherLine()
    {
        string[] units =
        [
            "(", ")", "1(", "(1", "1 a ", "=", "1=", "\\frac{", "{1}", "}", "9^", "9*", "\\begin{", "1(a ", "x ", "1,", ".", "-", "\\", "%", "𝟙", "\ud800",
            "!)", "a_{", "2^", "\\frac", "\\frac12", "\\text{", "1 2/3 ", "<1", "5 * (", "-(", "1:", "1 000 ",
        ];
        foreach (string unit in units)
        {
            string text = string.Concat(Enumerable.Repeat(unit, 10_000));
            Equality.Find(text).ShouldNotContain(e => e.Truth == Truth.Wrong, unit);
            ShouldFindOneMore(text);
            ShouldFindOneMore(text + "= 1 + 1");
        }

        for (ulong run = 0; run < 3000; run++)
        {
            ulong key = CounterRandom.Key(5, run);
            IEnumerable<string> parts = Enumerable.Range(1, CounterRandom.Integer(key, 0, 40)).Select(i => units[CounterRandom.Integer(key, (ulong)i, units.Length)]);
            ShouldFindOneMore(string.Concat(parts));
        }

        static void ShouldFindOneMore(string text) => Equality.Find(text + "\n\n2 + 2 = 5\n").Count(e => e.Truth == Truth.Wrong).ShouldBe(
            Equality.Find(text).Count(e => e.Truth == Truth.Wrong) + 1, text[..Math.Min(100, text.Length)]);
    }

    // 100 kB each: what is nested too deeply is not read, and the work does not grow with the square of the length.
    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("2^(", "1", ")")]
    [InlineData("\\frac{", "1", "}{2}")]
    [InlineData("2^", "7", "")]
    [InlineData("0.", "7", "")]
    public void Find_NestedDeeply_IsNotRead(string open, string middle, string close)
    {
        int count = 100_000 / (open.Length + close.Length);
        string text = string.Concat(Enumerable.Repeat(open, count)) + middle + string.Concat(Enumerable.Repeat(close, count));
        Equality.Find($"{text} = 8").ShouldHaveSingleItem().Left.ShouldBeNull();
        Equality.Find($"8 = {text}").ShouldBeEmpty();
    }

    [Fact]
    public void Find_LongSum_IsRight()
    {
        string ones = string.Concat(Enumerable.Repeat("1 + ", 24_999));
        Equality sum = Equality.Find($"{ones}1 = 25,000").ShouldHaveSingleItem();
        (sum.Truth, sum.Left!.Terms.Count, sum.Left.Operators).ShouldBe((Truth.Right, 25_000, 24_999));
    }

    // Parentheses around a whole side, a sign before it and braces change nothing of what it adds up or multiplies.
    [Theory]
    [InlineData("(2 + 3) = 5", "2 3", "")]
    [InlineData("10 - 2 * 3 = 4", "10 -6", "")]
    [InlineData("\\frac{300}{10} = 30", "30", "300 1/10")]
    [InlineData("20 / 50 * 40% = 0.16", "4/25", "20 1/50 2/5")]
    [InlineData("2 1/2 * 4 = 10", "10", "5/2 4")]
    public void Find_Expression_KnowsItsTermsAndFactors(string text, string terms, string factors)
    {
        Expression left = Equality.Find(text).ShouldHaveSingleItem().Left.ShouldNotBeNull();
        (string.Join(' ', left.Terms), string.Join(' ', left.Factors)).ShouldBe((terms, factors));
    }

    [Fact]
    public void Find_HugeNumbers_AreBounded()
    {
        string digits = new('9', 100_000);
        Equality.Find($"{digits} + 1 = 2").ShouldNotContain(e => e.Truth == Truth.Wrong);
        Equality.Find($"{string.Concat(Enumerable.Repeat("999999999999 * ", 5000))}1 = 2").ShouldNotContain(e => e.Truth == Truth.Wrong);
    }
}

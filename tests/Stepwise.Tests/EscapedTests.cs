namespace Stepwise.Tests;

public sealed class EscapedTests
{
    [Theory]
    [InlineData("plain text, 3 × 5 = 15 and 汉字", "plain text, 3 × 5 = 15 and 汉字")]
    [InlineData("\u001b[31mred\u0007", "\\u001b[31mred\\u0007")]
    [InlineData("two\nlines\tand\r", "two\\u000alines\\u0009and\\u000d")]
    [InlineData("\u009b2J", "\\u009b2J")]
    [InlineData("gpj.\u202emodel", "gpj.\\u202emodel")]
    [InlineData("a\u2028b\u2029c\u200bd\ufeff", "a\\u2028b\\u2029c\\u200bd\\ufeff")]
    [InlineData("\U0001F600 whole", "\U0001F600 whole")]
    [InlineData("\U000E0001 tag", "\\udb40\\udc01 tag")]
    [InlineData("", "")]
    public void Line_WhatATerminalObeysOrNobodySees_IsWrittenOut(string text, string shown) => Escaped.Line(text, 100).ShouldBe(shown);

    [Fact]
    public void Line_HalfOfASurrogatePair_IsWrittenOut() => Escaped.Line("\ud83d half", 100).ShouldBe("\\ud83d half");

    [Fact]
    public void Line_LongText_KeepsItsBeginningAndItsEnd()
    {
        Escaped.Line(new string('a', 100), 100).ShouldBe(new string('a', 100));
        Escaped.Line(new string('a', 80) + new string('b', 21), 100).ShouldBe(new string('a', 65) + " … " + new string('a', 11) + new string('b', 21));
    }

    [Fact]
    public void Line_CutWithinACharacter_ShowsItsHalvesEscaped() =>
        Escaped.Line(string.Concat(Enumerable.Repeat("\U0001F600", 10)), 12).ShouldBe("\U0001F600\U0001F600\U0001F600 … \\ude00\U0001F600");

    [Fact]
    public void Lines_KeepsLineBreaksAndTabsOnly() => Escaped.Lines("a\n\tb\r\u001b[0m").ShouldBe("a\n\tb\\u000d\\u001b[0m");

    [Fact]
    public void Of_LongName_IsQuotedAndCut()
    {
        Quoted.Of("a\u001b\"").ShouldBe("\"a\\u001b\"\"");
        Quoted.Of(new string('x', 149_000)).Length.ShouldBe(102);
    }

    [Fact]
    public void Message_OfAnError_IsOneLineOfALength()
    {
        string outside = "\u001b[2J\n" + new string('x', 149_000) + ". Do this.";
        foreach (string message in new[]
        {
            new InputException(outside).Message, new InputException(outside, new IOException()).Message,
            new RunException(outside).Message, new RunException(outside, new IOException()).Message,
        })
        {
            message.ShouldStartWith("\\u001b[2J\\u000axxx");
            message.ShouldEndWith("xxx. Do this.");
            message.Length.ShouldBeLessThan(1600);
        }
    }
}

using System.Globalization;
using Stepwise.Options;

namespace Stepwise.Tests.Options;

public sealed class TextListTests
{
    [Fact]
    public void Equals_SameTexts_AreTheSameList()
    {
        TextList list = ["a", "b"], same = ["a", "b"];

        list.ToArray().ShouldBe(["a", "b"]);
        list.Equals(same).ShouldBeTrue();
        list.GetHashCode().ShouldBe(same.GetHashCode());
        list.Equals(["b", "a"]).ShouldBeFalse();
        list.Equals(["a"]).ShouldBeFalse();
    }

    [Fact]
    public void ToString_AnyTexts_IsReadBack()
    {
        const string Odd = "a\"\\\n\t\r\0 '\u0085\u2028\uFEFF\u200B🦉{}[],:#é";
        for (ulong round = 0; round < 500; round++)
        {
            string[] texts = [.. Enumerable.Range(0, CounterRandom.Integer(round, 0, 4)).Select(i => "x" + Cut(Odd, CounterRandom.Key(round, (ulong)i)))];
            TextList list = [.. texts];

            TextList.Read(list.ToString()).ShouldBe(list, string.Create(CultureInfo.InvariantCulture, $"round {round}"));
        }

        // The owl is a surrogate pair, which is not cut.
        static string Cut(string text, ulong key)
        {
            string cut = text[CounterRandom.Integer(key, 0, text.Length)..];
            return char.IsLowSurrogate(cut[0]) ? cut[1..] : cut;
        }
    }

    [Fact]
    public void Read_OneText_IsAListOfIt() => TextList.Read("a, b").ShouldBe(["a, b"]);

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("[1]")]
    [InlineData("[null]")]
    [InlineData("[\"\"]")]
    [InlineData("[[\"a\"]]")]
    [InlineData("[\"a\"] b")]
    [InlineData("[\"\\ud800\"]")]
    public void Read_NoListOfTexts_IsNothing(string text) => TextList.Read(text).ShouldBeNull();

    [Fact]
    public void Read_HalfOfASurrogatePair_IsNothing()
    {
        foreach (char half in "🦉")
        {
            TextList.Read($"a{half}").ShouldBeNull();
            TextList.Read($"[\"a\", \"{half}b\"]").ShouldBeNull();
        }
    }
}

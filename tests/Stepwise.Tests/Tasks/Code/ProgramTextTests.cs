using Stepwise.Tasks.Code;

namespace Stepwise.Tests.Tasks.Code;

public sealed class ProgramTextTests
{
    private static readonly string[] Python = ["python", "py"];

    [Theory]
    [InlineData("```python\na\n```", "a\n")]
    [InlineData("```py\na\n```\nand\n```python\nb\n```\nends", "b\n")]
    [InlineData("```python\na\n```\n```sh\nb\n```", "a\n")]
    [InlineData("```sh\na\n```\n```\nb\n```", "b\n")]
    [InlineData("```Python title=x\na\n```", "a\n")]
    [InlineData("~~~python\na\n```\nb\n~~~", "a\n```\nb\n")]
    [InlineData("````python\na\n```\nb\n````", "a\n```\nb\n")]
    [InlineData("```python\na", "a")]
    [InlineData("```python\r\na\r\n```\r\n", "a\r\n")]
    [InlineData("    return x", "    return x")]
    [InlineData("use `x` and ```y``` here", "use `x` and ```y``` here")]
    [InlineData("<think>\n```python\nno\n```\n</think>\n```\nyes\n```", "yes\n")]
    [InlineData("no</think>a = 1", "a = 1")]
    [InlineData("```python\na\n```\n<think>\n```python\nno\n```", "a\n")]
    [InlineData("", null)]
    [InlineData(" \n", null)]
    [InlineData("```python\n```", null)]
    [InlineData("<think>a = 1", null)]
    public void Find_OfAWholeResponse_IsTheLastBlockOfTheLanguageOrAnyOrAll(string response, string? program) =>
        ProgramText.Find(response, truncated: false, Python).ShouldBe(program);

    [Theory]
    [InlineData("```python\na\n```\nand so", "a\n")]
    [InlineData("```python\na\n```\n```python\nb", "a\n")]
    [InlineData("```python\na", null)]
    [InlineData("a = 1", null)]
    [InlineData("<think>```python\na\n```", null)]
    public void Find_OfAResponseThatWasCutOff_IsAClosedBlock(string response, string? program) =>
        ProgramText.Find(response, truncated: true, Python).ShouldBe(program);

    [Fact]
    public void Find_OfAnyText_IsAPartOfIt()
    {
        string[] pieces = ["```", "````", "~~~", "python", "\n", "\r\n", " ", "<think>", "</think>", "x", "`", "é", "\ud83d", "\0"];
        Random random = new(7);
        for (int i = 0; i < 5000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => pieces[random.Next(pieces.Length)]));
            foreach (bool truncated in (bool[])[false, true])
            {
                if (ProgramText.Find(text, truncated, Python) is { } program)
                {
                    text.Contains(program, StringComparison.Ordinal).ShouldBeTrue(text);
                    string.IsNullOrWhiteSpace(program).ShouldBeFalse();
                }
            }
        }

        ProgramText.Find(string.Concat(Enumerable.Repeat("```\n~~~\n", 300_000)), truncated: false, Python).ShouldNotBeNull();
    }
}

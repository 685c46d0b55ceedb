using Stepwise.Tasks.Commands;

namespace Stepwise.Tests.Tasks.Commands;

public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("python3 check.py", new[] { "python3", "check.py" })]
    [InlineData("  a \t b\n", new[] { "a", "b" })]
    [InlineData("'a b' \"c d\"", new[] { "a b", "c d" })]
    [InlineData("a'b c'd", new[] { "ab cd" })]
    [InlineData("'' \"\"", new[] { "", "" })]
    [InlineData("\"a\\\"b\\\\c\\d\"", new[] { "a\"b\\c\\d" })]
    [InlineData("C:\\bin\\check.exe '\\'", new[] { "C:\\bin\\check.exe", "\\" })]
    [InlineData("$HOME *.py | x; y", new[] { "$HOME", "*.py", "|", "x;", "y" })]
    [InlineData("", new string[0])]
    public void Split_Command_IsItsWordsWithoutAShell(string command, string[] words) => CommandWords.Split(command).ShouldBe(words);

    [Theory]
    [InlineData("'a")]
    [InlineData("a \"b\\\"")]
    public void Split_OpenQuote_IsNone(string command) => CommandWords.Split(command).ShouldBeNull();

    [Fact]
    public void Split_WordsThatAreQuoted_AreReadBack()
    {
        Random random = new(11);
        for (int trial = 0; trial < 500; trial++)
        {
            string[] words = [.. Enumerable.Range(0, random.Next(4)).Select(_ => string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => "a '\"\\\t€"[random.Next(7)])))];
            string command = string.Join(' ', words.Select(w => $"\"{w.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""));

            CommandWords.Split(command).ShouldBe(words);
        }
    }
}

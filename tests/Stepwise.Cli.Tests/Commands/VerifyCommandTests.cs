using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

public sealed class VerifyCommandTests(TinyPolicy tiny)
{
    // The pairs that docs/answers.md shows.
    private string Pairs => tiny.Write(".jsonl", string.Join('\n', Example("json")));

    [Fact]
    public async Task Verify_PairsOfTheDocs_SaysWhatTheDocsSay()
    {
        Output output = await Program.RunAsync("verify", Pairs);

        output.Code.ShouldBe(0, output.Error);
        string[] shown = Example("text");
        output.Text.Split('\n').Take(shown.Length - 1).ShouldBe(shown.SkipLast(1));
    }

    [Fact]
    public async Task Verify_Json_GivesEveryVerdictAndTheCounts()
    {
        Output output = await Program.RunAsync("verify", Pairs, "--json");

        output.Json.SkipLast(1).Select(line => (line.GetProperty("id").GetString(), line.GetProperty("outcome").GetString()))
            .ShouldBe([("surd", "equal"), ("interval", "equal"), ("end", "different"), ("unit", "equal"), ("tower", "undecided")]);
        output.Json[3].GetProperty("gold").GetString().ShouldBe("3/2 km");
        output.Json[3].GetProperty("answer").GetString().ShouldBe("1500 m");
        JsonElement end = output.Json[^1];
        (int, int, int, int, int, int, int) counts = (Count("pairs"), Count("equal"), Count("different"), Count("undecided"),
            Count("falseAccepts"), Count("falseRejects"), Count("undecidedLabelled"));
        counts.ShouldBe((5, 3, 1, 1, 0, 0, 0));
        end.GetProperty("microsecondsPerVerdict").GetDouble().ShouldBeGreaterThan(0);

        int Count(string name) => end.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Verify_LabelsThatTheVerdictsContradict_AreCountedAndShown()
    {
        string pairs = tiny.Write(".jsonl", """
            {"gold": 5, "answer": "5", "label": "different"}
            {"gold": 5, "answer": "6", "label": "equal"}
            {"gold": 5, "answer": "5", "truncated": true, "label": "equal"}
            {"gold": "\\int x", "answer": "5", "label": "different"}
            """);

        Output output = await Program.RunAsync("verify", pairs);

        output.Text.ShouldContain("1  equal, labelled different: 5 | 5 | ");
        output.Text.ShouldContain("3  different, labelled equal: 5 | no answer | the response was cut off before it stated an answer");
        output.Text.ShouldContain("4 labelled: 1 false accept, 2 false rejects, 1 undecided");
    }

    [Theory]
    [InlineData("""{"gold": "5"}""", "the field \"answer\" is missing; expected a string or a number; the fields there are gold.")]
    [InlineData("""{"gold": "5", "answer": "5", "label": "same"}""", "the field \"label\" is \"same\"; expected \"equal\" or \"different\".")]
    [InlineData("""{"gold": "5", "answer": "5", "truncated": 1}""", "the field \"truncated\" is a number; expected true or false.")]
    [InlineData("""["5", "5"]""", "found a JSON list; expected one object per line.")]
    public async Task Verify_LineThatIsNoPair_ExitsWith2AndNamesIt(string line, string message)
    {
        Output output = await Program.RunAsync("verify", tiny.Write(".jsonl", line));

        output.Code.ShouldBe(2);
        output.Error.ShouldContain($", line 1: {message}");
    }

    [Fact]
    public async Task Verify_ResponseOfMegabytes_IsRead()
    {
        string pairs = tiny.Write(".jsonl", $$"""{"gold": "5", "answer": "{{new string('a', 3 << 20)}} so \\boxed{5}"}""");

        (await Program.RunAsync("verify", pairs, "--json")).Json[0].GetProperty("outcome").GetString().ShouldBe("equal");
    }

    /// <summary>The first block of a kind in the page on answers.</summary>
    private static string[] Example(string kind)
    {
        string page = File.ReadAllText(Path.Combine(ReadMeTests.Root, "docs", "answers.md"));
        string block = page.Split($"```{kind}\n")[1];
        return block[..block.IndexOf("\n```", StringComparison.Ordinal)].Split('\n');
    }
}

using System.Text.Json;

namespace Stepwise.Cli.Tests;

public sealed class TheoryCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stepwise-theory").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Theory_Json_GivesBothMethodsAtEveryStepAndTheCurves()
    {
        string folder = Path.Combine(_folder, "out");
        (int code, string output, _) = await RunAsync(
            "--steps", "10", "1", "--runs", "8", "--groups", "50", "--json", "--out", folder);

        code.ShouldBe(0);
        JsonElement[] lines =
            [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        lines.SkipLast(1)
            .Select(l => (
                l.GetProperty("updates").GetInt32(), l.GetProperty("method").GetString(), Math.Round(l.GetProperty("pq").GetDouble(), 5)))
            .ShouldBe([(1, "grpo", 0.28218), (1, "sgpo", 0.28987), (10, "grpo", 0.64342), (10, "sgpo", 0.66699)]);
        lines[0].GetProperty("pInterval").GetArrayLength().ShouldBe(2);
        lines[^1].GetProperty("event").GetString().ShouldBe("end");
        Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["p.svg", "pq.svg", "q.svg"]);
    }

    [Fact]
    public async Task Theory_Table_ShowsTheRecursionToFiveDigits()
    {
        (int code, string output, _) = await RunAsync(
            "--steps", "5", "--runs", "8", "--groups", "50", "--out", Path.Combine(_folder, "out"));

        code.ShouldBe(0);
        output.ShouldContain("      5  GRPO    0.66522  ");
        output.ShouldContain("      5  SGPO    0.75983  ");
    }

    [Theory]
    [InlineData("--steps", "-1")]
    [InlineData("--runs", "7")]
    [InlineData("--groups", "many")]
    public async Task Theory_BadOption_SaysWhatIsAllowed(string option, string value)
    {
        (int code, _, string error) = await RunAsync(option, value, "--out", Path.Combine(_folder, "out"));

        code.ShouldBe(2);
        error.ShouldContain(option);
        Directory.Exists(Path.Combine(_folder, "out")).ShouldBeFalse();
    }

    [Fact]
    public async Task Theory_FolderThatExists_IsNotWrittenTo()
    {
        (int code, _, string error) = await RunAsync("--out", _folder);

        code.ShouldBe(2);
        error.ShouldContain("exists already");
        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Theory_Interrupted_ExitsWith130AndLeavesNoFolder()
    {
        string folder = Path.Combine(_folder, "out");
        Output output = await Program.RunAsync(
            new StringWriter(), "", ["theory", "--out", folder], new CancellationToken(canceled: true));

        (output.Code, output.Text).ShouldBe((CommandLine.Interrupted, ""));
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Theory_FolderUnderAFile_ExitsWith2()
    {
        string file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        (int code, _, string error) = await RunAsync("--out", Path.Combine(file, "out"));

        code.ShouldBe(2);
        error.ShouldContain("cannot be made");
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter() };
        int code = await CommandLine.RunAsync(["theory", .. args], terminal, TestContext.Current.CancellationToken);
        return (code, terminal.Output.ToString()!, terminal.Error.ToString()!);
    }
}

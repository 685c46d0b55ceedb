using System.Text.Json;
using Stepwise.Cli.Benchmarks;
using Stepwise.Engine;

namespace Stepwise.Cli.Tests;

public sealed class BenchCommandTests : IDisposable
{
    private readonly string _model = Directory.CreateTempSubdirectory("stepwise-bench").FullName;

    public void Dispose() => Directory.Delete(_model, recursive: true);

    [Theory]
    [InlineData("matmul", 7)]
    [InlineData("train", 1)]
    [InlineData("sample", 3)]
    public async Task Bench_Json_GivesAnObjectPerFigure(string what, int figures)
    {
        using (LocalPolicy policy = Random())
        {
            await policy.SaveAsync(_model, withOptimizer: false, TestContext.Current.CancellationToken);
        }

        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter() };
        string[] model = what is "matmul" ? [] : ["--model", _model];
        int code = await CommandLine.RunAsync(["bench", what, "--threads", "1", "--json", .. model], terminal, TestContext.Current.CancellationToken);

        code.ShouldBe(0, terminal.Error.ToString());
        JsonElement[] lines = [.. terminal.Output.ToString()!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        lines.Length.ShouldBe(figures);
        foreach (JsonElement line in lines)
        {
            line.GetProperty("what").GetString().ShouldBe(what);
            line.GetProperty("threads").GetInt32().ShouldBe(1);
            line.GetProperty("shareOfPeak").GetDouble().ShouldBe(line.GetProperty("gflops").GetDouble() / line.GetProperty("peakGflops").GetDouble(), 1e-9);
            line.GetProperty("gflops").GetDouble().ShouldBeGreaterThan(0);
            line.TryGetProperty("tokensPerSecond", out _).ShouldBe(what is not "matmul");
            line.TryGetProperty("managedBytesPerStep", out _).ShouldBe(what is "train");
        }
    }

    [Fact]
    public async Task Bench_ModelThatIsMissing_IsAMistakeOfTheUser()
    {
        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter() };

        (await CommandLine.RunAsync(["bench", "train", "--model", Path.Combine(_model, "no")], terminal, TestContext.Current.CancellationToken)).ShouldBe(2);

        terminal.Error.ToString()!.ShouldContain("there is no such model");
    }

    [Fact]
    public void Forward_StartersShape_CountsByHand()
    {
        using LocalPolicy policy = Random();

        // Embedding 17·96; per layer 4·96² + 3·96·256 + 2·96; the last norm 96. Two tokens attend to 1 + 2 positions, or to 11 + 12.
        const double parameters = (17 * 96) + (4 * ((4 * 96 * 96) + (3 * 96 * 256) + (2 * 96))) + 96;
        policy.Parameters.ShouldBe((long)parameters);
        ModelWork.Forward(policy, 0, 2).ShouldBe((2 * parameters * 2) + (4 * 4 * 3 * 32 * 3));
        ModelWork.Forward(policy, 10, 2).ShouldBe((2 * parameters * 2) + (4 * 4 * 3 * 32 * 23));
    }

    /// <summary>The bundled starter's shape and tokenizer with random weights.</summary>
    private static LocalPolicy Random() => LocalPolicy.Create(Path.Combine(AppContext.BaseDirectory, "models", "starter"), seed: 1, threads: 1);
}

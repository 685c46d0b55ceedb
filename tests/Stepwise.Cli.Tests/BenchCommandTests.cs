using System.Text.Json;
using Stepwise.Cli.Benchmarks;
using Stepwise.Engine.Loading;
using Stepwise.Policies;

namespace Stepwise.Cli.Tests;

public sealed class BenchCommandTests : IDisposable
{
    // The starter's shape: what multiplies in its four layers and the last norm; a pair of a token and one it attends to; a row of logits.
    private const double Layers = (4 * ((4 * 96 * 96) + (3 * 96 * 256) + (2 * 96))) + 96;
    private const double PerPair = 4 * 4 * 3 * 32;
    private const double Head = 2 * 17 * 96;

    private readonly string _model = Directory.CreateTempSubdirectory("stepwise-bench").FullName;

    public void Dispose() => Directory.Delete(_model, recursive: true);

    [Fact]
    public async Task Bench_TrainAsJson_GivesAnObjectPerFigure()
    {
        await SaveAsync();
        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter() };
        int code = await CommandLine.RunAsync(
            ["bench", "train", "--threads", "1", "--json", "--model", _model], terminal, TestContext.Current.CancellationToken);

        code.ShouldBe(0, terminal.Error.ToString());
        JsonElement line = JsonDocument.Parse(terminal.Output.ToString()!).RootElement;
        line.EnumerateObject().Select(p => p.Name).ShouldBe(
        [
            "what", "model", "shape", "threads", "vectorBits", "gflops", "peakGflops", "shareOfPeak", "peakGigabytesPerSecond",
            "tokensPerSecond", "managedBytesPerStep",
        ]);
        line.GetProperty("shape").GetString().ShouldBe("16x128");
        line.GetProperty("shareOfPeak").GetDouble().ShouldBe(
            line.GetProperty("gflops").GetDouble() / line.GetProperty("peakGflops").GetDouble(), 1e-9);
        line.GetProperty("tokensPerSecond").GetDouble().ShouldBeGreaterThan(0);
        line.GetProperty("peakGigabytesPerSecond").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Run_MatMul_HasRateAndPeakAndNothingElse()
    {
        Figure figure = MatMulBenchmark.Run(threads: 2, TestContext.Current.CancellationToken).First();

        (figure.What, figure.Shape, figure.Threads).ShouldBe(("matmul", "512x1536x576", 2));
        (figure.Model, figure.TokensPerSecond, figure.ManagedBytesPerStep).ShouldBe((null, null, null));
        figure.Gflops.ShouldBeGreaterThan(0);
        figure.PeakGflops.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Run_Sample_CountsTheWorkOfItsTokens()
    {
        await SaveAsync();
        Figure figure = SampleBenchmark.Run(_model, FrozenType.Float32, threads: 1, TestContext.Current.CancellationToken).First();

        // 63 tokens decoded after a prompt of 96.
        using LocalPolicy policy = Random();
        (figure.Gflops * 1e9 / figure.TokensPerSecond!.Value).ShouldBe(ModelWork.Forward(policy, 96, 63) / 63, 1);
        figure.Shape.ShouldBe("1x64");

        // So small a model stays in a cache.
        figure.GigabytesPerSecond.ShouldBeNull();
        figure.MeanLogProbDifference.ShouldBeNull();
    }

    [Fact]
    public async Task Run_SampleInBFloat16_SaysHowFarFromFp32()
    {
        await SaveAsync();
        Figure[] figures = [.. SampleBenchmark.Run(_model, FrozenType.Bfloat16, threads: 1, TestContext.Current.CancellationToken)];

        figures.Select(f => f.Shape).ShouldBe(["1x64", "8x64", "32x64", "64x64"]);
        figures.Take(3).ShouldAllBe(f => f.MeanLogProbDifference == null);
        Figure figure = figures[^1];
        figure.MeanLogProbDifference!.Value.ShouldBeInRange(1e-9, 0.1);
        figure.LargestLogProbDifference!.Value.ShouldBeInRange(figure.MeanLogProbDifference.Value, 1);
        figure.More().ShouldContain("from fp32 on average");
    }

    [Fact]
    public async Task Run_Step_SplitsIntoSamplingAndUpdate()
    {
        await SaveAsync();
        Figure[] figures = [.. StepBenchmark.Run(_model, threads: 1, TestContext.Current.CancellationToken)];

        figures.Select(f => (f.What, f.Shape)).ShouldBe([("step", "4x8x128"), ("step: sampling", "4x8x128"), ("step: update", "4x8x128")]);

        // 4 prompts of 128 tokens, each with 8 samples whose last token is drawn but no row: 127 rows after the prompt, 128 logits.
        double prompts = (2 * Layers * 4 * 128) + (PerPair * 4 * 128 * 64.5), samples = (2 * Layers * 32 * 127) + (PerPair * 32 * 127 * (128 + 64.0));
        (figures[1].Gflops * 1e9 * figures[1].Seconds!.Value).ShouldBe(prompts + samples + (Head * ((32 * 127) + 4)), 1e3);
        (figures[2].Gflops * 1e9 * figures[2].Seconds!.Value).ShouldBe(3 * (prompts + samples + (Head * 32 * 128)), 1e3);
        (figures[0].Gflops * figures[0].Seconds!.Value).ShouldBe(
            (figures[1].Gflops * figures[1].Seconds!.Value) + (figures[2].Gflops * figures[2].Seconds!.Value), 1e-3);
        figures[1].IdleSlotShare.ShouldBe(0);
        figures[2].ManagedBytesPerStep.ShouldNotBeNull();
        figures[1].More().ShouldContain("0.0 % of slot-steps idle");
    }

    [Fact]
    public async Task Run_ScoreAndPrefill_CountTheWorkOfTheirTokens()
    {
        await SaveAsync();
        Figure prefill = PrefillBenchmark.Run(_model, FrozenType.Float32, threads: 1, TestContext.Current.CancellationToken).Single();
        prefill.Shape.ShouldBe("1x511");
        (prefill.Gflops * 1e9 / prefill.TokensPerSecond!.Value * 511).ShouldBe((2 * Layers * 511) + (PerPair * 511 * 256) + Head, 1);

        // One row of the shared prompt, then 127 of each of 16 completions.
        Figure score = ScoreBenchmark.Run(_model, threads: 1, TestContext.Current.CancellationToken).Single();
        (score.Gflops * 1e9 / score.TokensPerSecond!.Value * 16 * 128).ShouldBe(
            (2 * Layers * (1 + (16 * 127))) + (PerPair * (1 + (16 * 127 * 65))) + (Head * 16 * 128), 1);
    }

    [Fact]
    public async Task Bench_Weights_NamedInTheFigureAndCheckedOnTheCommandLine()
    {
        await SaveAsync();
        Output output = await Program.RunAsync("bench", "prefill", "--threads", "1", "--json", "--model", _model, "--weights", "bfloat16");
        output.Code.ShouldBe(0, output.Error);
        output.Json.ShouldHaveSingleItem().GetProperty("weights").GetString().ShouldBe("bfloat16");

        Output wrong = await Program.RunAsync("bench", "prefill", "--model", _model, "--weights", "half");
        wrong.Code.ShouldBe(2);
        wrong.Error.ShouldContain("--weights is \"half\"; allowed is float32, bfloat16.");
    }

    [Fact]
    public void Run_Attention_ForwardAndBackward()
    {
        Figure[] figures = [.. AttentionBenchmark.Run(threads: 2, TestContext.Current.CancellationToken).Take(2)];
        figures.Select(f => (f.What, f.Shape)).ShouldBe([("attention: forward", "16x128"), ("attention: backward", "16x128")]);
        figures.ShouldAllBe(f => f.Gflops > 0);
    }

    [Fact]
    public async Task Bench_Interrupted_ExitsWith130()
    {
        Output output = await Program.RunAsync(
            new StringWriter(), "", ["bench", "matmul", "--threads", "1", "--json"], new CancellationToken(canceled: true));

        (output.Code, output.Text).ShouldBe((CommandLine.Interrupted, ""));
    }

    [Fact]
    public async Task Bench_Tokenizer_CountsBytesAndTokensOfTheLines()
    {
        await SaveAsync();
        string text = Path.Combine(_model, "text.txt");
        await File.WriteAllTextAsync(text, "1+2+3\n4+5\n", TestContext.Current.CancellationToken);

        Output output = await Program.RunAsync("bench", "tokenizer", "--model", _model, "--text", text, "--json");

        output.Code.ShouldBe(0, output.Error);
        JsonElement figure = output.Json.ShouldHaveSingleItem();
        figure.GetProperty("what").GetString().ShouldBe("tokenizer");
        (figure.GetProperty("bytes").GetInt32(), figure.GetProperty("tokens").GetInt32()).ShouldBe((8, 8));
        figure.GetProperty("encodeMegabytesPerSecond").GetDouble().ShouldBeGreaterThan(0);
        figure.GetProperty("decodeMegabytesPerSecond").GetDouble().ShouldBeGreaterThan(0);
        Output missing = await Program.RunAsync("bench", "tokenizer", "--model", _model, "--text", text + "x");
        missing.Code.ShouldBe(2);
        missing.Error.ShouldContain("text.txtx");
    }

    [Fact]
    public async Task Bench_ModelThatIsMissing_IsAMistakeOfTheUser()
    {
        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter() };

        int code = await CommandLine.RunAsync(
            ["bench", "train", "--model", Path.Combine(_model, "no")], terminal, TestContext.Current.CancellationToken);

        code.ShouldBe(2);
        terminal.Error.ToString()!.ShouldContain("no such model");
    }

    [Fact]
    public void Forward_StartersShape_CountsByHand()
    {
        using LocalPolicy policy = Random();

        // Embedding 17·96; per layer 4·96² + 3·96·256 + 2·96; the last norm 96. Two tokens attend to 1 + 2 positions, or 11 + 12.
        const double parameters = (17 * 96) + (4 * ((4 * 96 * 96) + (3 * 96 * 256) + (2 * 96))) + 96;
        policy.Parameters.ShouldBe((long)parameters);
        ModelWork.Forward(policy, 0, 2).ShouldBe((2 * parameters * 2) + (4 * 4 * 3 * 32 * 3));
        ModelWork.Forward(policy, 10, 2).ShouldBe((2 * parameters * 2) + (4 * 4 * 3 * 32 * 23));
    }

    private async Task SaveAsync()
    {
        using LocalPolicy policy = Random();
        await policy.SaveAsync(_model, withOptimizer: false, TestContext.Current.CancellationToken);
    }

    /// <summary>The bundled starter's shape and tokenizer with random weights.</summary>
    private static LocalPolicy Random() =>
        LocalPolicy.Create(Path.Combine(AppContext.BaseDirectory, "models", "starter"), seed: 1, threads: 1);
}

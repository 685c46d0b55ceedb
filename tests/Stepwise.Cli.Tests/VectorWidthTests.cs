using System.Diagnostics;
using System.Text.Json;
using Stepwise.Engine.Kernels;

namespace Stepwise.Cli.Tests;

/// <summary>A whole training run, evaluation and sampling included, gives the same bytes on registers of every width.</summary>
public sealed class VectorWidthTests(TinyPolicy tiny)
{
    private const int Steps = 2;

    [Fact]
    public async Task Train_NarrowerRegisters_SameBytes()
    {
        Assert.SkipWhen(VectorWidth.Bits == 128, "There are no narrower registers.");
        (int bits, byte[] expected, string evaluations) = await TrainAsync();
        bits.ShouldBe(VectorWidth.Bits);

        // The names of .NET 10 and of the versions before it.
        (int Bits, string[] Off)[] widths =
        [
            (256, ["EnableAVX512", "EnableAVX512F"]),
            (128, ["EnableAVX512", "EnableAVX512F", "EnableAVX2", "EnableAVX"]),
        ];
        foreach ((int narrower, string[] off) in widths.Where(w => w.Bits < VectorWidth.Bits))
        {
            (int actualBits, byte[] actual, string actualEvaluations) = await TrainAsync(off);
            actualBits.ShouldBe(narrower);
            actual.AsSpan().SequenceEqual(expected).ShouldBeTrue($"weights with {narrower} bits");
            actualEvaluations.ShouldBe(evaluations);
        }
    }

    /// <summary>Runs the program beside the tests, so that its instruction sets can be chosen.</summary>
    private async Task<(int Bits, byte[] Weights, string Evaluations)> TrainAsync(params string[] off)
    {
        string run = tiny.Fresh();
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Stepwise.Cli.dll"), "train", tiny.Recipe, "--out", run, "--json", "--set",
            $"training.steps={Steps}",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        foreach (string name in off)
        {
            start.Environment[$"DOTNET_{name}"] = "0";
        }

        using Process process = Process.Start(start)!;
        CancellationToken token = TestContext.Current.CancellationToken;
        Task<string> text = process.StandardOutput.ReadToEndAsync(token), error = process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        process.ExitCode.ShouldBe(0, await error);
        JsonElement end = JsonDocument.Parse((await text).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
        byte[] weights = await File.ReadAllBytesAsync(
            Path.Combine(run, "checkpoints", $"step-{Steps:000000}", "policy", "model.safetensors"), token);
        return (end.GetProperty("vectorBits").GetInt32(), weights, end.GetProperty("evaluations").ToString());
    }
}

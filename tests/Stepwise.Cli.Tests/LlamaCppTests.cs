using System.Diagnostics;
using Stepwise.Problems;

namespace Stepwise.Cli.Tests;

/// <summary>Exported files in another program; built only where tests/llama-cpp/node_modules is there.</summary>
public sealed class LlamaCppTests(ITestOutputHelper output)
{
    private static string Model => SharedFolder.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

    [Fact]
    public Task Export_SmolLm2AsGguf_LlamaCppContinuesAsGenerateDoes() => ShouldBeSame(4, "compare.mjs", Model);

    [Fact]
    public Task Export_SmolLm2AsFolder_LlamaCppContinuesTheGoldenChats() =>
        ShouldBeSame(5, "chats.mjs", Model, SharedFolder.Require("golden", "smollm2", "golden.json"));

    private async Task ShouldBeSame(int times, string script, params string[] arguments)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "llama-cpp", script);
        using Process node = Process.Start(new ProcessStartInfo(
            "node", [Path.GetFullPath(path), typeof(CommandLine).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string text = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(text);
        node.ExitCode.ShouldBe(0, text);
        text.Split('\n').Count(line => $" {line}".Contains(" same ", StringComparison.Ordinal)).ShouldBe(times);
    }
}

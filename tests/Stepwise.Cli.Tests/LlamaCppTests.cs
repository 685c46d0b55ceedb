using System.Diagnostics;
using Stepwise.Tests;

namespace Stepwise.Cli.Tests;

/// <summary>Exported files in another program; built only where tests/llama-cpp/node_modules is there.</summary>
public sealed class LlamaCppTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Export_SmolLm2AsGguf_LlamaCppContinuesAsGenerateDoes()
    {
        string model = SharedFolder.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        string script = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "llama-cpp", "compare.mjs");
        using Process node = Process.Start(new ProcessStartInfo(
            "node", [Path.GetFullPath(script), typeof(CommandLine).Assembly.Location, model])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string text = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(text);
        node.ExitCode.ShouldBe(0, text);
        text.Split('\n').Count(line => line.Contains(" same ", StringComparison.Ordinal)).ShouldBe(4);
    }
}

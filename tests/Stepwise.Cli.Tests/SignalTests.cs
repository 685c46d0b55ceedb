using System.Diagnostics;

namespace Stepwise.Cli.Tests;

/// <summary>The program beside the tests, ended by signals.</summary>
public sealed class SignalTests(TinyPolicy tiny)
{
    private const int Steps = 300;

    [Theory]
    [InlineData("HUP")]
    [InlineData("TERM")]
    [InlineData("QUIT")]
    [InlineData("INT")]
    [InlineData("USR1")]
    [InlineData("XCPU")]
    public async Task Train_Signal_LeavesACheckpointFromWhichTheRunEndsTheSame(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill(1) and signals by name.");
        string run = tiny.Fresh();
        using Process process = Start("train", tiny.Recipe, "--out", run, "--json", "--set", $"training.steps={Steps}");
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull(await Ended(process, error));

        Process.Start("kill", ["-" + signal, $"{process.Id}"]).WaitForExit();
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        process.ExitCode.ShouldBe(CommandLine.Interrupted, await error);
        (await error).ShouldContain($"--resume {run}");
        Output rest = await Program.RunAsync("train", "--resume", run, "--json");
        rest.Code.ShouldBe(0, rest.Error);
        byte[] whole = await Whole();
        File.ReadAllBytes(Trained(run)).AsSpan().SequenceEqual(whole).ShouldBeTrue();
    }

    private static async Task<string> Ended(Process process, Task<string> error) => process.HasExited ? await error : "";

    private static string Trained(string run) => Path.Combine(run, "checkpoints", $"step-{Steps:000000}", "policy", "model.safetensors");

    private static Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Stepwise.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    private async Task<byte[]> Whole()
    {
        string run = tiny.Fresh();
        Output output = await Program.RunAsync("train", tiny.Recipe, "--out", run, "--set", $"training.steps={Steps}");
        output.Code.ShouldBe(0, output.Error);
        return await File.ReadAllBytesAsync(Trained(run), TestContext.Current.CancellationToken);
    }
}

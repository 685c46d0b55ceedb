using System.Diagnostics;

namespace Stepwise.Cli.Tests;

/// <summary>The program beside the tests, ended by signals.</summary>
public sealed class SignalTests(TinyPolicy tiny)
{
    // Far more lines than the pipe holds that is not read on until the signal is sent: the run cannot end before.
    private const int Steps = 120;

    [Theory]
    [InlineData("HUP")]
    [InlineData("TERM")]
    [InlineData("QUIT")]
    [InlineData("INT")]
    [InlineData("USR1")]
    [InlineData("XCPU")]
    [InlineData("TERM", "HUP", "TERM")]
    public async Task Train_Signal_LeavesACheckpointFromWhichTheRunEndsTheSame(params string[] signals)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill(1) and signals by name.");
        string run = tiny.Fresh();
        using Process process = Start("train", tiny.Recipe, "--out", run, "--json", "--set", $"training.steps={Steps}");
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull(await Ended(process, error));

        Array.ForEach(signals, signal => Kill(signal, process));
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        process.ExitCode.ShouldBe(CommandLine.Interrupted, await error);
        (await error).ShouldContain($"--resume {run}");
        await ResumesToTheSame(run);
    }

    [Fact]
    public async Task Train_Killed_EndsTheSameFromItsLastCheckpointAndLetsGoOfTheRun()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill(1).");
        string run = tiny.Fresh();
        using Process process = Start(
            "train", tiny.Recipe, "--out", run, "--json", "--set", $"training.steps={Steps}", "--set", "checkpoint.every=5");
        for (string? line = ""; line?.Contains("\"step\":12,", StringComparison.Ordinal) == false;)
        {
            line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        Output second = await Program.RunAsync("train", "--resume", run);
        second.Code.ShouldBe(CommandLine.WrongInput);
        second.Error.ShouldContain($"in use by process {process.Id} on ");

        Kill("KILL", process);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        await ResumesToTheSame(run, "--set", "checkpoint.every=5");
    }

    private static void Kill(string signal, Process process) => Process.Start("kill", ["-" + signal, $"{process.Id}"]).WaitForExit();

    private static async Task<string> Ended(Process process, Task<string> error) => process.HasExited ? await error : "";

    private static string Trained(string run) => Path.Combine(run, "checkpoints", $"step-{Steps:000000}", "policy", "model.safetensors");

    private static Process Start(params string[] arguments)
    {
        // A script's background job hands on SIGINT and SIGQUIT as ignored, and what was ignored the program leaves ignored.
        ProcessStartInfo start = new("env", ["--default-signal", "dotnet", Path.Combine(AppContext.BaseDirectory, "Stepwise.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    private async Task ResumesToTheSame(string run, params string[] options)
    {
        Output rest = await Program.RunAsync("train", "--resume", run, "--json");
        rest.Code.ShouldBe(0, rest.Error);
        string whole = tiny.Fresh();
        Output output = await Program.RunAsync(["train", tiny.Recipe, "--out", whole, "--set", $"training.steps={Steps}", .. options]);
        output.Code.ShouldBe(0, output.Error);
        File.ReadAllBytes(Trained(run)).AsSpan().SequenceEqual(File.ReadAllBytes(Trained(whole))).ShouldBeTrue();
        rest.Json[^1].GetProperty("evaluations").GetArrayLength().ShouldBe((Steps / 2) + 1);
    }
}

using System.Diagnostics;
using System.Text.Json;

namespace Stepwise.Cli.Tests;

/// <summary>The examples of a task of one's own, in C# and as a program: small, and they run as their pages say.</summary>
public sealed class ExampleTests(TinyPolicy tiny)
{
    private static readonly string Folder = Path.Combine(ReadMeTests.Root, "examples", "CarrylessAddition");

    [Fact]
    public void TaskFile_HasAtMost40Lines() => File.ReadAllLines(Path.Combine(Folder, "CarrylessAddition.cs")).Length.ShouldBeLessThanOrEqualTo(40);

    [Fact]
    public async Task Program_TwoSteps_TrainsAndKeepsTheRun()
    {
        string work = Directory.CreateDirectory(tiny.Fresh()).FullName;

        (int code, string text, string error) = await RunAsync(
            work, Path.Combine(Folder, "carryless-addition.yaml"), "training.steps=2", "training.promptsPerStep=2", "evaluation.samples=1",
            "evaluation.problems=6", "task.testProblems=8");

        code.ShouldBe(0, error);
        text.ShouldContain("step  2/2: ");
        text.ShouldContain("of 1 samples of each of 6 held-out problems");
        text.ShouldContain("Solve rate ");
        string run = Directory.GetDirectories(Path.Combine(work, "runs")).ShouldHaveSingleItem();
        File.Exists(Path.Combine(run, "report.md")).ShouldBeTrue();
        File.Exists(Path.Combine(run, "checkpoints", "step-000002", "policy", "model.safetensors")).ShouldBeTrue();

        // What a run of an own task keeps says so, and the program stepwise does not take it for one of its own.
        File.ReadAllText(Path.Combine(run, "recipe.yaml")).ShouldContain("name: own");
        Output resumed = await Program.RunAsync("train", Path.Combine(run, "recipe.yaml"), "--out", tiny.Fresh());
        resumed.Code.ShouldBe(2);
        resumed.Error.ShouldContain("task.name is own");
    }

    [Fact]
    public async Task Program_WrongKey_ExitsWith2()
    {
        (int code, _, string error) = await RunAsync(tiny.Model, Path.Combine(Folder, "carryless-addition.yaml"), "training.stepz=2");

        code.ShouldBe(2);
        error.ShouldContain("training.steps");
    }

    [Fact]
    public async Task Checker_TwoSteps_VerifiesJudgesAndRewards()
    {
        Assert.SkipUnless(HasPython(), "There is no python3.");
        string run = tiny.Fresh();

        Output trained = await Program.RunAsync(
            "train", Path.Combine(ReadMeTests.Root, "examples", "CheckerProgram", "checker.yaml"), "--set", "training.steps=2", "--set",
            "training.promptsPerStep=2", "--set", "evaluation.samples=1", "--set", "evaluation.problems=4", "--out", run, "--json");

        trained.Code.ShouldBe(0, trained.Error);
        JsonElement[] steps = [.. trained.Json.Where(line => line.GetProperty("event").GetString() is "step")];
        steps.Length.ShouldBe(2);
        steps[0].GetProperty("terms").GetProperty("verifier").GetProperty("shape").GetProperty("mean").GetDouble().ShouldBeInRange(0.1, 1);
        steps[0].GetProperty("ledger").GetProperty("undecided").GetInt32().ShouldBe(0);
        steps[0].GetProperty("meanRts").GetDouble().ShouldBeInRange(0, 1);
        JsonElement judge = trained.Json.Last().GetProperty("judge");
        judge.GetProperty("name").GetString().ShouldBe("command");
        judge.GetProperty("placed").GetInt64().ShouldBe(judge.GetProperty("asked").GetInt64());
        double[] shapes = [.. steps.Select(step => step.GetProperty("terms").GetProperty("verifier").GetProperty("shape").GetProperty("mean").GetDouble())];
        string report = await File.ReadAllTextAsync(Path.Combine(run, "report.md"), TestContext.Current.CancellationToken);
        report.ShouldContain("\n| reward | ");
        report.ShouldContain(FormattableString.Invariant($"\n| verifier.shape | {shapes.Average():0.000} | "));
    }

    [Fact]
    public async Task Checker_ProgramThatIsMissing_ExitsWith2()
    {
        Output refused = await Program.RunAsync(
            "train", Path.Combine(ReadMeTests.Root, "examples", "CheckerProgram", "checker.yaml"), "--set", "task.command=no-such-program check.py");

        refused.Code.ShouldBe(2);
        refused.Error.ShouldContain("task.command names the program \"no-such-program\"");
    }

    private static bool HasPython() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "python3")));

    /// <summary>Runs the program that was built in the configuration of this test.</summary>
    private static async Task<(int Code, string Text, string Error)> RunAsync(string workingDirectory, params string[] arguments)
    {
        string built = Path.GetRelativePath(Path.Combine(ReadMeTests.Root, "tests", "Stepwise.Cli.Tests"), AppContext.BaseDirectory);
        ProcessStartInfo start = new("dotnet")
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(Folder, built, "CarrylessAddition.dll"));
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process process = Process.Start(start)!;
        CancellationToken token = TestContext.Current.CancellationToken;
        Task<string> text = process.StandardOutput.ReadToEndAsync(token);
        Task<string> error = process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        return (process.ExitCode, await text, await error);
    }
}

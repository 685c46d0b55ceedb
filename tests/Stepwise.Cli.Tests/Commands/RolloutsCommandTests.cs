using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

public sealed class RolloutsCommandTests(TinyPolicy tiny)
{
    [Fact]
    public async Task Rollouts_OfARun_AreALineEachWithTheVerdict()
    {
        string run = tiny.Fresh(), file = tiny.Fresh() + ".jsonl";
        (await Program.RunAsync("train", tiny.Recipe, "--out", run, "--set", "training.steps=2")).Code.ShouldBe(0);

        Output printed = await Program.RunAsync("rollouts", run);
        Output written = await Program.RunAsync("rollouts", run, "--out", file);
        Output again = await Program.RunAsync("rollouts", run, "--out", file);
        Output json = await Program.RunAsync("rollouts", run, "--json"), end = await Program.RunAsync("rollouts", run, "--out", tiny.Fresh(), "--json");

        printed.Code.ShouldBe(0, printed.Error);
        printed.Lines.Length.ShouldBe(2 * 3 * 4);
        foreach (JsonElement line in printed.Json)
        {
            line.GetProperty("id").GetString().ShouldNotBeNull().ShouldStartWith("train-");
            line.GetProperty("response").ValueKind.ShouldBe(JsonValueKind.String);
            line.GetProperty("verdict").GetString().ShouldBeOneOf("correct", "incorrect", "undecided");
            line.GetProperty("reward").GetDouble().ShouldBeInRange(0, 1);
            line.GetProperty("truncated").ValueKind.ShouldBeOneOf(JsonValueKind.True, JsonValueKind.False);
            line.GetProperty("step").GetInt32().ShouldBeInRange(1, 2);
        }

        printed.Json.ShouldContain(line => line.GetProperty("verdict").GetString() == "correct");
        written.Text.ShouldContain("24 rollouts");
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe(printed.Text.ReplaceLineEndings("\n"));
        (again.Code, again.Error.Contains("nothing is ever overwritten", StringComparison.Ordinal)).ShouldBe((2, true));
        json.Text.ShouldBe(printed.Text);
        end.Json.ShouldHaveSingleItem().GetProperty("rollouts").GetInt32().ShouldBe(24);
        File.Exists(Path.Combine(run, "run.db-wal")).ShouldBeFalse("the store is left as it is");
    }

    [Fact]
    public async Task Rollouts_NoRunOrNoStore_ExitsWith2()
    {
        string folder = tiny.Fresh();
        (await Program.RunAsync("rollouts", folder)).Error.ShouldContain("no such recipe");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "recipe.yaml"), "", TestContext.Current.CancellationToken);
        (await Program.RunAsync("rollouts", folder)).Error.ShouldContain("the run's store is missing");
        await File.WriteAllTextAsync(Path.Combine(folder, "run.db"), "no database, but long enough to be looked at", TestContext.Current.CancellationToken);

        Output broken = await Program.RunAsync("rollouts", folder);

        broken.Code.ShouldBe(2);
        broken.Error.ShouldContain("its rollouts cannot be read");
    }
}

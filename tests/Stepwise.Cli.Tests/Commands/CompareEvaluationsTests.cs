using System.Text.Json;
using System.Xml.Linq;

namespace Stepwise.Cli.Tests.Commands;

public sealed class CompareEvaluationsTests(TinyPolicy tiny)
{
    [Fact]
    public async Task Compare_Evaluations_GivesWhatEvalAgainstTheFirstGives()
    {
        string run = tiny.Fresh(), start = tiny.Fresh(), folder = tiny.Fresh();
        (await Program.RunAsync("train", tiny.Recipe, "--out", run, "--json")).Code.ShouldBe(0);
        string[] sampling = ["--samples", "2", "--temperature", "1", "--top-p", "1", "--max-new-tokens", "24", "--json"];
        (await Program.RunAsync(["eval", tiny.Model, "--benchmark", $"held-out={tiny.Recipe}", "--out", start, .. sampling])).Code.ShouldBe(0);
        Output against = await Program.RunAsync(["eval", run, "--benchmark", "held-out", "--against", start, .. sampling]);
        against.Code.ShouldBe(0, against.Error);
        string[] command = ["compare", start, Path.Combine(run, "evaluation"), "--benchmark", $"held-out={tiny.Recipe}", "--out", folder];

        Output output = await Program.RunAsync([.. command, "--json"]);
        output.Code.ShouldBe(0, output.Error);
        JsonElement[] evaluations = [.. output.Json.ShouldHaveSingleItem().GetProperty("evaluations").EnumerateArray()];
        evaluations.Select(evaluation => evaluation.GetProperty("name").GetString()).ShouldBe([Path.GetFileName(start), Path.GetFileName(run)]);
        evaluations[1].GetProperty("benchmarks")[0].GetRawText().ShouldBe(against.Json[^1].GetProperty("benchmarks")[0].GetRawText());
        evaluations[0].GetProperty("benchmarks")[0].TryGetProperty("difference", out _).ShouldBeFalse();

        // Again over its own files, and for people.
        Output text = await Program.RunAsync(command);
        text.Code.ShouldBe(0, text.Error);
        text.Text.ShouldContain("## held-out, 5 problems");
        text.Text.ShouldContain($"Minus {Path.GetFileName(start)}, in points:");
        (await File.ReadAllTextAsync(Path.Combine(folder, "comparison.md"), TestContext.Current.CancellationToken)).ShouldBe(
            text.Text[..text.Text.IndexOf("\nWritten to", StringComparison.Ordinal)] + "\n![every measure with its interval](comparison.svg)\n");
        XDocument.Load(Path.Combine(folder, "comparison.svg")).Root!.Value.ShouldContain("milestones reached");

        Output elsewhere = await Program.RunAsync(command[..3]);
        elsewhere.Code.ShouldBe(2, elsewhere.Text);
        elsewhere.Error.ShouldContain("give --benchmark held-out=recipe");

        await RefusedAsync("is no evaluation's folder, and", start, tiny.Recipe);
        await RefusedAsync("Name two or more", start);
        await RefusedAsync("Two evaluations are called", start, start);
        await RefusedAsync("evaluations are compared as they are", start, Path.Combine(run, "evaluation"), "--seeds", "2");
        await RefusedAsync("no evaluation is named", tiny.Recipe, tiny.Recipe, "--benchmark", "held-out=x");
        await RefusedAsync("cannot be made", start, Path.Combine(run, "evaluation"), "--benchmark", $"held-out={tiny.Recipe}", "--out", "/proc/none");
        await RefusedAsync("holds something else", start, Path.Combine(run, "evaluation"), "--out", run);
    }

    private static async Task RefusedAsync(string message, params string[] args)
    {
        Output output = await Program.RunAsync(["compare", .. args]);

        output.Code.ShouldBe(2, output.Error);
        output.Error.ShouldContain(message);
    }
}

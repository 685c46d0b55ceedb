using Stepwise.Training;

namespace Stepwise.Cli.Tests.Commands;

public sealed class ExplainCommandTests
{
    [Fact]
    public async Task Explain_WithoutAName_ListsEveryMetricByTheTypeThatComputesIt()
    {
        Output output = await Program.RunAsync("explain");

        output.Code.ShouldBe(0, output.Error);
        string[] lines = output.Lines;
        lines.Where(line => line.StartsWith("Rollouts.Ledger ", StringComparison.Ordinal)).ShouldHaveSingleItem();
        lines.Single(line => line.StartsWith("ledger.deadGroupShare ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..4]
            .ShouldBe(["*", "share", "groups"]);
        MetricCatalog.All.Select(m => m.Name).Where(name => !lines.Any(line => line.StartsWith(name + " ", StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Explain_AName_SaysUnitMeaningReadingAndPlace()
    {
        Output output = await Program.RunAsync("explain", "ledger.signalTokenShare");

        output.Text.ShouldBe(
            """
            ledger.signalTokenShare, one of a step's headline numbers
              meaning   tokens that train with an advantage other than 0, over completion tokens
              unit      share, from 0 to 1
              reading   How much of what is sampled teaches; it falls as groups die.
              computed  Stepwise.Rollouts.Ledger.SignalTokenShare

            """);
    }

    [Theory]
    [InlineData("reward", "reward")]
    [InlineData("MeanRTS", "meanRts")]
    [InlineData("solveRate", "ledger.solveRate evaluation.solveRate")]
    [InlineData("ledger.tokens", "ledger.sampledTokens")]
    [InlineData("StepReport.MeanReward", "reward")]
    public async Task Explain_NameLastWordOrProperty_FindsTheMetrics(string name, string found) =>
        string.Join(' ', (await Program.RunAsync("explain", name, "--json")).Json.Select(m => m.GetProperty("name").GetString())).ShouldBe(found);

    [Fact]
    public async Task Explain_EveryFieldOfAJsonStep_IsKnown()
    {
        Dictionary<string, object?> step = (Dictionary<string, object?>)Stepwise.Cli.Display.StepEvent.Of(Display.Steps.Report(1));
        string[] fields =
        [
            .. step.Where(field => field.Value is not Dictionary<string, object?>).Select(field => field.Key)
                .Except(["event", "step", "steps"], StringComparer.Ordinal),
            .. step.Where(field => field.Value is Dictionary<string, object?>)
                .SelectMany(field => ((Dictionary<string, object?>)field.Value!).Keys.Select(key => $"{field.Key}.{key}")),
        ];

        Output output = await Program.RunAsync(["explain", .. fields]);

        output.Code.ShouldBe(0, output.Error);
    }

    [Theory]
    [InlineData("deadGroupShar", "There is no metric deadGroupShar; the nearest is deadGroupShare.")]
    [InlineData("ledger.trainned", "There is no metric ledger.trainned; the nearest is ledger.trained.")]
    [InlineData("\e[2J", "There is no metric \\u001b[2J; the nearest is ")]
    public async Task Explain_UnknownName_NamesTheNearest(string name, string message)
    {
        Output output = await Program.RunAsync("explain", name);

        output.Code.ShouldBe(2);
        output.Error.ShouldStartWith("Error: " + message);
        output.Text.ShouldBeEmpty();
    }
}

using Stepwise.Cli.Display;
using Stepwise.Cli.Hub;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Display;

/// <summary>What stands on a terminal's screen while a run, and other long work, goes on.</summary>
public sealed class LiveTests
{
    private const int PanelRows = 7;

    private static readonly Recipe Recipe = new() { Training = new TrainingOptions { Steps = 10 }, Report = new() { ShowGroupEvery = 4 } };

    public static TheoryData<int> Widths => [40, 60, 80, 120, 200];

    [Theory]
    [MemberData(nameof(Widths))]
    public async Task Run_OnATerminal_LeavesALinePerStepAndOnePanel(int width)
    {
        (Screen screen, Terminal terminal) = Open(width);
        TerminalDisplay display = new(Recipe, terminal);

        RunResult result = await display.FollowAsync(async () =>
        {
            display.OnEvaluation(0, Steps.Evaluation());
            for (int step = 1; step <= 10; step++)
            {
                display.OnProgress(new(RunPhase.Training, step, 3, 8));
                await display.OnStepAsync(Steps.Report(step), [Steps.Group()], TestContext.Current.CancellationToken);
            }

            display.OnEvaluation(10, Steps.Evaluation());
            return Result();
        });
        display.End(result);

        string[] lines = screen.Written;
        lines.ShouldAllBe(line => line.Length <= width);
        for (int step = 1; step <= 10; step++)
        {
            lines.Count(line => line.TrimStart().StartsWith($"{step}/10 ", StringComparison.Ordinal)).ShouldBe(1, $"step {step}");
        }

        lines.Count(line => line.StartsWith("─────────", StringComparison.Ordinal)).ShouldBe(1);
        lines.Count(line => line.StartsWith("ledger ", StringComparison.Ordinal)).ShouldBe(1);
        lines.Count(line => line.Contains("step 4, all-negative", StringComparison.Ordinal)).ShouldBe(1);
        string.Join(' ', lines).ShouldContain("Solve rate before training");
        lines.SkipWhile(line => !line.StartsWith("speed ", StringComparison.Ordinal)).Skip(1).First().ShouldStartWith("Held-out solve rate");
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public async Task Run_MessageOfASignalInBetween_StandsOnLinesOfItsOwnAboveThePanel(int width)
    {
        (Screen screen, Terminal terminal) = Open(width);
        TerminalDisplay display = new(Recipe, terminal);

        await Should.ThrowAsync<OperationCanceledException>(() => display.FollowAsync(async () =>
        {
            await display.OnStepAsync(Steps.Report(1), [Steps.Group()], TestContext.Current.CancellationToken);
            terminal.Error.WriteLine("Stopping.");
            screen.Write("^C");
            display.OnEvaluation(1, Steps.Evaluation());
            throw new OperationCanceledException();
        }));
        terminal.Error.WriteLine("Stopped.");

        string[] lines = screen.Written;
        int stopping = Array.IndexOf(lines, "Stopping.");
        stopping.ShouldBeGreaterThan(0);
        lines[^1].ShouldBe("Stopped.");
        lines[^(PanelRows + 1)].ShouldStartWith("─────────");
        stopping.ShouldBeLessThan(lines.Length - PanelRows - 1);
        lines.ShouldNotContain(line => line.Contains("^C", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(120, 60)]
    [InlineData(60, 120)]
    [InlineData(80, 30)]
    public void Region_TerminalResized_LeavesNothingBehind(int before, int after)
    {
        (Screen screen, Terminal terminal) = Open(before);
        LiveRegion region = new(terminal);
        Row[] rows = [new Row().Add(new string('a', 200)), new Row().Add("short"), new Row().Add(new string('b', 50))];
        region.Draw(rows);

        screen.Resize(after);
        region.Draw(rows);
        region.Close();

        screen.Written.Length.ShouldBe(3);
        screen.Written[0].Length.ShouldBe(after - 1);
        screen.Written[1].ShouldBe("short");
    }

    [Fact]
    public void Region_TerminalLowerThanIt_ShowsTheFirstRows()
    {
        (Screen screen, Terminal terminal) = Open(80, rows: 3);
        LiveRegion region = new(terminal);
        Row[] rows = [.. Enumerable.Range(1, 5).Select(i => new Row().Add($"row {i}"))];

        for (int i = 1; i <= 4; i++)
        {
            region.Draw(rows);
            terminal.Output.WriteLine($"line {i}");
        }

        screen.Written.ShouldBe(["line 1", "line 2", "line 3", "line 4", "row 1", "row 2"]);
    }

    [Fact]
    public void Region_Closed_GivesTheWritersBack()
    {
        (Screen screen, Terminal terminal) = Open(80);
        (TextWriter output, TextWriter error) = (terminal.Output, terminal.Error);
        LiveRegion region = new(terminal);
        terminal.Output.ShouldNotBeSameAs(output);

        region.Close();

        (terminal.Output, terminal.Error).ShouldBe((output, error));
    }

    [Theory]
    [InlineData("漢字漢字漢字", 7, "漢字漢…")]
    [InlineData("漢字漢字漢字", 8, "漢字漢…")]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("a😀b", 3, "a…")]
    public void Row_Cut_FitsIntoCells(string text, int cells, string cut) =>
        string.Concat(new Row().Add(text).Cut(cells).Segments.Select(s => s.Text)).ShouldBe(cut);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Work_OnATerminal_IsABarThatGoesAway(int width)
    {
        (Screen screen, Terminal terminal) = Open(width);
        Clock clock = new();
        using (WorkDisplay work = new(terminal, "Evaluation", clock) { Total = 100 })
        {
            clock.Pass(1);
            work.Report(10);
            screen.Written.ShouldBeEmpty();
            clock.Pass(3);
            work.Report(40);
            screen.Written.ShouldHaveSingleItem().ShouldStartWith("Evaluation ━");
            if (width >= 60)
            {
                screen.Written[0].ShouldEndWith(" 40/100, 0:06 left");
            }
        }

        screen.Written.ShouldBeEmpty();
    }

    [Fact]
    public void Work_NoTerminal_IsALineNowAndThenOnTheErrorStream()
    {
        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter { NewLine = "\n" } };
        Clock clock = new();
        using WorkDisplay work = new(terminal, "Evaluation", clock) { Total = 100 };
        for (int done = 1; done <= 25; done++)
        {
            clock.Pass(1);
            work.Report(done);
        }

        terminal.Error.ToString().ShouldBe(
            "Evaluation: 2 of 100, 1:38 left\nEvaluation: 12 of 100, 1:28 left\nEvaluation: 22 of 100, 1:18 left\n");
        terminal.Output.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task Work_OfAPlainRun_IsShownUntilStepsAre()
    {
        StringWriter error = new() { NewLine = "\n" };
        Clock clock = new();
        PlainDisplay display = new(Recipe, new Terminal { Output = new StringWriter(), Error = error }, clock);

        clock.Pass(1);
        foreach (int step in (int[])[1, 2])
        {
            display.OnProgress(new(RunPhase.Training, step, 1, 8));
            clock.Pass(4);
            display.OnProgress(new(RunPhase.Training, step, 2, 8));
            await display.OnStepAsync(Steps.Report(step), [Steps.Group()], TestContext.Current.CancellationToken);
        }

        display.OnProgress(new(RunPhase.Evaluation, 2, 1, 8));
        clock.Pass(4);
        display.OnProgress(new(RunPhase.Evaluation, 2, 4, 8));

        error.ToString().ShouldBe("Samples of the first training step: 2 of 8, 0:12 left\nEvaluation: 4 of 8, 0:04 left\n");
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public async Task Pull_OfAFileWithALongForeignName_IsOneRowThatGoesAway(int width)
    {
        (Screen screen, Terminal terminal) = Open(width);
        HubFile file = new($"{new string('m', 150)}\e[2J.safetensors", 2_000_000_000, new(HubChecksumKind.Sha256, new string('0', 64)));
        TerminalPullDisplay display = new(new(new("a/b", IsDataset: false), "main", null, "/tmp/b"), terminal);

        await Should.ThrowAsync<OperationCanceledException>(() => display.FollowAsync(() =>
        {
            display.OnPlan("c", [file]);
            display.OnBytes(file, 1_000_000, downloaded: true);
            screen.Written.ShouldHaveSingleItem().ShouldStartWith("━━━━━━━━━━━━━━━━━━━━ 1.0 MB/2.00 GB");
            terminal.Error.WriteLine("Stopping.");
            screen.Written[0].ShouldBe("Stopping.");
            throw new OperationCanceledException();
        }));

        screen.Written.ShouldBe(["Stopping."]);
    }

    private static RunResult Result() => new()
    {
        SolveRates = [(0, new(0.5, 0.4, 0.6)), (10, new(0.5, 0.4, 0.6))],
        Evaluations = [(10, Steps.Evaluation())],
        Steps = [Steps.Report(10)],
        Judge = null,
        Seconds = 10,
    };

    private static (Screen Screen, Terminal Terminal) Open(int width, int rows = 24)
    {
        Screen screen = new(width, rows);
        return (screen, new Terminal
        {
            Output = screen, Error = screen, Interactive = true, ErrorIsShown = true, Size = () => (screen.Columns, rows),
        });
    }
}

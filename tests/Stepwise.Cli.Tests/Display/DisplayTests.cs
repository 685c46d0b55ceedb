using Spectre.Console;
using Spectre.Console.Rendering;
using Stepwise.Cli.Display;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Display;

public sealed class DisplayTests
{
    [Fact]
    public void RunPanel_AfterAStep_ShowsProgressLedgerGroupsSpeedAndTime()
    {
        RunPanel panel = new(Steps: 10) { Report = Steps.Report(5), Progress = new(RunPhase.Training, 6, 3, 8), Left = 75 };

        Text(panel).ShouldBe(
        [
            "─────────────────────────────────",
            "step     ━━━━━━━━━━━━━━━━━━━━━━━━ 5/10, sampling 3/8, 1:15 left",
            "reward   0.250, 0.0 % of samples solved, 8 tokens each, 0.0 % cut off; gradient norm 0.500",
            "groups   100.0 % all negative before the judge, 0.0 % after; 0.0 % dead; 100.0 % of tokens with signal",
            "ledger   ■ trained 2",
            "time     ■ sample 2.00 s  ■ update 1.00 s",
            "speed    8 tokens/s sampled, 16 tokens/s trained",
        ]);
    }

    [Fact]
    public void RunPanel_BeforeTheFirstStep_SaysWhatIsGoingOnInAsManyRows()
    {
        string[] rows = Text(new RunPanel(Steps: 10) { Progress = new(RunPhase.Evaluation, 0, 5, 60) });

        rows.Length.ShouldBe(7);
        rows[1].ShouldEndWith(" 0/10, evaluating 5/60");
        rows[2].ShouldBe("reward   –");
    }

    [Fact]
    public void GroupView_JudgedResponse_IsGreenBeforeTheErrorRedAtItAndDimAfter()
    {
        string drawn = Draw(GroupView.Render(7, [Steps.Group()]), ColorSystemSupport.Standard);

        drawn.ShouldContain("\e[32m1+2=3\e[0m");
        drawn.ShouldContain("\e[1;91m3+4=8\e[0m");
        drawn.ShouldContain("\e[2m#8\e[0m");
        drawn.ShouldContain("step 7, all-negative coloured group");
        drawn.ShouldContain("2 of 3");
    }

    [Theory]
    [InlineData("\e[2J\a")]
    [InlineData("\u202Eabc\u2066")]
    [InlineData("\u009B31m\u200B\u2028")]
    public void GroupView_TextThatATerminalObeys_IsEscaped(string text)
    {
        string drawn = Draw(GroupView.Render(1, [Steps.Group($"1+2=3\n{text}", question: text)]));

        foreach (char c in text.Where(c => !char.IsAscii(c) || char.IsControl(c)))
        {
            drawn.ShouldNotContain(c);
            drawn.ShouldContain($"\\u{(int)c:x4}");
        }
    }

    [Fact]
    public void GroupView_LongTexts_AreCut()
    {
        string longText = string.Join('\n', Enumerable.Repeat(new string('1', 5_000), 2_000));

        Draw(GroupView.Render(1, [Steps.Group(longText, question: longText)])).Length.ShouldBeLessThan(100_000);
    }

    [Fact]
    public async System.Threading.Tasks.Task PlainDisplay_Step_ShowsTheLedger()
    {
        StringWriter output = new() { NewLine = "\n" };
        Clock clock = new();
        PlainDisplay display = new(
            new Recipe { Training = new TrainingOptions { Steps = 10 } }, new Terminal { Output = output, Error = new StringWriter() }, clock);

        clock.Pass(3);
        await display.OnStepAsync(Steps.Report(5), [Steps.Group()], TestContext.Current.CancellationToken);

        output.ToString().Split('\n')[1..3].ShouldBe(
        [
            "     step reward solved all-neg   flat   dead signal    cut trained  pos  neg undec nojudge dropt filt fail    grad   sec sample update    left",
            "     5/10  0.250   0.0%  100.0%   0.0%   0.0% 100.0%   0.0%       2    0    0     0       0     0    0    0   0.500   3.0    2.0    1.0    0:15",
        ]);
    }

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(75, "1:15")]
    [InlineData(3675, "1:01:15")]
    [InlineData(100_000, "27:46:40")]
    public void Time_AnyLength_IsMinutesOrHours(int seconds, string text) => Figures.Time(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    private static string[] Text(RunPanel panel) => [.. panel.Rows().Select(row => string.Concat(row.Segments.Select(s => s.Text)))];

    private static string Draw(IRenderable drawing, ColorSystemSupport colours = ColorSystemSupport.NoColors)
    {
        StringWriter output = new() { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = colours == ColorSystemSupport.NoColors ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = colours,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = 120;
        console.Write(drawing);
        return output.ToString();
    }
}

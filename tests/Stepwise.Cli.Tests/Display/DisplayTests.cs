using Spectre.Console;
using Spectre.Console.Rendering;
using Stepwise.Algorithms.Selection;
using Stepwise.Cli.Display;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Tasks;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Display;

public sealed class DisplayTests
{
    private static readonly ChainedArithmetic Task = new();

    [Fact]
    public void RunPanel_AfterAStep_ShowsProgressLedgerGroupsSpeedAndTime()
    {
        RunPanel panel = new(Steps: 10)
        {
            Report = Report(step: 5),
            Progress = new(RunPhase.Training, 6, 3, 8),
            Left = TimeSpan.FromSeconds(75),
        };

        Draw(panel.Render()).ShouldBe(
            """
            ╭──────────────────────────────────────────────────────────────────────────────────────────────╮
            │ step 5/10  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ sampling 3/8, 1:15 left                  │
            │ reward     0.250, 0.0 % of samples solved, 8 tokens each, 0.0 % cut off, gradient norm 0.500 │
            │ groups     100.0 % all negative before the judge, 0.0 % after; 0.0 % dead                    │
            │ ledger     ████████████████████████████████████████████████████████████████████████████████  │
            │            ■ trained 2                                                                       │
            │ time       ████████████████████████████████████████████████████████████████████████████████  │
            │            ■ sample 2.00 s                         ■ update 1.00 s                           │
            │ speed      8 tokens/s sampled, 16 tokens/s trained                                           │
            ╰──────────────────────────────────────────────────────────────────────────────────────────────╯
            """.ReplaceLineEndings("\n") + "\n");
    }

    [Fact]
    public void RunPanel_BeforeTheFirstStep_SaysWhatIsGoingOn() =>
        Draw(new RunPanel(Steps: 10) { Progress = new(RunPhase.Evaluation, 0, 5, 60) }.Render()).ShouldContain("evaluating 5/60");

    [Fact]
    public void GroupView_JudgedResponse_IsGreenBeforeTheErrorRedAtItAndDimAfter()
    {
        string drawn = Draw(GroupView.Render(7, [Group()]), ColorSystemSupport.Standard);

        drawn.ShouldContain("\e[32m1+2=3\e[0m");
        drawn.ShouldContain("\e[1;91m3+4=8\e[0m");
        drawn.ShouldContain("\e[2m#8\e[0m");
        drawn.ShouldContain("step 7, all-negative coloured group");
        drawn.ShouldContain("2 of 3");
    }

    [Fact]
    public void GroupView_ControlCharactersInAResponse_DoNotReachTheTerminal() =>
        Draw(GroupView.Render(1, [Group(text: "1+2=3\n\e[2J\a")])).ShouldNotContain('\e');

    [Fact]
    public async System.Threading.Tasks.Task PlainDisplay_Step_ShowsTheLedger()
    {
        StringWriter output = new() { NewLine = "\n" };
        PlainDisplay display = new(new Recipe { Training = new TrainingOptions { Steps = 10 } }, output);

        await display.OnStepAsync(Report(step: 5), [Group()], TestContext.Current.CancellationToken);

        output.ToString().Split('\n')[1..3].ShouldBe(
        [
            "     step reward solved all-neg   flat   dead trained  pos  neg undec nojudge trunc filt fail    grad sample/s train/s   sec    left",
            "     5/10  0.250   0.0%  100.0%   0.0%   0.0%       2    0    0     0       0     0    0    0   0.500        8      16   3.0    0:15",
        ]);
    }

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(75, "1:15")]
    [InlineData(3675, "1:01:15")]
    [InlineData(100_000, "27:46:40")]
    public void Time_AnyLength_IsMinutesOrHours(int seconds, string text) => Figures.Time(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    private static StepReport Report(int step) => new()
    {
        Step = step,
        Steps = 10,
        Ledger = Ledger.Settle([Group()], new SignalSelection(keepSilent: false, dropTruncated: false)),
        MeanReward = 0.25,
        LearningRate = 1e-3,
        Updates = [new UpdateReport(0.1, 0.5, 0.01, 1.5, null, 0, 0, 16)],
        Times = new(TimeSpan.FromSeconds(2), TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.Zero),
    };

    /// <summary>Two wrong answers, the first error of each in step 2.</summary>
    private static Group Group(string text = "1+2=3\n3+4=8\n#8")
    {
        Rollout[] rollouts = [.. new[] { 1.0, -1.0 }.Select(advantage => Rollout(text, advantage))];
        return new Group(new Problem("p", "1+2+4", "7"), [1], rollouts) { Coloured = true };
    }

    private static Rollout Rollout(string text, double advantage)
    {
        Rollout rollout = new(new Completion(new int[8], new float[8], text, [.. Enumerable.Range(1, 8)], FinishReason.Stop))
        {
            Verdict = new Verdict(Correctness.Incorrect, "8", "the answer is 7"),
            Steps = Task.Steps(text, truncated: false),
            Rts = 1 / 3.0,
            Reward = 0.25,
        };
        rollout.Judgement = StepJudgement.Error(2, rollout.Steps.Count, "wrong");
        Array.Fill(rollout.Advantages, advantage);
        return rollout;
    }

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

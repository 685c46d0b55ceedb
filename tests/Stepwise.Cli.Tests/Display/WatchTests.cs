using Stepwise.Cli.Display;
using Stepwise.Evaluation;
using Stepwise.Methods;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Display;

/// <summary>What is noticed of a run: steps that train nothing, and how long it still takes.</summary>
public sealed class WatchTests
{
    private static readonly Recipe Recipe = new()
    {
        Training = new TrainingOptions { Steps = 10 }, Evaluation = new EvaluationOptions { Every = 5, Problems = 4, Samples = 1 },
    };

    [Fact]
    public void Silent_ThreeSteps_WarnsOnceUntilSignalComesBack()
    {
        SilentSteps silent = new(Recipe);

        string?[] said = [.. Enumerable.Range(1, 5).Select(step => silent.OnStep(Steps.Silent(step)))];
        said.Select(s => s is not null).ShouldBe([false, false, true, false, false]);
        said[2]!.ShouldBe(
            "Training steps 1 to 3 had no signal: 6 of 6 samples are in groups of wrong answers only. "
            + "The judge does not tell them apart: take easier problems, raise training.groupSize, or teach the policy first (stepwise sft).");

        silent.OnStep(Steps.Report(6)).ShouldBeNull();
        silent.OnStep(Steps.Silent(7)).ShouldBeNull();
        silent.OnStep(Steps.Silent(8)).ShouldBeNull();
        silent.OnStep(Steps.Silent(9)).ShouldNotBeNull();
        silent.End().ShouldBeNull();
    }

    [Fact]
    public void Silent_WholeRunOfTwoSteps_SaysSoAtTheEnd()
    {
        SilentSteps silent = new(Recipe with { Method = MethodCatalog.Find("grpo") });
        silent.OnStep(Steps.Silent(1));
        silent.OnStep(Steps.Silent(2));

        silent.End()!.ShouldStartWith("None of the 2 training steps had signal: 4 of 4 samples are in groups of wrong answers only. Take a method");
        new SilentSteps(Recipe).End().ShouldBeNull();
    }

    [Fact]
    public void Silent_EveryReason_IsSaidWithAKeyToChange()
    {
        Ledger none = Steps.Silent(1).Ledger with { AllNegativeGroup = 0 };
        (Ledger Ledger, string Reason, string Key)[] cases =
        [
            (none with { AllPositiveGroup = 2 }, "right answers only", "sampling.temperature"),
            (none with { Undecided = 2 }, "could not be decided", "task.train"),
            (none with { NoJudgement = 2 }, "could not be placed", "method.name"),
            (none with { Truncated = 2 }, "cut off", "method.dropTruncated"),
            (none with { AllNegativeGroup = 2, CutOff = 2 }, "6 were cut off", "sampling.maxNewTokens"),
            (none with { Filtered = 2 }, "advantage of 0", "training.groupSize"),
            (none with { Trained = 2, AllNegativeGroups = 2 }, "KL term", "easier problems"),
            (none with { Trained = 2, AllNegativeGroups = 0, AllPositiveGroups = 2 }, "KL term", "harder problems"),
        ];
        foreach ((Ledger ledger, string reason, string key) in cases)
        {
            SilentSteps silent = new(Recipe);
            string?[] said = [.. Enumerable.Range(1, 3).Select(step => silent.OnStep(Steps.Silent(step) with { Ledger = ledger }))];
            string warning = said[^1]!;
            warning.ShouldContain(reason);
            warning.ShouldContain(key);
        }
    }

    [Fact]
    public void CutOff_MoreThanHalfInThreeStepsWithSignal_WarnsOnceUntilFewerAre()
    {
        CutOffSteps cutOff = new();
        StepReport Report(int step, int samples) => Steps.Report(step) with { Ledger = Steps.Report(step).Ledger with { CutOff = samples } };

        string?[] said = [.. Enumerable.Range(1, 5).Select(step => cutOff.OnStep(Report(step, 2)))];
        said.Select(s => s is not null).ShouldBe([false, false, true, false, false]);
        said[2]!.ShouldStartWith("More than half of the samples of training steps 1 to 3 were cut off: raise sampling.maxNewTokens");

        cutOff.OnStep(Report(6, 1)).ShouldBeNull();
        cutOff.OnStep(Report(7, 2)).ShouldBeNull();
        cutOff.OnStep(Report(8, 2)).ShouldBeNull();
        cutOff.OnStep(Report(9, 2)).ShouldNotBeNull();
    }

    [Fact]
    public void Left_StepsAndEvaluations_AreCountedUntilTheyEnd()
    {
        Clock clock = new();
        TimeLeft left = new(Recipe, clock);
        left.Estimate.ShouldBeNull();
        clock.Pass(7);
        left.OnEvaluation(0);
        left.Estimate.ShouldBeNull();

        for (int step = 1; step <= 5; step++)
        {
            clock.Pass(3);
            left.OnStep(Steps.Report(step));
        }

        // Five steps of 3 s and the evaluations after steps 5 and 10, of 7 s.
        left.Estimate.ShouldBe(15 + 14);
        clock.Pass(4);
        left.Estimate.ShouldBe(15 + 10);
        clock.Pass(3);
        left.OnEvaluation(5);
        left.Estimate.ShouldBe(15 + 7);
        for (int step = 6; step <= 10; step++)
        {
            clock.Pass(3);
            left.OnStep(Steps.Report(step));
        }

        left.Estimate.ShouldBe(7);
        clock.Pass(1000);
        left.Estimate.ShouldBe(0);
        left.OnEvaluation(10);
        left.Estimate.ShouldBe(0);
    }

    [Fact]
    public void Left_TokensAreToEndTheRun_CountsToTheExpectedStep()
    {
        Clock clock = new();
        TimeLeft left = new(Recipe, clock);
        left.OnEvaluation(0);
        clock.Pass(3);
        left.OnStep(Steps.Report(1) with { Steps = 4 });

        // Three steps of 3 s, and the last evaluation, which took no time before.
        left.Estimate.ShouldBe(9);
    }

    [Fact]
    public void Left_AfterAResume_TakesTheEvaluationFromItsSamples()
    {
        Clock clock = new();
        TimeLeft left = new(Recipe, clock);
        clock.Pass(3);
        left.OnStep(Steps.Report(7));

        // Two samples took 2 s; 4 problems with a sample and a greedy completion each take 8 s, once.
        left.Estimate.ShouldBe(9 + 8);
    }

    [Fact]
    public void Left_EndlessRun_IsNoFailure()
    {
        Clock clock = new();
        TimeLeft left = new(Recipe with { Training = Recipe.Training with { Steps = int.MaxValue } }, clock);
        clock.Pass(1e6);
        left.OnStep(Steps.Report(1) with { Steps = int.MaxValue });

        Figures.Time(left.Estimate).ShouldBe("8888888:53:20");
    }
}

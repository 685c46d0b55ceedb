using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Selection;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Rollouts;

public sealed class LedgerTests
{
    [Fact]
    public void Settle_OneGroupOfEachKind_CountsEverything()
    {
        Rollout repeats = Samples.Wrong(2, 12); // Steps 11 and 12 repeat steps 1 and 2.
        Group coloured = Samples.Group(Samples.Wrong(1, 3), repeats, Samples.Unplaced(), Samples.Undecided());
        Group flat = Samples.Group(Samples.Wrong(1, 3), Samples.Wrong(1, 3, FinishReason.Length));
        Group positive = Samples.Group(Samples.Right(), Samples.Right());
        Group mixed = Samples.Group(Samples.Right(), Samples.Wrong(), Samples.Make(Correctness.Correct, 1, FinishReason.Cancelled));

        Ledger ledger = Run(MethodCatalog.Find("sgpo"), coloured, flat, positive, mixed);

        ledger.Sampled.ShouldBe(11);
        ledger.Trained.ShouldBe(4);
        ledger.NoJudgement.ShouldBe(1);
        ledger.Undecided.ShouldBe(1);
        ledger.AllNegativeGroup.ShouldBe(2);
        ledger.AllPositiveGroup.ShouldBe(2);
        ledger.Failed.ShouldBe(1);
        (ledger.Truncated, ledger.Filtered).ShouldBe((0, 0));
        (ledger.Correct, ledger.Incorrect, ledger.Judged, ledger.Placed, ledger.CutOff).ShouldBe((3, 6, 5, 4, 1));
        (ledger.Groups, ledger.AllPositiveGroups, ledger.AllNegativeGroups, ledger.MixedGroups).ShouldBe((4, 1, 2, 1));
        (ledger.RescuedGroups, ledger.FlatGroups, ledger.DeadGroups).ShouldBe((1, 1, 2));
        (ledger.ColouredRollouts, ledger.ColouredSteps, ledger.RepeatedSteps).ShouldBe((2, 15, 2));
        ledger.SolveRate.ShouldBe(3 / 11.0);
        (ledger.AllNegativeShare, ledger.FlatShare, ledger.DeadGroupShare).ShouldBe((0.5, 0.25, 0.5));
        ledger.PlacedShare.ShouldBe(0.8);
        ledger.MeanColouredSteps.ShouldBe(7.5);
        ledger.SignalTokens.ShouldBe(3 * (3 + 12 + 3 + 3));
        ledger.SignalTokenShare.ShouldBe(ledger.SignalTokens / (double)ledger.Tokens);
        coloured.Rollouts[2].Disposition.ShouldBe(Disposition.NoJudgement);
    }

    [Fact]
    public void Of_GivenStepsAndReplacedSamples_CountWhatTheyCost()
    {
        // Of twelve steps ten were given; steps 11 and 12, its own, repeat steps 1 and 2. A replaced sample was judged and could not be placed.
        Group coloured = Samples.Group(Samples.Given(10, Samples.Wrong(12, 12)), Samples.Wrong(1, 3));
        Rollout replaced = Samples.Unplaced();
        replaced.LeaveOut(Disposition.Replaced);
        new SpectralReward().Shape(coloured, 1);

        Ledger ledger = Ledger.Of([coloured], [replaced]);

        (ledger.Steps, ledger.ColouredSteps, ledger.RepeatedSteps).ShouldBe((2 + 3 + 3, 2 + 3, 2));
        (ledger.Tokens, ledger.GivenTokens).ShouldBe((36 + 9 + 9, 31));
        (ledger.Judged, ledger.Placed, ledger.Replaced).ShouldBe((3, 2, 1));
    }

    [Fact]
    public void Settle_SomeGroupsMeasuredByProgress_CountsThem()
    {
        Group progress = Samples.Group(Samples.Wrong(4, [1], 2, 3), Samples.Wrong(4, [], 1, 3), Samples.Right());
        Group steps = Samples.Group(Samples.Wrong(1, 3), Samples.Wrong(2, 3));

        Ledger ledger = Run(MethodCatalog.Find("sgpo-progress"), progress, steps);

        (ledger.Judged, ledger.Placed, ledger.ByProgress).ShouldBe((4, 4, 2));
    }

    [Fact]
    public void Settle_SameShareRightAfterOtherSteps_IsRescuedByCreditPerStepWithoutBeingColoured()
    {
        // RTS is 1/2 in both, so graded rewards are equal; step 2 is wrong in one and right in the other.
        Group group = Samples.Group(Samples.Wrong(2, 2), Samples.Wrong(3, 4));

        Ledger whole = Run(MethodCatalog.Find("sgpo"), group);
        Ledger perStep = Run(MethodCatalog.Find("sgpo") with { Advantage = new PerStepAdvantage() }, group);

        group.Coloured.ShouldBeFalse();
        (whole.RescuedGroups, whole.FlatGroups).ShouldBe((0, 1));
        (perStep.RescuedGroups, perStep.FlatGroups).ShouldBe((1, 0));
    }

    [Fact]
    public void Settle_SamplesWithSignalAreDropped_GroupIsDeadAndNotRescued()
    {
        // RTS 1/3 and 2/3: coloured, but both cut off; and a third that was not, with a reward in the middle, whose advantage is 0.
        Group group = Samples.Group(Samples.Wrong(2, 3, FinishReason.Length), Samples.Wrong(3, 3, FinishReason.Length), Samples.Wrong(2, 2));
        Method sgpo = MethodCatalog.Find("sgpo");

        Ledger kept = Run(sgpo, group);
        Ledger dropped = Run(sgpo with { Selection = new AllRollouts { DropTruncated = true } }, group);

        (kept.Trained, kept.RescuedGroups, kept.DeadGroups, kept.SignalTokens).ShouldBe((2, 1, 0, 24));
        (dropped.Truncated, dropped.AllNegativeGroup, dropped.Trained).ShouldBe((2, 1, 0));
        (dropped.RescuedGroups, dropped.FlatGroups, dropped.DeadGroups, dropped.SignalTokens).ShouldBe((0, 1, 1, 0));
        group.Rollouts.ShouldAllBe(r => r.SignalTokens == 0);
    }

    [Fact]
    public void Settle_NothingSettledYet_IsNeitherTrainedNorSignal()
    {
        Rollout rollout = Samples.Right();
        Array.Fill(rollout.Advantages, 1.0);

        (default(Disposition), rollout.Disposition, rollout.SignalTokens).ShouldBe((Disposition.NotSettled, Disposition.NotSettled, 0));
    }

    [Fact]
    public void Settle_NothingSampled_HasNoShares()
    {
        Ledger ledger = Run(MethodCatalog.Find("grpo"));

        ledger.Sampled.ShouldBe(0);
        ledger.SolveRate.ShouldBeNull();
        ledger.MeanColouredSteps.ShouldBeNull();
    }

    [Fact]
    public void Settle_AnyGroupsAnyMethod_AddsUpToWhatWasSampled()
    {
        IReadOnlyList<PartEntry> credits = AdvantageCatalog.Entries;
        for (ulong seed = 0; seed < 200; seed++)
        {
            Group[] groups = [.. Enumerable.Range(0, 4).Select(g => Samples.Group([.. Enumerable.Range(0, 4).Select(i => Any(seed, (4 * g) + i))]))];
            Method method = MethodCatalog.Find("sgpo") with
            {
                Reward = new SpectralReward { Scope = CounterRandom.Integer(seed, 1001, 2) == 0 ? JudgeScope.AllNegative : JudgeScope.EveryIncorrect },
                Advantage = (IAdvantageEstimator)credits[CounterRandom.Integer(seed, 1000, credits.Count)].Part,
                Loss = new Grpo { Kl = new KlPenalty(CounterRandom.Integer(seed, 1002, 2)) },
                Selection = new AllRollouts { DropTruncated = CounterRandom.Integer(seed, 1003, 2) == 0 },
            };

            Ledger ledger = Run(method, groups);

            ledger.Sampled.ShouldBe(16);
            ledger.Trained.ShouldBe(groups.Sum(g => g.Rollouts.Count(r => r.Disposition == Disposition.Trained)));
            groups.SelectMany(g => g.Rollouts).Where(r => r.HasAdvantage).ShouldAllBe(r =>
                r.Disposition == Disposition.Trained || (((AllRollouts)method.Selection).DropTruncated && r.Disposition == Disposition.Truncated));
            groups.SelectMany(g => g.Rollouts).Where(r => !r.Decided).ShouldAllBe(r => !r.HasAdvantage && r.Disposition != Disposition.Trained);
            ledger.SignalTokens.ShouldBe(groups.SelectMany(g => g.Rollouts)
                .Where(r => r.Disposition == Disposition.Trained).Sum(r => r.Advantages.Where((a, t) => a != 0 && r.Mask[t]).Count()));
            ledger.DeadGroups.ShouldBe(groups.Count(g => !g.Rollouts.Any(r => r.Disposition == Disposition.Trained && r.HasAdvantage)));
            (ledger.AllPositiveGroups + ledger.AllNegativeGroups + ledger.MixedGroups).ShouldBeLessThanOrEqualTo(ledger.Groups);
        }
    }

    /// <summary>The trainer's order: reward, selection, advantage, ledger. The judgements are there already.</summary>
    private static Ledger Run(Method method, params Group[] groups)
    {
        foreach (Group group in groups)
        {
            foreach (Rollout rollout in group.Rollouts.Where(r => !method.Reward.WantsJudgement(group, r, 1)))
            {
                rollout.Judgement = null;
            }

            method.Reward.Shape(group, 1);
        }

        method.Selection.Select(groups);
        method.Advantage.Estimate(groups);
        return Samples.Settle(groups, keepSilent: method.Loss.Needs != LossNeeds.None);
    }

    private static Rollout Any(ulong seed, int index)
    {
        ulong key = CounterRandom.Key(seed, (ulong)index);
        int steps = 1 + CounterRandom.Integer(key, 0, 5), firstError = 1 + CounterRandom.Integer(key, 1, steps + 1);
        return CounterRandom.Integer(key, 2, 8) switch
        {
            0 => Samples.Right(steps),
            1 => Samples.Undecided(steps),
            2 => Samples.Unplaced(steps),
            3 => Samples.Make(Correctness.Correct, steps, FinishReason.Cancelled),
            4 => Samples.Wrong(firstError, steps, FinishReason.Length),
            _ => Samples.Wrong(firstError, steps),
        };
    }
}

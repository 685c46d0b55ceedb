using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Sampling;
using Stepwise.Methods.Selection;
using Stepwise.Metrics;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Tests.Methods;
using Stepwise.Training;

namespace Stepwise.Tests.Training;

/// <summary>Whole training steps on completions that are given, small enough to follow on paper.</summary>
public sealed class TrainingStepTests
{
    /// <summary>
    /// Problem a: rewards 1, 0, 0, 0, so r̄ = 1/4 and without a scale A = 3/4, −1/4, −1/4, −1/4; the last answer is cut off.
    /// Problem b: two wrong answers, and two that nobody can use: r̄ = 0, A = 0, no signal.
    /// </summary>
    private static readonly Completion[][] Two =
    [
        [Make("1", 2), Make("0", 3), Make("0", 1), Make("0", 4, FinishReason.Length)],
        [Make("0", 2), Make("0", 3), Make("?", 5), Make("1", 6, FinishReason.Failed)],
    ];

    [Theory]
    // On-policy every ratio is 1, so L = −Σ A / denominator, over what trains: −(2 · 3/4 − 3 · 1/4 − 1 · 1/4) = −1/2 by tokens.
    // Σ|o| = 2 + 3 + 1 of a and 2 + 3 of b, silent ones too; not the 4 dropped, the 5 undecided, the 6 failed.
    [InlineData("token-mean", -0.5 / 11)]
    // B = 3 + 2, and by sequences −(3/4 − 1/4 − 1/4) = −1/4.
    [InlineData("sequence-mean", -0.25 / 5)]
    // B · L_max = 5 · 8.
    [InlineData("constant-length", -0.5 / 40)]
    public async Task RunAsync_TruncatedDropped_DenominatorsCountWhatTheLossIsAMeanOver(string aggregation, double loss)
    {
        using ScriptedPolicy policy = new(Two);

        (StepReport report, _) = await RunAsync(policy, Dropping(CatalogParts.Aggregation(aggregation), keepSilent: false));

        report.Loss.ShouldNotBeNull().ShouldBe(loss, 1e-12);
        BatchTotals totals = policy.Batches.Single().Totals;
        (totals.Sequences, totals.Tokens, totals.MaxCompletionTokens).ShouldBe((5, 11, 8));
        Ledger ledger = report.Ledger;
        (ledger.Trained, ledger.Truncated, ledger.AllNegativeGroup, ledger.Undecided, ledger.Failed).ShouldBe((3, 1, 2, 1, 1));
        (ledger.Sampled, ledger.Correct, ledger.SignalTokens, ledger.DeadGroups).ShouldBe((8, 1, 6, 1));
        report.TrainedTokens.ShouldBe(6);
        report.Entropy.ShouldBe(0.5);
        report.MeanReward.ShouldBe(1.0 / 6); // One right of the six that are counted.
    }

    [Theory]
    [InlineData("token-mean")]
    [InlineData("sequence-mean")]
    [InlineData("constant-length")]
    public async Task RunAsync_SilentTrainToo_OthersWeighTheSame(string aggregation)
    {
        using ScriptedPolicy without = new(Two), with = new(Two);

        (StepReport left, _) = await RunAsync(without, Dropping(CatalogParts.Aggregation(aggregation), keepSilent: false));
        (StepReport kept, _) = await RunAsync(with, Dropping(CatalogParts.Aggregation(aggregation), keepSilent: true));

        kept.Loss.ShouldNotBeNull().ShouldBe(left.Loss.ShouldNotBeNull(), 1e-15);
        with.Batches.Single().Totals.ShouldBe(without.Batches.Single().Totals);
        (left.TrainedTokens, kept.TrainedTokens).ShouldBe((6, 11));
    }

    [Theory]
    // All four of a, by tokens −(2 · 3/4 − 8 · 1/4) = 1/2 over 6 + 4 of a and 5 of b.
    [InlineData("token-mean", 0.5 / 15)]
    // −(3/4 − 3/4) = 0 over six.
    [InlineData("sequence-mean", 0)]
    [InlineData("constant-length", 0.5 / 48)]
    public async Task RunAsync_TruncatedKept_CountAsAnyOther(string aggregation, double loss)
    {
        using ScriptedPolicy policy = new(Two);

        (StepReport report, _) = await RunAsync(policy, Method(
            new OutcomeReward(), new AllRollouts(), new Grpo { Aggregation = CatalogParts.Aggregation(aggregation) }));

        report.Loss.ShouldNotBeNull().ShouldBe(loss, 1e-12);
        (report.Ledger.Trained, report.Ledger.Truncated, report.Ledger.CutOff).ShouldBe((4, 0, 1));
    }

    [Fact]
    public async Task RunAsync_KlTerm_ReferenceScoresAllGroupsInOneCall()
    {
        using ScriptedPolicy policy = new(Two), reference = new();

        // k1 = ℓ − ℓ_ref = ln 2 for each of the 11 tokens, so the penalty's mean is β ln 2; the surrogate is −1/2 / 11 as without.
        (StepReport report, _) = await RunAsync(policy, Method(
            new OutcomeReward(), new AllRollouts { DropTruncated = true },
            new Grpo { Aggregation = new TokenMean(), Kl = new KlPenalty(0.1) { Estimator = new K1() } }), reference);

        report.Loss.ShouldNotBeNull().ShouldBe((-0.5 / 11) + (0.1 * Math.Log(2)), 1e-7);
        report.Metrics.Find(KlPenalty.Kl).ShouldNotBeNull().ShouldBe(Math.Log(2), 1e-7);
        reference.Scored.Single().Select(r => r.Completions.Count).Order().ShouldBe([2, 3]);
    }

    [Fact]
    public async Task RunAsync_SamplerOfAnotherEngine_WeighsByTheRatioAndTakesTheTrainersNumbers()
    {
        using ScriptedPolicy truncated = new(Two), masked = new(Two);
        Method method = Dropping(new TokenMean(), keepSilent: false);

        // The trainer's numbers are ln 2 below the sampler's: a ratio of 1/2 for every token, and half the loss.
        (StepReport report, _) = await RunAsync(truncated, method with { SamplerCorrection = new TruncatedCorrection() });
        (StepReport none, _) = await RunAsync(masked, method with { SamplerCorrection = new MaskedCorrection { SmallestMismatch = 0.6 } });

        report.Loss.ShouldNotBeNull().ShouldBe(-0.25 / 11, 1e-7);
        none.Loss.ShouldBe(0);
        TrainingSequence first = truncated.Batches.Single().Groups[0].Sequences[0];
        first.OldLogProbs.ShouldAllBe(l => l == -MathF.Log(2));
        first.Advantages.ShouldAllBe(a => Math.Abs(a - 0.375) < 1e-7);
        truncated.Batches.Single().Totals.ShouldBe(new BatchTotals(5, 11, 8, 2));
    }

    [Fact]
    public async Task RunAsync_NothingTrains_WhatTheUpdateWouldHaveMeasuredIsUnknown()
    {
        using ScriptedPolicy policy = new([Make("0", 2), Make("0", 3)]);

        (StepReport report, _) = await RunAsync(policy, Dropping(new TokenMean(), keepSilent: false));

        report.Updates.ShouldBeEmpty();
        (report.Loss, report.GradientNorm, report.UpdateNorm, report.Entropy).ShouldBe((null, null, null, null));
        report.Metrics.Select(v => v.Metric.Name)
            .Intersect(["loss", "gradientNorm", "updateNorm", "entropy", "clippedLowShare", "kl"], StringComparer.Ordinal).ShouldBeEmpty();
        policy.Applies.ShouldBe(0);
    }

    [Fact]
    public async Task RunAsync_TruncatedDropped_JudgeIsNotAskedAboutThem()
    {
        // All wrong; the judge finds the first error in the third of three steps, or in the second of two.
        using ScriptedPolicy policy = new([Make("1\n1\n0", 5), Make("1\n0", 3), Make("1\n1\n", 4, FinishReason.Length)]);
        LastStepJudge judge = new();

        (StepReport report, IReadOnlyList<Group> groups) = await RunAsync(policy, Sgpo(dropTruncated: true), judge: judge);

        judge.Asked.Order().ShouldBe([2, 3]);
        groups[0].Rollouts[2].Judgement.ShouldBeNull();
        (report.Ledger.Trained, report.Ledger.Truncated, report.Ledger.NoJudgement, report.Ledger.Judged).ShouldBe((2, 1, 0, 2));
    }

    [Fact]
    public async Task RunAsync_Judge_IsAskedOnceAGroupWithAKeyForEachResponse()
    {
        async Task<LastStepJudge> JudgeOf()
        {
            using ScriptedPolicy policy = new([Make("0", 3), Make("0", 5)], [Make("0", 3), Make("1\n0", 5)]);
            LastStepJudge judge = new();
            await RunAsync(policy, Sgpo(dropTruncated: false), judge: judge);
            return judge;
        }

        LastStepJudge first = await JudgeOf(), second = await JudgeOf();

        (first.Calls, first.Keys.Count).ShouldBe((2, 4));
        first.Keys.ShouldBeUnique();
        first.Keys.Order().ShouldBe(second.Keys.Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_JudgeFails_IsNoJudgementWithTheReason(bool wrongSteps)
    {
        using ScriptedPolicy policy = new([Make("1\n0", 3), Make("1\n1\n0", 5)]);

        (StepReport report, IReadOnlyList<Group> groups) = await RunAsync(
            policy, Sgpo(dropTruncated: false), judge: new LastStepJudge { Steps = wrongSteps ? 9 : null, Throws = !wrongSteps });

        groups[0].Rollouts.ShouldAllBe(r => r.Judgement!.Outcome == JudgementOutcome.NoJudgement);
        groups[0].Rollouts[0].Judgement!.Reason.ShouldBe(wrongSteps
            ? "the judge saw 9 steps, the response has 2"
            : "the judge failed: TimeoutException, nobody answers");
        (report.Ledger.AllNegativeGroup, report.Ledger.Placed).ShouldBe((2, 0));
    }

    [Theory]
    [InlineData(true, FinishReason.Failed, "sampling failed: the line broke")]
    [InlineData(false, FinishReason.Cancelled, "sampling failed: it was cancelled")]
    public async Task RunAsync_SomeSamplesFail_AreBookedAndTheOthersTrain(bool tells, FinishReason finish, string reason)
    {
        Completion bad = Make("1", 3, finish) with { Failure = finish == FinishReason.Failed ? "the line broke" : null };
        using ScriptedPolicy policy = new([Make("1", 2), Make("0", 2), bad]) { Tells = tells };

        (StepReport report, IReadOnlyList<Group> groups) = await RunAsync(policy, Dropping(new TokenMean(), keepSilent: false));

        (report.Ledger.Trained, report.Ledger.Failed, report.Ledger.Correct, report.Ledger.Undecided).ShouldBe((2, 1, 1, 0));
        Rollout failed = groups[0].Rollouts[2];
        (failed.Disposition, failed.Counted, failed.Verdict.Reason).ShouldBe((Disposition.Failed, false, reason));
        failed.Steps.ShouldBeEmpty();
    }

    [Fact]
    public async Task RunAsync_EverySampleFails_EndsTheRun()
    {
        Completion bad = Make("1", 0, FinishReason.Failed) with { Failure = "the line broke" };
        using ScriptedPolicy policy = new([bad, bad]);

        (await Should.ThrowAsync<RunException>(() => RunAsync(policy, Dropping(new TokenMean(), keepSilent: false))))
            .Message.ShouldBe("Training step 1: all of its 2 samples failed, the first because sampling failed: the line broke.");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public async Task RunAsync_LogProbabilityIsNotFinite_NamesThePlace(float logProb)
    {
        Completion bad = new([1, 2], [0, logProb], "1", [0, 1], FinishReason.Failed);
        using ScriptedPolicy policy = new([Make("1", 2), Make("0", 2)], [Make("1", 2), bad]);

        DivergenceException error = await Should.ThrowAsync<DivergenceException>(
            () => RunAsync(policy, Dropping(new TokenMean(), keepSilent: false)));

        error.Message.ShouldBe(
            $"The policy's numbers are not finite: training step 1, problem b, sample 2 of 2, token 2, log-probability {logProb}. "
            + "Take an earlier checkpoint, or another copy of the model.");
        (error.InUpdate, policy.Applies).ShouldBe((false, 0));
    }

    [Theory]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(1, double.PositiveInfinity, 1)]
    [InlineData(1, 1, double.NaN)]
    public async Task RunAsync_UpdateIsNotFinite_EndsTheRunAndSaysWhetherTheWeightsMoved(double advantage, double gradient, double update)
    {
        using ScriptedPolicy policy = new(Two) { Applied = _ => new(gradient, update) };
        Method method = Dropping(new TokenMean(), keepSilent: false);
        Trainer trainer = MakeTrainer(policy, method with { Advantage = new Times(advantage, method.Advantage) }, null, new LastStepJudge(), 2);

        DivergenceException error = await Should.ThrowAsync<DivergenceException>(
            () => trainer.RunAsync(new Recorder(), cancellationToken: TestContext.Current.CancellationToken));

        error.Message.ShouldStartWith("The policy diverged in the update of training step 1: ");
        error.InUpdate.ShouldBeTrue();
        // Neither a loss nor a gradient that is not finite moves the weights; the first is not even offered to the policy.
        trainer.Torn.ShouldBe(double.IsNaN(update));
        policy.Applies.ShouldBe(double.IsNaN(advantage) ? 0 : 1);
    }

    [Theory]
    [InlineData("topK")]
    [InlineData("topP")]
    [InlineData("minP")]
    public void Trainer_FilteredSampling_IsRefused(string key)
    {
        using ScriptedPolicy policy = new(Two);
        SamplingOptions sampling = key switch
        {
            "topK" => new() { TopK = 5 },
            "topP" => new() { TopP = 0.9 },
            _ => new() { MinP = 0.1 },
        };

        Should.Throw<InputException>(() => new Trainer(
            policy, null, new DigitTask(), new LastStepJudge(), Problems(2), Sgpo(dropTruncated: false), sampling, new TrainingOptions(), seed: 1))
            .Message.ShouldStartWith($"sampling.{key} is ");
    }

    [Fact]
    public async Task RunAsync_MiniBatches_EachHasItsOwnDenominatorsAndUpdate()
    {
        // b has no signal: its mini-batch takes no optimizer step. c: rewards 1, 0.
        using ScriptedPolicy policy = new([.. Two, [Make("1", 3), Make("0", 2)]]);
        Trainer trainer = new(
            policy, null, new DigitTask(), new LastStepJudge(), Problems(3), Dropping(new TokenMean(), keepSilent: false),
            new SamplingOptions { MaxNewTokens = 8 },
            new TrainingOptions { Steps = 1, PromptsPerStep = 3, GroupSize = 4, MiniBatches = 3, UpdatesPerBatch = 2 }, seed: 1);
        Recorder recorder = new();

        await trainer.RunAsync(recorder, cancellationToken: TestContext.Current.CancellationToken);

        (StepReport report, IReadOnlyList<Group> groups) = recorder.Steps.Single();
        string[] order = [.. groups.Select(g => g.Problem.Id).Where(id => !string.Equals(id, "b", StringComparison.Ordinal))];
        policy.Batches.Select(b => $"{(char)b.Groups.Single().Prompt[0]}").ShouldBe([.. order, .. order]);
        policy.Batches.Select(b => (b.Totals.Sequences, b.Totals.Tokens)).Distinct().ShouldBe([(3, 6), (2, 5)], ignoreOrder: true);
        policy.Applies.ShouldBe(4);
        // −Σ A / Σ|o|: −(2 · 3/4 − 3 · 1/4 − 1 · 1/4) / 6 of a; rewards 1, 0 of c: −(3 · 1/2 − 2 · 1/2) / 5.
        report.Updates.Select(u => Math.Round(u.Loss, 12)).Distinct().ShouldBe([Math.Round(-0.5 / 6, 12), -0.1], ignoreOrder: true);
        trainer.State.ShouldBe(trainer.State with { Step = 1, DataPosition = 3, Updates = 4 });
    }

    [Fact]
    public void Check_MoreMiniBatchesThanGroups_IsRefused() =>
        Should.Throw<InputException>(() => Stepwise.Options.OptionTree.Check(new TrainingOptions { PromptsPerStep = 2, MiniBatches = 3 }, "training."))
            .Message.ShouldBe("training.miniBatches is 3; allowed is up to training.promptsPerStep, 2: a mini-batch has whole groups.");

    [Fact]
    public async Task RunAsync_SchemeDrawsAgain_SamplesOfBothRoundsAreBooked()
    {
        using ScriptedPolicy policy = new(Two);
        Method method = Dropping(new TokenMean(), keepSilent: false) with { Scheme = new SecondChance() };

        (StepReport report, IReadOnlyList<Group> groups) = await RunAsync(policy, method);

        // b is all wrong, so it is drawn again; the first four samples of it are replaced, the failed one among them is booked as failed.
        groups.Select(g => g.Problem.Id).ShouldBe(["a", "b", "b"], ignoreOrder: true);
        Ledger ledger = report.Ledger;
        (ledger.Sampled, ledger.Replaced, ledger.Failed, ledger.Groups).ShouldBe((12, 3, 2, 2));
        (ledger.Correct, ledger.SolveRate).ShouldBe((1, 1.0 / 12));
        groups[2].Rollouts.ShouldAllBe(r => r.LeftOut && r.SignalTokens == 0);
        ulong[][] keys = [.. policy.Requests.Where(r => r.Prompt[0] == 'b').Select(r => r.Keys.ToArray())];
        keys.Length.ShouldBe(2);
        keys[0].Intersect(keys[1]).ShouldBeEmpty();
    }

    [Fact]
    public async Task RunAsync_DrawnUnderAHint_TrainsUnderThePlainPromptAndIsCountedApart()
    {
        using ScriptedPolicy policy = new(Two);
        Method method = Dropping(new TokenMean(), keepSilent: false) with { Scheme = new Hinted() };

        (StepReport report, IReadOnlyList<Group> groups) = await RunAsync(policy, method);

        policy.Requests.ShouldAllBe(r => r.Prompt.Length == 5);
        TrainingGroup trained = policy.Batches.Single().Groups.Single();
        trained.Prompt.ShouldBe(['a']);
        trained.Sequences[0].Facts.ShouldBe(new(1, Correct: true, OffPolicy: true, GuidanceTokens: 0));
        groups.SelectMany(g => g.Rollouts).ShouldAllBe(r => r.Guided);
        (report.Ledger.Guided, report.Ledger.GuidedCorrect, report.Ledger.Correct, report.Ledger.SolveRate).ShouldBe((8, 1, 0, null));
    }

    [Fact]
    public async Task RunAsync_PlainAndHintedSamplesOfOneGroup_TrainTogetherUnderTheEqualPrompt()
    {
        using ScriptedPolicy policy = new([Make("1", 2), Make("0", 3)]);
        Method method = Dropping(new TokenMean(), keepSilent: false) with { Scheme = new PlainAndHinted() };

        (_, IReadOnlyList<Group> groups) = await RunAsync(policy, method);

        TrainingGroup trained = policy.Batches.Single().Groups.Single();
        trained.Prompt.ShouldBe(['a']);
        trained.Sequences.Select(s => s.Facts.OffPolicy).ShouldBe([false, false, true, true]);
        groups.Single().Rollouts.Select(r => r.Guided).ShouldBe([false, false, true, true]);
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 6)]
    public async Task RunAsync_PrefixOfSomeSamples_IsGivenAndTrainsOnlyOnRequest(bool trains, int trained)
    {
        // Two tokens of the second sample were given; rewards 1, 0.
        using ScriptedPolicy policy = new([Make("1", 2), Make("0", 4) with { PrefixTokens = 2 }]);
        Method method = Dropping(new TokenMean(), keepSilent: false) with { Scheme = new Guided(trains) };

        (StepReport report, IReadOnlyList<Group> groups) = await RunAsync(policy, method);

        policy.Requests.Single().Prefixes.ShouldBe([[], [7, 7]]);
        TrainingSequence guided = policy.Batches.Single().Groups.Single().Sequences[1];
        (guided.PrefixTokens, guided.Facts.GuidanceTokens, report.TrainedTokens).ShouldBe((2, 2, trained));
        guided.Mask.ShouldBe([trains, trains, true, true]);
        groups.Single().Rollouts.Select(r => r.Guided).ShouldBe([false, true]);
        (report.Ledger.Guided, report.Ledger.Correct, report.Ledger.SolveRate).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task RunAsync_LossOfTheWholeStep_SeesItsLogProbabilitiesBeforeTheGradient()
    {
        using ScriptedPolicy policy = new(Two);
        MeanOfStep loss = new(new Grpo { Aggregation = new TokenMean() });

        await RunAsync(policy, Dropping(new TokenMean(), keepSilent: false) with { Loss = loss });

        // The policy scores every token at −ln 2; 6 tokens train.
        policy.Scored.Single().Sum(r => r.Completions.Sum(c => c.Length)).ShouldBe(6);
        loss.Seen.ShouldBe([-Math.Log(2)], 1e-7);
    }

    [Fact]
    public async Task RunAsync_LossOfUnequalGroups_LeavesOutThoseThatWouldAddNothing()
    {
        using ScriptedPolicy policy = new(
        [
            [Make("1", 2), Make("0", 3), Make("?", 1)],
            [Make("0", 2), Make("0", 3), Make("0", 1)],
        ]);

        (StepReport report, _) = await RunAsync(policy, Dropping(new TokenMean(), keepSilent: false) with { Loss = new LambdaGrpo() });

        policy.Batches.Single().Groups.Single().Sequences.Count.ShouldBe(2);
        (report.Ledger.Trained, report.Ledger.AllNegativeGroup, report.Ledger.Undecided).ShouldBe((2, 3, 1));
        policy.Batches.Single().Totals.ShouldBe(new BatchTotals(5, 11, 8, 2));
    }

    private static Completion Make(string text, int tokens, FinishReason finish = FinishReason.Stop) =>
        new(new int[tokens], new float[tokens], text, [.. Enumerable.Repeat(text.Length, tokens)], finish);

    private static Method Method(IRewardShaper reward, ISelection selection, ILoss loss) =>
        new() { Name = "test", Reward = reward, Advantage = new GroupAdvantage { Scale = new NoScale() }, Selection = selection, Loss = loss };

    private static Method Dropping(IAggregation aggregation, bool keepSilent) => Method(
        new OutcomeReward(), new AllRollouts { DropTruncated = true },
        keepSilent ? new OfWholeGroups(new Grpo { Aggregation = aggregation }) : new Grpo { Aggregation = aggregation });

    private static Method Sgpo(bool dropTruncated) => Method(
        new SpectralReward(), new AllRollouts { DropTruncated = dropTruncated }, new Grpo { Aggregation = new TokenMean() });

    private static Problem[] Problems(int count) => [.. "abc".Take(count).Select(id => new Problem($"{id}", $"{id}", "1"))];

    private static Trainer MakeTrainer(ScriptedPolicy policy, Method method, IPolicy? reference, IStepJudge judge, int problems) => new(
        policy, reference, new DigitTask(), judge, Problems(problems), method, new SamplingOptions { MaxNewTokens = 8 },
        new TrainingOptions { Steps = 1, PromptsPerStep = problems, GroupSize = 4 }, seed: 1);

    private static async Task<(StepReport Report, IReadOnlyList<Group> Groups)> RunAsync(
        ScriptedPolicy policy, Method method, IPolicy? reference = null, LastStepJudge? judge = null)
    {
        Recorder recorder = new();
        await MakeTrainer(policy, method, reference, judge ?? new(), policy.Problems)
            .RunAsync(recorder, cancellationToken: TestContext.Current.CancellationToken);
        return recorder.Steps.Single();
    }

    /// <summary>Draws a second time where a whole group is wrong.</summary>
    private sealed record SecondChance : ISamplingScheme
    {
        public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
        {
            Draw[] draws = [.. step.Problems.Take(step.ProblemCount).Select((problem, slot) => new Draw(problem, slot, step.GroupSize))];
            Group[] groups = [.. await step.Roller.RollAsync(draws, cancellationToken)];
            int[] wrong = [.. Enumerable.Range(0, groups.Length).Where(g => groups[g].AllNegative)];
            IReadOnlyList<Group> again = await step.Roller.RollAsync([.. wrong.Select(g => draws[g] with { Round = 1 })], cancellationToken);
            for (int i = 0; i < wrong.Length; i++)
            {
                groups[wrong[i]] = again[i];
            }

            return groups;
        }
    }

    /// <summary>Draws everything under a longer prompt than it is trained under.</summary>
    private sealed record Hinted : ISamplingScheme
    {
        public ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken) => step.Roller.RollAsync(
            [
                .. step.Problems.Take(step.ProblemCount).Select((problem, slot) => new Draw(problem, slot, step.GroupSize)
                {
                    Prompt = new TextPrompt(problem.Question + "hint"), TrainedPrompt = new TextPrompt(problem.Question),
                }),
            ],
            cancellationToken);
    }

    /// <summary>A group of two plain samples and two that are drawn under a longer prompt and trained under the plain one.</summary>
    private sealed record PlainAndHinted : ISamplingScheme
    {
        public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
        {
            Problem problem = step.Problems.Take(1)[0];
            Draw plain = new(problem, 0, 2);
            IReadOnlyList<Group> drawn = await step.Roller.RollAsync(
            [
                plain,
                plain with { Round = 1, Prompt = new TextPrompt(problem.Question + "hint"), TrainedPrompt = new TextPrompt(problem.Question) },
            ],
            cancellationToken);
            return [new Group(problem, drawn[0].Prompt, [.. drawn[0].Rollouts, .. drawn[1].Rollouts])];
        }
    }

    /// <summary>Gives the second of two samples its first two tokens.</summary>
    private sealed record Guided(bool Trains) : ISamplingScheme
    {
        public ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken) => step.Roller.RollAsync(
            [.. step.Problems.Take(1).Select(problem => new Draw(problem, 0, 2) { Prefixes = [[], [7, 7]], TrainsPrefix = Trains })],
            cancellationToken);
    }

    /// <summary>Remembers the mean log-probability of each step it was prepared for.</summary>
    private sealed class MeanOfStep(ILoss inner) : ILoss
    {
        public List<double> Seen { get; } = [];

        public LossNeeds Needs => LossNeeds.StepLogProbs;

        public ILoss Prepare(TrainingBatch batch, IReadOnlyList<IReadOnlyList<float[]>> logProbs)
        {
            Seen.Add(logProbs.SelectMany(group => group).SelectMany(sequence => sequence).Average(l => (double)l));
            return inner;
        }

        public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics) => throw new InvalidOperationException("not prepared");
    }

    /// <summary>A loss that is given the silent completions too.</summary>
    private sealed class OfWholeGroups(ILoss inner) : ILoss
    {
        public LossNeeds Needs => LossNeeds.WholeGroups;

        public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics) => inner.Evaluate(group, gradient, metrics);
    }

    /// <summary>Says that the last step is the first wrong one.</summary>
    private sealed class LastStepJudge : IStepJudge
    {
        private int _calls;

        /// <summary>The number of steps of each response that it was asked about.</summary>
        public System.Collections.Concurrent.ConcurrentBag<int> Asked { get; } = [];

        /// <summary>The keys it was given.</summary>
        public System.Collections.Concurrent.ConcurrentBag<ulong> Keys { get; } = [];

        public int Calls => _calls;

        public bool Throws { get; init; }

        /// <summary>How many steps it claims to have seen; null for those there are.</summary>
        public int? Steps { get; init; }

        public string Name => "last";

        public ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
            Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _calls);
            foreach (JudgedResponse response in responses)
            {
                Keys.Add(response.Key);
                Asked.Add(response.Steps.Count);
            }

            return Throws
                ? throw new TimeoutException("nobody answers")
                : new([.. responses.Select(r => Steps ?? r.Steps.Count).Select(seen => StepJudgement.Error(seen, seen, ""))]);
        }
    }

    private sealed class Times(double factor, IAdvantageEstimator inner) : IAdvantageEstimator
    {
        public void Estimate(IReadOnlyList<Group> groups)
        {
            inner.Estimate(groups);
            foreach (double[] advantages in groups.SelectMany(g => g.Rollouts).Select(r => r.Advantages))
            {
                Array.ForEach([.. Enumerable.Range(0, advantages.Length)], t => advantages[t] *= factor);
            }
        }
    }

    private sealed class Recorder : ITrainingObserver
    {
        public List<(StepReport, IReadOnlyList<Group>)> Steps { get; } = [];

        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            Steps.Add((report, groups));
            return ValueTask.CompletedTask;
        }
    }
}

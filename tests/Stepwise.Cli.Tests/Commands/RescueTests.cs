using System.Text.Json;
using Stepwise.Engine.Loading;
using Stepwise.Methods;
using Stepwise.Methods.Sampling;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Commands;

/// <summary>Rescues of all-wrong groups, and which problems come, by the program and by the trainer.</summary>
public sealed class RescueTests(TinyPolicy tiny)
{
    private const string Hint = "method.hintPrompt={question}\n{hint}";

    public static TheoryData<string> Rescues() =>
    [
        $"method.name=scaf-grpo|method.unhintedShare=0|{Hint}",
        $"method.name=scaf-grpo|method.unhintedShare=0|{Hint}|method.reward=spectral|method.credit=per-milestone",
        $"method.name=scaf-grpo|method.unhintedShare=0|{Hint}|method.reward=spectral|method.judgeScope=every-incorrect|method.credit=per-milestone",
        $"method.name=scaf-grpo|method.unhintedShare=0|{Hint}|method.reward=spectral|method.credit=to-first-error",
        $"method.name=guide-grpo|{Hint}|method.hintLevel=4|method.rerolledShare=0.5|training.updatesPerBatch=2",
        $"method.name=guide-grpo|{Hint}|method.hintLevel=4|method.rerolledShare=0.5|method.reward=spectral|method.credit=per-milestone",
        "method.name=igrpo|method.draftPrompt={draft}\n{question}",
        "method.name=igrpo|method.draftPrompt={draft}\n{question}|method.reward=spectral|method.credit=per-milestone",
        "method.name=ws-grpo|method.preferenceSteps=1",
        "method.name=srpo|training.promptsPerStep=8|method.solvedFrom=0.5",
    ];

    [Theory]
    [MemberData(nameof(Rescues))]
    public async Task Train_Interrupted_GoesOnToTheSameBytes(string keys)
    {
        string whole = tiny.Fresh(), parts = tiny.Fresh();
        Output output = await TrainAsync(whole, keys, "checkpoint.every=2");
        await TrainAsync(parts, keys, "checkpoint.every=2");
        File.Delete(Path.Combine(parts, "report.json"));
        File.Delete(Path.Combine(parts, "report.md"));
        Directory.Delete(Path.Combine(parts, "checkpoints", "step-000004"), recursive: true);

        Output resumed = await Program.RunAsync("train", "--resume", parts);

        (output.Code, resumed.Code).ShouldBe((0, 0), output.Error + resumed.Error);
        TinyPolicy.Weights(parts).ShouldBe(TinyPolicy.Weights(whole));
    }

    [Theory]
    [MemberData(nameof(Rescues))]
    public async Task Train_AnyNumberOfThreads_GivesTheSameBytes(string keys)
    {
        string one = tiny.Fresh(), two = tiny.Fresh();
        (await TrainAsync(one, keys, threads: "1")).Code.ShouldBe(0);
        (await TrainAsync(two, keys, threads: "2")).Code.ShouldBe(0);

        TinyPolicy.Weights(two).ShouldBe(TinyPolicy.Weights(one));
    }

    [Theory]
    [MemberData(nameof(Rescues))]
    public async Task Train_Ledger_AddsUp(string keys)
    {
        Output output = await TrainAsync(tiny.Fresh(), keys);

        output.Code.ShouldBe(0, output.Error);
        JsonElement[] steps = [.. output.Json.Where(line => line.GetProperty("event").GetString() is "step").Select(line => line.GetProperty("ledger"))];
        steps.Length.ShouldBe(4);
        foreach (JsonElement ledger in steps)
        {
            int Count(string name) => ledger.GetProperty(name).GetInt32();
            int sampled = Count("sampled"), guided = Count("guided"), unhelped = sampled - guided;
            string[] places =
                ["trained", "allPositiveGroup", "allNegativeGroup", "undecided", "noJudgement", "truncated", "filtered", "failed", "replaced"];
            places.Sum(Count).ShouldBe(sampled);
            (Count("correct") + Count("incorrect")).ShouldBe(unhelped);
            ledger.GetProperty("solveRate").GetDouble().ShouldBe(Count("correct") / (double)unhelped);
            ledger.GetProperty("groups").GetInt32().ShouldBe(keys.Contains("promptsPerStep=8", StringComparison.Ordinal) ? 8 : 3);
            if (keys.Contains("grpo|", StringComparison.Ordinal) && !keys.Contains("igrpo", StringComparison.Ordinal))
            {
                // Every sample that was added has a place in a group, whose sample it took, or is replaced itself.
                Count("replaced").ShouldBe(guided);
                unhelped.ShouldBe(12);
            }
        }

        if (keys.Contains("srpo", StringComparison.Ordinal))
        {
            output.Json.Last(line => line.GetProperty("event").GetString() is "step").GetProperty("passedOver").GetDouble().ShouldBeGreaterThan(0);
        }

        if (keys.Contains("hint", StringComparison.Ordinal))
        {
            steps.Sum(ledger => ledger.GetProperty("guided").GetInt32()).ShouldBeGreaterThan(0);
            steps.Sum(ledger => ledger.GetProperty("guidedCorrect").GetInt32()).ShouldBeGreaterThan(0);
        }
    }

    [Theory]
    [InlineData("scaf-grpo", false)]
    [InlineData("guide-grpo", true)]
    [InlineData("igrpo", false)]
    public async Task RunAsync_HelpedSamples_HaveTheOldLogProbabilitiesOfThePromptTheyWereDrawnUnder(string name, bool trainedElsewhere)
    {
        Recipe recipe = Recipe.Load(tiny.Recipe);
        HintOptions hints = new() { HintPrompt = "{question}\n{hint}" };
        Method method = MethodCatalog.Find(name) with
        {
            Scheme = name switch
            {
                "scaf-grpo" => new HintLadder { Hints = hints, UnhintedShare = 0 },
                "guide-grpo" => new HintedReroll { Hints = hints, HintLevel = 4, RerolledShare = 0.5 },
                _ => new RefinedDrafts { DraftPrompt = "{draft}\n{question}" },
            },
        };
        OldLogProbs seen = new(method.Loss);
        ProblemSets problems = ProblemSets.Load(recipe, TestContext.Current.CancellationToken);
        using IPolicy policy = PolicyLoader.Load(recipe, threads: 1), old = PolicyLoader.Load(recipe, threads: 1);
        Recorder recorder = new();
        await new Trainer(
            policy, null, problems.Task, problems.Task.Judge, problems.Train, method with { Loss = seen }, recipe.Sampling,
            recipe.Training with { Steps = 1, PromptsPerStep = 8 }, recipe.Seed).RunAsync(recorder, cancellationToken: TestContext.Current.CancellationToken);

        Rollout[] helped = [.. recorder.Groups.SelectMany(g => g.Rollouts).Where(r => r.Guided)];
        helped.ShouldNotBeEmpty();
        foreach (Rollout rollout in helped)
        {
            float[] drawn = await ScoreAsync(old, rollout.DrawnPrompt!, rollout, recipe), trained =
                await ScoreAsync(old, rollout.TrainedPrompt ?? rollout.DrawnPrompt!, rollout, recipe);

            rollout.Completion.LogProbs.ShouldBe(drawn);
            trained.SequenceEqual(drawn).ShouldBe(!trainedElsewhere);
        }

        foreach (Rollout rollout in helped.Where(r => r.Disposition == Disposition.Trained))
        {
            float[] current = await ScoreAsync(old, rollout.TrainedPrompt ?? rollout.DrawnPrompt!, rollout, recipe);
            seen.Seen.ShouldContain((Text(rollout.Completion.LogProbs), Text(current)), "old under the prompt drawn from, current under the one trained under");
        }

        recorder.Ledger!.Tokens.ShouldBe(recorder.Groups.SelectMany(g => g.Rollouts).Sum(r => (long)r.Completion.Tokens.Length), "replaced ones too");
        helped.Any(r => r.Disposition == Disposition.Trained).ShouldBe(name is not "igrpo" || helped.Any(r => r.Correct));
    }

    [Fact]
    public async Task Train_HintThatThePolicyCannotWrite_IsRefusedBeforeTheRun()
    {
        string problems = tiny.Write(".jsonl", """
            {"question":"1+1","answer":"2","hints":"1+1=2"}
            {"question":"1+2","answer":"3","hints":["1+2=3","use carries"]}
            """), held = tiny.Write(".jsonl", """{"question":"2+2","answer":"4","hints":"2+2=4"}"""), recipe = tiny.Write(".yaml", $$"""
            policy: { model: {{tiny.Model}} }
            task: { name: math, train: {{problems}}, test: {{held}}, prompt: "{question}", chat: false, fields: { hints: hints } }
            method: { name: scaf-grpo, hintPrompt: "{question}\n{hint}" }
            sampling: { maxNewTokens: 8 }
            """), run = tiny.Fresh();

        Output output = await Program.RunAsync("train", recipe, "--out", run);

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("hint 2 of 2 has characters for which the policy's tokenizer has no token");
        output.Error.ShouldContain("Write the hints (task.fields.hints)");
        Directory.Exists(run).ShouldBeFalse();
    }

    [Fact]
    public async Task Train_ProblemsWithoutHints_AreLeftAndWithoutAnyTheRunIsRefused()
    {
        string none = tiny.Write(".jsonl", """
            {"question":"1+1","answer":"2"}
            {"question":"1+2","answer":"3"}
            {"question":"2+2","answer":"4"}
            """), one = tiny.Write(".jsonl", """
            {"question":"1+1","answer":"2","h":["1"],"d":"Level 2"}
            {"question":"1+2","answer":"3","h":null,"d":1}
            {"question":"2+2","answer":"4","h":null,"d":null}
            """);
        Task<Output> RunAsync(string problems, string method, string fields = "") => Program.RunAsync("train", tiny.Write(".yaml", $$"""
            policy: { model: {{tiny.Model}} }
            task: { name: math, train: {{problems}}, testProblems: 1, prompt: "{question}", chat: false{{fields}} }
            method: { {{method}} }
            training: { steps: 2, promptsPerStep: 2, groupSize: 2 }
            evaluation: { samples: 1 }
            sampling: { maxNewTokens: 8 }
            """), "--out", tiny.Fresh());

        Output refused = await RunAsync(none, "name: guide-grpo, hintPrompt: \"{question}+{hint}\"");
        Output unreadable = await RunAsync(one, "name: guide-grpo", ", fields: { hints: h }");
        Output undifficult = await RunAsync(none, "name: grpo, problems: easy-first");
        Output hinted = await RunAsync(one, "name: guide-grpo, hintPrompt: \"{question}+{hint}\", problems: easy-first", ", fields: { hints: h, difficulty: d }");

        (refused.Code, unreadable.Code, undifficult.Code, hinted.Code).ShouldBe((2, 2, 2, 0), hinted.Error);
        refused.Error.ShouldContain("no training problem has any, nor a reference solution of two steps");
        unreadable.Error.ShouldContain("method.hintPrompt has characters for which the policy's tokenizer has no token");
        undifficult.Error.ShouldContain("no training problem has one. Name the field that holds it (task.fields.difficulty)");
    }

    private Task<Output> TrainAsync(string run, string keys, string more = "", string threads = "2") => Program.RunAsync(
    [
        "train", tiny.Recipe, "--out", run, "--json", "--threads", threads,
        .. keys.Split('|').Append(more).Where(key => key.Length > 0).SelectMany(key => (string[])["--set", key]),
    ]);

    private static async Task<float[]> ScoreAsync(IPolicy policy, int[] prompt, Rollout rollout, Recipe recipe) =>
        (await policy.ScoreAsync([new(prompt, [rollout.Completion.Tokens])], recipe.Sampling.Temperature, TestContext.Current.CancellationToken))[0][0];

    private static string Text(IEnumerable<float> numbers) => string.Join(' ', numbers.Select(number => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Remembers the old and the current log-probabilities of every sequence that the loss is given first.</summary>
    private sealed class OldLogProbs(ILoss inner) : ILoss
    {
        public List<(string Old, string Current)> Seen { get; } = [];

        public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
        {
            for (int i = 0; i < group.Sequences; i++)
            {
                int start = group.Offsets[i], end = group.Offsets[i + 1];
                Seen.Add((Text(group.OldLogProbs[start..end].ToArray().Select(l => (float)l)), Text(group.LogProbs[start..end].ToArray().Select(l => (float)l))));
            }

            return inner.Evaluate(group, gradient, metrics);
        }
    }

    private sealed class Recorder : ITrainingObserver
    {
        public IReadOnlyList<Group> Groups { get; private set; } = [];

        public Ledger? Ledger { get; private set; }

        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            (Ledger, Groups) = (report.Ledger, groups);
            return ValueTask.CompletedTask;
        }
    }
}

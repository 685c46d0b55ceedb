using System.Text.Json.Nodes;
using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Training;

namespace Stepwise.Cli.Tests;

/// <summary>A method with a part that remembers: a run that goes on from a checkpoint is the uninterrupted one.</summary>
public sealed class MethodStateTests(TinyPolicy tiny)
{
    [Fact]
    public async Task RunAsync_PartWithState_ResumedAndUninterruptedGiveTheSameBytes()
    {
        Recipe recipe = Recipe.Load(tiny.Recipe) with { Training = new() { Steps = 4, PromptsPerStep = 5, GroupSize = 4, LearningRate = 1e-3 } };
        string whole = tiny.Fresh(), checkpoints = tiny.Fresh(), resumed = tiny.Fresh(), forgetful = tiny.Fresh();

        await RunAsync(recipe, from: null, steps: 4, whole);
        Checkpoint from = await RunAsync(recipe, from: null, steps: 2, checkpoints);
        await RunAsync(recipe, Checkpoint.Load(from.Folder), steps: 4, resumed);
        await RunAsync(recipe, from, steps: 4, forgetful, forget: true);

        from.State.DataPosition.ShouldBe(10);
        from.State.Method.ToJsonString().ShouldStartWith("{\"advantage\":{\"baseline\":");
        Weights(resumed).ShouldBe(Weights(whole));
        Weights(forgetful).ShouldNotBe(Weights(whole), "the state decides what is trained");
    }

    [Fact]
    public void State_BeforeTheFirstStep_HasWhatThePartsStartWith()
    {
        Recipe recipe = Recipe.Load(tiny.Recipe);
        using IPolicy policy = PolicyLoader.Load(recipe, threads: 1);
        ProblemSets problems = ProblemSets.Load(recipe, TestContext.Current.CancellationToken);
        Trainer Made() => new(
            policy, null, problems.Task, problems.Task.Judge, problems.Train, MethodCatalog.Find("grpo") with { Advantage = new MovingBaseline() },
            recipe.Sampling, recipe.Training, recipe.Seed);

        TrainerState start = Made().State;

        start.Parts.ToJsonString().ShouldBe("{\"advantage\":{\"baseline\":0.5}}");
        Should.NotThrow(() => Made().Load(start));
    }

    [Fact]
    public void Load_StateOfOtherParts_IsRefused()
    {
        Method plain = MethodCatalog.Find("grpo"), stateful = (plain with { Advantage = new MovingBaseline() }).Fresh();

        Should.Throw<InputException>(() => plain.Load(new JsonObject { ["advantage"] = new JsonObject() })).Message.ShouldContain("a part advantage");
        Should.Throw<InputException>(() => stateful.Load([])).Message.ShouldContain("the part advantage is missing");
    }

    [Fact]
    public void Fresh_PartWithState_IsACopyOfItsOwn()
    {
        Method method = MethodCatalog.Find("grpo") with { Advantage = new MovingBaseline() };

        method.Fresh().Advantage.ShouldNotBeSameAs(method.Advantage);
        method.Fresh().Reward.ShouldBeSameAs(method.Reward);
    }

    [Fact]
    public void Save_PartOfAPartWithState_IsKeptUnderBothNames()
    {
        Method method = MethodCatalog.Find("sgpo") with { Advantage = new CreditToFirstError(new GroupAdvantage { Scale = new Halving() }) };
        Method one = method.Fresh(), other = method.Fresh();

        one.Advantage.Estimate([]);
        JsonObject saved = one.Save();
        other.Save().ToJsonString().ShouldBe("{\"advantage.inner.scale\":{\"divisor\":1}}");
        other.Load(saved);

        saved.ToJsonString().ShouldBe("{\"advantage.inner.scale\":{\"divisor\":2}}");
        other.Save().ToJsonString().ShouldBe(saved.ToJsonString());
        method.Save()["advantage.inner.scale"]!["divisor"]!.GetValue<int>().ShouldBe(1);
    }

    /// <summary>A divisor that doubles at every step.</summary>
    private sealed record Halving : IAdvantageScale, IStateful
    {
        private int _divisor = 1;

        public IReadOnlyList<double> Divisors(IReadOnlyList<double[]> rewards)
        {
            _divisor *= 2;
            return [.. Enumerable.Repeat((double)_divisor, rewards.Count)];
        }

        public IStateful Fresh() => new Halving();

        public JsonObject Save() => new() { ["divisor"] = _divisor };

        public void Load(JsonObject state) => _divisor = (int)state["divisor"]!;
    }

    private static byte[] Weights(string folder) =>
        [.. File.ReadAllBytes(Path.Combine(folder, "step-000004", "policy", "model.safetensors")),
            .. File.ReadAllBytes(Path.Combine(folder, "step-000004", "policy", "optimizer.safetensors"))];

    private static async Task<Checkpoint> RunAsync(Recipe recipe, Checkpoint? from, int steps, string checkpoints, bool forget = false)
    {
        ProblemSets problems = ProblemSets.Load(recipe, TestContext.Current.CancellationToken);
        using IPolicy policy = PolicyLoader.Load(recipe, threads: 1);
        Trainer trainer = new(
            policy, null, problems.Task, problems.Task.Judge, problems.Train, MethodCatalog.Find("grpo") with { Advantage = new MovingBaseline() },
            recipe.Sampling, recipe.Training with { Steps = steps }, recipe.Seed);
        if (from is not null)
        {
            await policy.LoadAsync(from.PolicyFolder, TestContext.Current.CancellationToken);
            JsonObject method = forget ? new() { ["advantage"] = new MovingBaseline().Save() } : (JsonObject)from.State.Method.DeepClone();
            trainer.Load(new(from.State.Step, from.State.DataPosition, from.State.Updates, from.State.Tokens, method));
        }

        await trainer.RunAsync(new Nobody(), cancellationToken: TestContext.Current.CancellationToken);
        TrainerState state = trainer.State;
        return await Checkpoint.SaveAsync(
            checkpoints, new(state.Step, recipe.Seed, state.DataPosition, state.Updates, "", state.Parts), path => policy.SaveAsync(path, withOptimizer: true));
    }

    /// <summary>The reward over a mean of all rewards so far, new ones weighing a tenth.</summary>
    private sealed record MovingBaseline : IAdvantageEstimator, IStateful
    {
        private double _baseline = 0.5;

        public void Estimate(IReadOnlyList<Group> groups)
        {
            foreach (Rollout rollout in groups.SelectMany(g => g.Rollouts))
            {
                Array.Fill(rollout.Advantages, rollout.Reward - _baseline);
            }

            _baseline += 0.1 * (groups.SelectMany(g => g.Rollouts).Average(r => r.Reward) - _baseline);
        }

        public IStateful Fresh() => new MovingBaseline();

        public JsonObject Save() => new() { ["baseline"] = _baseline };

        public void Load(JsonObject state) => _baseline = (double)state["baseline"]!;
    }

    private sealed class Nobody : ITrainingObserver
    {
        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}

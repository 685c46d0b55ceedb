using Stepwise.Comparisons;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Rewards;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Comparisons;

public sealed class ComparisonPlanTests : IDisposable
{
    private const string Variants = """
        variants:
          grpo: { method.name: grpo }
          per-step:
            method:
              credit: per-step
        """;

    private readonly TemporaryFolder _folder = new();

    public ComparisonPlanTests()
    {
        Directory.CreateDirectory(In("model"));
        Write("model/model.safetensors", "1");
        Write(
            "base.yaml", "policy: { model: model }\nmethod: { name: sgpo, denominator: reference }\ntraining: { steps: 100 }\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_File_GivesEveryVariantTheBaseTheSetAndItsOwnKeys()
    {
        ComparisonPlan plan = Read("base: base.yaml\nseeds: 3\nset: { evaluation.every: 10 }\n" + Variants);

        plan.Name.ShouldBe("compare");
        plan.Seeds.ShouldBe(3);
        plan.Variants.Select(v => (v.Name, v.Recipe.Method.Name)).ShouldBe([("grpo", "grpo"), ("per-step", "sgpo")]);
        plan.Variants[0].Recipe.Method.Reward.ShouldBe(new OutcomeReward());
        plan.Variants[1].Recipe.Method.Reward.ShouldBe(new SpectralReward { Measure = new StepShare { Denominator = new ReferenceSteps() } });
        plan.Variants[1].Recipe.Method.Advantage.ShouldBe(new PerStepAdvantage());
        plan.Variants.ShouldAllBe(v => v.Recipe.Evaluation.Every == 10 && v.Recipe.Training.Steps == 100);
    }

    [Fact]
    public void Read_Overrides_WinOverTheFilesSet()
    {
        ComparisonPlan plan = Read("base: base.yaml\nset: { training.steps: 50 }\n" + Variants, seeds: 2, "training.steps=7");

        plan.Seeds.ShouldBe(2);
        plan.Variants.ShouldAllBe(v => v.Recipe.Training.Steps == 7);
    }

    [Fact]
    public void Runs_TwoSeeds_GoSeedBySeed() =>
        Read("base: base.yaml\nseeds: 2\n" + Variants).Runs().Select(r => (r.Variant, r.Recipe.Seed)).ShouldBe(
            [("grpo", 1UL), ("per-step", 1UL), ("grpo", 2UL), ("per-step", 2UL)]);

    [Fact]
    public void Runs_Digests_TellSettingsSeedsAndWeightsApartButNotPlaces()
    {
        string[] before = Digests();
        Directory.Move(In("model"), In("elsewhere"));
        string[] moved = Digests("policy.model=" + In("elsewhere"));
        Write("elsewhere/model.safetensors", "2");

        before.ToHashSet(StringComparer.Ordinal).Count.ShouldBe(4);
        moved.ShouldBe(before);
        before.Intersect(Digests("policy.model=" + In("elsewhere")), StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void Of_TwoRecipes_AreVariantsNamedByTheirFiles()
    {
        Write("other.yaml", "policy: { model: model }\nmethod: { name: grpo }\n");

        ComparisonPlan plan = ComparisonPlan.Of([In("base.yaml"), In("other.yaml")], ["training.steps=5"], seeds: null);

        plan.Seeds.ShouldBe(5);
        plan.Variants.Select(v => (v.Name, v.Recipe.Method.Name, v.Recipe.Training.Steps))
            .ShouldBe([("base", "sgpo", 5), ("other", "grpo", 5)]);
    }

    [Fact]
    public void Of_TheRecipesOfRuns_AreVariantsNamedByTheirFolders()
    {
        foreach (string run in new[] { "one", "two_2" })
        {
            Directory.CreateDirectory(In(run));
            Write($"{run}/recipe.yaml", "policy: { model: ../model }\n");
        }

        ComparisonPlan.Of([In("one/recipe.yaml"), In("two_2/recipe.yaml")], [], seeds: 1).Variants.Select(v => v.Name).ShouldBe(["one", "two_2"]);
    }

    [Fact]
    public void Of_ACopyOfTheModel_IsTheSameStartingPolicyAndAnotherIsRefused()
    {
        Directory.CreateDirectory(In("copy"));
        Write("copy/weights", "1");
        Write("model/model.safetensors", "1");
        Write("copy/model.safetensors", "1");
        Write("other.yaml", "policy: { model: copy }\ntraining: { steps: 100 }\n");

        ComparisonPlan.Of([In("base.yaml"), In("other.yaml")], [], seeds: 1).Variants.Count.ShouldBe(2);
        Write("copy/model.safetensors", "2");
        Should.Throw<InputException>(() => ComparisonPlan.Of([In("base.yaml"), In("other.yaml")], [], seeds: 1)).Message.ShouldContain("policy.model");
    }

    [Fact]
    public void Of_ARunThatIsNotFinished_IsRefusedWithWhatToDo()
    {
        Directory.CreateDirectory(In("one"));
        Write("one/recipe.yaml", "policy: { model: ../model }\n");

        string message = Should.Throw<InputException>(() => ComparisonPlan.Of([In("base.yaml"), In("one")], [], seeds: 1)).Message;
        message.ShouldContain("not finished");
        message.ShouldContain($"stepwise train --resume {In("one")}");
    }

    [Theory]
    [InlineData("base: base.yaml\nseed: 3", "compare.yaml:2: a comparison has no key seed; it has base, seeds, set, variants")]
    [InlineData("base: base.yaml\nbase: base.yaml", "compare.yaml:2: base is given a second time")]
    [InlineData("seeds: 2", "base is not set")]
    [InlineData("base: no.yaml\nvariants: { a: {}, b: {} }", "no.yaml: the recipe cannot be read")]
    [InlineData("base: base.yaml\nseeds: 0", "compare.yaml:2: seeds is how many")]
    [InlineData("base: base.yaml\nseeds: [1, 2]", "compare.yaml:2: seeds must be a single value")]
    [InlineData("base: base.yaml\nvariants: { a: {} }", "at least two variants; found 1")]
    [InlineData("base: base.yaml\nvariants: { a: {}, A: {} }", "variant A: a name is unique")]
    [InlineData("base: base.yaml\nvariants: { a/b: {}, c: {} }", "variant a/b: a name is unique")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { method.credti: whole } }", "there is no recipe key method.credti")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { method.credit: most } }", "Variant b: ")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { seed: 3 } }", "compare.yaml:2: every variant runs with seeds 1 to n")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { training.groupSize: 4 } }", "b has training.groupSize 4 and a 8")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { sampling.temperature: 0.5 } }", "b has evaluation.temperature 0.5 and a 1; compared runs are evaluated alike")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { evaluation.topP: 0.9, evaluation.maxNewTokens: 4 } }", "b has evaluation.topP 0.9 and a 1; evaluation.maxNewTokens 4 and a 256; compared runs are evaluated alike")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { sampling.stopStrings: [x] } }", "b has sampling.stopStrings [\"x\"] and a []; compared runs are evaluated alike")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { task.prompt: 'Q: {question}' } }", "variant b has task.prompt \"Q: {question}\" and a ")]
    [InlineData("base: base.yaml\nset: { evaluation.maxNewTokens: 8 }\nvariants: { a: {}, b: { sampling.maxNewTokens: 4 } }", "b has sampling.maxNewTokens 4 and a 256; compared runs have the same problems, number of samples")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { evaluation.samples: 4 } }", "b has evaluation.samples 4 and a 8; compared runs are evaluated alike")]
    [InlineData("base: base.yaml\nvariants: { a: {}, b: { task.operations: 4 } }", "variant b has task.operations 4 and a ")]
    [InlineData("base: base.yaml\nvariants: [a, b]", "compare.yaml:2: expected lines \"key: value\" under variants")]
    [InlineData("base: {", "not YAML")]
    [InlineData("base: {a: 1}", "base must be a single value")]
    [InlineData("base: \"a\\0b\"", "compare.yaml:1: base is no path")]
    [InlineData("base: base.yaml\nset: { training.steps: '5", "not YAML as recipes use it")]
    public void Read_BadFile_SaysWhereAndWhat(string yaml, string message) =>
        Should.Throw<InputException>(() => Read(yaml)).Message.ShouldContain(message);

    [Fact]
    public void Read_TrainedAtOtherTemperaturesAndEvaluatedAtOne_IsAComparison() =>
        Read("base: base.yaml\nvariants: { a: { evaluation.temperature: same }, b: { sampling.temperature: 0.5, evaluation.temperature: 1 } }")
            .Variants.ShouldAllBe(v => v.Recipe.EvaluationSampling.Temperature == 1);

    [Fact]
    public void Read_OverrideOfAVariantsOwnKey_IsRefused() =>
        Should.Throw<InputException>(() => Read("base: base.yaml\n" + Variants, seeds: null, "method.name=grpo"))
            .Message.ShouldContain("variant grpo sets method.name itself");

    [Fact]
    public void Read_DamagedFiles_AreReadOrRefusedWithAMessage()
    {
        string whole = "base: base.yaml\nseeds: 3\nset: { evaluation.every: 10 }\n" + Variants;
        const string alphabet = "{}[]:,\"'-\n #&*!|>%@\\0aé";
        int refused = 0;
        for (ulong i = 0; i < 500; i++)
        {
            char[] text = whole.ToCharArray();
            for (ulong change = 0; change <= i % 4; change++)
            {
                int place = CounterRandom.Integer(i, 2 * change, text.Length);
                text[place] = alphabet[CounterRandom.Integer(i, (2 * change) + 1, alphabet.Length)];
            }

            try
            {
                Read(new string(text)).Variants.Count.ShouldBe(2);
            }
            catch (InputException error)
            {
                error.Message.ShouldNotBeEmpty();
                refused++;
            }
        }

        refused.ShouldBeInRange(250, 499);
    }

    private string[] Digests(params string[] overrides) =>
        [.. Read("base: base.yaml\nseeds: 2\n" + Variants, seeds: null, overrides).Runs().Select(r => r.Digest)];

    private ComparisonPlan Read(string yaml, int? seeds = null, params string[] overrides)
    {
        Write("compare.yaml", yaml);
        return ComparisonPlan.Of([In("compare.yaml")], overrides, seeds);
    }

    private void Write(string file, string text) => File.WriteAllText(In(file), text);

    private string In(string file) => _folder.In(file);
}

using System.Globalization;
using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Rewards.Terms;
using Stepwise.Methods.Selection;
using Stepwise.Options;
using Stepwise.Recipes;
using Stepwise.Sandboxing;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Code;
using Stepwise.Tasks.Commands;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Runs;
using Stepwise.Tests.Tasks;
using Stepwise.Training;

namespace Stepwise.Tests.Recipes;

public sealed class RecipeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, int, string, string> Refused => new()
    {
        { "training:\n  stepz: 5", 2, "training.stepz", "training.steps" },
        { "sampling:\n  max_new_tokens: 5", 2, "sampling.max_new_tokens", "sampling.maxNewTokens" },
        { "trainin:\n  steps: 5", 1, "trainin", "training" },
        { "training:\n  steps: 0", 2, "training.steps is \"0\"", "a whole number from 1 to" },
        { "training:\n  steps: 1.5", 2, "training.steps is \"1.5\"", "a whole number" },
        { "training:\n  steps: 99999999999999999999", 2, "training.steps", "a whole number" },
        { "training:\n  groupSize: 1", 2, "training.groupSize is \"1\"", "from 2 to 4096 (samples)" },
        { "training:\n  learningRate: 0", 2, "training.learningRate is \"0\"", "a number above 0" },
        { "training:\n  learningRate: nan", 2, "training.learningRate is \"nan\"", "a number above 0" },
        { "training:\n  learningRate: 1,5", 2, "training.learningRate is \"1,5\"", "a number above 0" },
        { "optimizer:\n  beta1: 1", 2, "optimizer.beta1 is \"1\"", "to below 1" },
        { "sampling:\n  topP: 1.01", 2, "sampling.topP", "above 0 to 1" },
        { "training:\n  schedule: Cosine", 2, "training.schedule is \"Cosine\"", "constant | linear | cosine" },
        { "method:\n  name: ppo", 2, "method.name is \"ppo\"", "grpo | dr-grpo | rloo | dapo | cispo | sgpo | sgpo-progress" },
        { "method:\n  dropTruncated: yes", 2, "method.dropTruncated is \"yes\"", "true or false" },
        { "task:\n  operators: '++'", 2, "task.operators is \"++\"", "at most once" },
        { "seed: -1", 1, "seed is \"-1\"", "from 0 to 18446744073709551615" },
        { "seed: 1\nseed: 2", 2, "seed is given a second time", ":1" },
        { "seed:\n  - 1", 2, "seed must be a single value", "" },
        { "seed: *other", 1, "seed must be a single value", "" },
        { "training: 5", 1, "expected lines \"key: value\" under training", "" },
        { "- 1", 1, "expected lines \"key: value\"", "" },
        { "seed: 1\n---\nseed: 2", 2, "a second document", "" },
        { "seed: [1", 1, "seed must be a single value", "" },
        { "seed: \"1", 1, "not YAML", "" },
        { "policy:\n  model: nowhere", 2, "policy.model names", "does not exist" },
        { "task:\n  train: nowhere.jsonl", 2, "task.train names", "does not exist" },
        { "task:\n  trainProblems: 0", 2, "trainProblems is 0", "at least 1" },
    };

    [Fact]
    public void Parse_MinusZero_IsZeroOrRefusedByName()
    {
        // -0 is a text, and a path that a file may have.
        foreach (OptionKey key in new Recipe().Keys.Where(key => !key.Allowed.StartsWith("a text", StringComparison.Ordinal)
            && !key.Allowed.StartsWith("a path", StringComparison.Ordinal)))
        {
            try
            {
                Recipe recipe = Minimal("", $"{key.Name}=-0");
                recipe.Keys.Single(k => Same(k.Name, key.Name)).Value.ShouldNotContain("-", Case.Sensitive, key.Name);
            }
            catch (InputException error)
            {
                error.Message.ShouldStartWith($"--set {key.Name}=-0: {key.Name} ");
            }
        }
    }

    [Fact]
    public void Parse_ListOfParts_IsReadByPlaceWrittenAndReadAgain()
    {
        const string Terms = "method:\n  name: grpo\n  terms:\n    - name: format\n      weight: 0.25\n      tags: [think, answer]\n    - {name: overlong, cap: 64, cache: 16}";

        Recipe recipe = Minimal(Terms, "method.terms.2.weight=0.5", "method.terms.3.name=length", "method.terms.3.target=9");

        recipe.Method.Terms.ShouldBe([
            new FormatTerm { Weight = 0.25, Tags = ["think", "answer"] }, new OverlongTerm { Cap = 64, Cache = 16, Weight = 0.5 }, new LengthTerm { Target = 9 },
        ]);
        string yaml = recipe.ToYaml();
        yaml.ShouldContain("\n  terms.1.name: format\n");
        Recipe again = Recipe.Parse(yaml, _folder.In("r.yaml"));
        (again.Method == recipe.Method, again.ToYaml()).ShouldBe((true, yaml));
        Minimal("method:\n  terms: []").ToYaml().ShouldBe(Minimal("").ToYaml());
        Minimal("").ToYaml().ShouldNotContain("terms");
    }

    [Theory]
    [InlineData("method:\n  terms: format", ":2: method.terms must be a list")]
    [InlineData("method:\n  terms:\n    - format", ":3: expected lines \"key: value\" under method.terms.1.")]
    [InlineData("method:\n  terms:\n    - weight: 1", ":3: method.terms.1.weight is given, and method.terms.1.name is not")]
    [InlineData("method:\n  terms:\n    - {name: length, cap: 5}", ":3: method.terms.1.cap is a key of method.terms.1.name overlong, and method.terms.1.name is length.")]
    [InlineData("method:\n  terms:\n    - {name: length, wieght: 5}", ":3: there is no recipe key method.terms.1.wieght; the nearest is method.terms.1.weight.")]
    [InlineData("method:\n  terms:\n    - {name: length, weight: 1e9}", ":3: method.terms.1.weight is \"1e9\"; allowed is a number from -1000 to 1000.")]
    [InlineData("method:\n  terms:\n    - {name: overlong, cap: 5}", ":3: method.terms.1.cap is 5; allowed is at least the term's cache, 4096.")]
    public void Parse_MistakeInAListOfParts_NamesLineKeyAndWhatIsAllowed(string yaml, string message) =>
        Should.Throw<InputException>(() => Minimal(yaml)).Message.ShouldContain(message);

    [Fact]
    public void Parse_OverrideOfAListsPart_DropsTheKeysOfTheOneItReplaces() =>
        Minimal("method:\n  terms:\n    - {name: overlong, cap: 64, cache: 16}", "method.terms.1.name=length").Method.Terms.ShouldBe([new LengthTerm()]);

    [Fact]
    public void Parse_KeysThatDoNotGoTogether_NameTheLineOfOne() =>
        Should.Throw<InputException>(() => Minimal("seed: 1\nmethod:\n  name: grpo\n  credit: per-step"))
            .Message.ShouldStartWith(_folder.In("r.yaml") + ":");

    [Fact]
    public void ReadText_WhatIsNoText_IsRefusedByTheFilesName()
    {
        File.WriteAllBytes(_folder.In("latin.yaml"), [(byte)'s', 0xE4, (byte)'\n']);
        File.WriteAllBytes(_folder.In("bom.yaml"), [0xEF, 0xBB, 0xBF, .. "seed: 7\n"u8]);

        Should.Throw<InputException>(() => Recipe.LoadUnchecked(_folder.In("latin.yaml"))).Message.ShouldContain("latin.yaml: not UTF-8 at byte 1");
        Should.Throw<InputException>(() => Recipe.LoadUnchecked(_folder.Path)).Message.ShouldContain("cannot be read");
        Recipe.LoadUnchecked(_folder.In("bom.yaml")).Seed.ShouldBe(7UL);
        if (File.Exists("/dev/zero"))
        {
            Should.Throw<InputException>(() => Recipe.LoadUnchecked("/dev/zero")).Message.ShouldContain("a pipe, a socket or a device");
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Parse_MistakeInTheFile_NamesLineKeyAndWhatIsAllowed(string yaml, int line, string found, string allowed)
    {
        string file = _folder.In("r.yaml");
        string model = yaml.Contains("policy:", StringComparison.Ordinal) ? "" : "policy.model=" + _folder.Path;

        InputException error = Should.Throw<InputException>(() => Recipe.Parse(yaml, file, model.Length > 0 ? [model] : []));

        error.Message.ShouldStartWith($"{file}:{line}: ");
        error.Message.ShouldContain(found);
        error.Message.ShouldContain(allowed);
    }

    [Theory]
    [InlineData("training.steps", "write it as key=value")]
    [InlineData("=5", "write it as key=value")]
    [InlineData("training.step=5", "the nearest is training.steps")]
    [InlineData("training=5", "there is no recipe key training; it is a section, of keys such as training.steps")]
    [InlineData("learningRate=1", "the nearest is training.learningRate")]
    [InlineData("LearningRate=1", "the nearest is training.learningRate")]
    [InlineData("groupsize=1", "the nearest is training.groupSize")]
    [InlineData("temprature=1", "the nearest is sampling.temperature")]
    [InlineData("sampling.learningRate=1", "the nearest is training.learningRate")]
    [InlineData("optimiser.learningRate=1", "the nearest is training.learningRate")]
    [InlineData("trainig.steps=1", "the nearest is training.steps")]
    [InlineData("evaluation.sample=1", "the nearest is evaluation.samples")]
    [InlineData("samples=1", "the nearest is evaluation.samples")]
    [InlineData("sampling.maxPromptLength=1", "there is no recipe key sampling.maxPromptLength; sampling has maxNewTokens, temperature, ")]
    [InlineData("num_generations=1", "there is no recipe key num_generations; stepwise recipe lists those there are")]
    [InlineData("training.steps=", "training.steps is \"\"")]
    [InlineData("policy.model=", "policy.model is \"\"; allowed is a path")]
    [InlineData("training.steps=five", "training.steps is \"five\"")]
    [InlineData("task.train=nowhere.jsonl", "does not exist")]
    public void Parse_MistakeInAnOverride_NamesTheOverride(string set, string found)
    {
        InputException error = Should.Throw<InputException>(() => Minimal("", set));

        error.Message.ShouldStartWith($"--set {set}: ");
        error.Message.ShouldContain(found);
    }

    [Fact]
    public void Parse_SameOverrideTwice_IsRefused() =>
        Should.Throw<InputException>(() => Minimal("", "seed=1", "seed=2")).Message.ShouldContain("given a second time");

    [Fact]
    public void Parse_WithoutAModel_SaysThatItMustBeGiven() =>
        Should.Throw<InputException>(() => Recipe.Parse("seed: 1", _folder.In("r.yaml"))).Message.ShouldContain("policy.model is not set");

    [Fact]
    public void Parse_Gsm8kWithoutFiles_SaysThatTheyMustBeGiven() =>
        Should.Throw<InputException>(() => Minimal("task:\n  name: gsm8k")).Message.ShouldContain("task.train is not set; give a file");

    [Fact]
    public void Parse_KeyOfAnotherTask_ListsTheTasksKeys()
    {
        string message = Should.Throw<InputException>(() => Minimal("task:\n  name: gsm8k\n  operations: 3")).Message;

        message.ShouldStartWith($"{_folder.In("r.yaml")}:3: task.operations is a key of task.name chained-arithmetic, and task.name is gsm8k. ");
        message.ShouldEndWith("the keys here are name, train, test, maxDifficulty, steps, prompt, chat, system, examples, chatVariables, trainProblems, testProblems, dropLongPrompts.");
        Should.Throw<InputException>(() => Minimal("task: {name: own, prompt: '{question}'}")).Message
            .ShouldContain("task.prompt is a key of task.name chained-arithmetic or gsm8k or math or command or code, and task.name is own.");
    }

    [Fact]
    public void Parse_AnotherTaskInAnOverride_DropsTheFilesTaskKeys()
    {
        File.WriteAllText(_folder.In("p.jsonl"), "");
        string[] words = ["task.name=gsm8k", "task.train=" + _folder.In("p.jsonl"), "task.test=" + _folder.In("p.jsonl")];

        Minimal("task: {operations: 3, trainProblems: 7}", words).Task
            .ShouldBe(new Gsm8kOptions { Train = _folder.In("p.jsonl"), Test = _folder.In("p.jsonl") });
        Minimal("task: {operations: 3}", "task.name=chained-arithmetic").Task.ShouldBe(new ChainedArithmeticOptions { Operations = 3 });
    }

    [Fact]
    public void Parse_Prompt_TakesTextsAndListsInEveryForm()
    {
        const string Yaml =
            """
            task:
              prompt: |-
                Left to right: {question}
                Answer:
              chat: true
              system: 'It''s: easy'
              examples:
                - 1+1
                - "2\n"
              chatVariables: [enable_thinking=false]
            """;
        Recipe recipe = Minimal(Yaml);

        recipe.Task.ShouldBe(new ChainedArithmeticOptions
        {
            Prompt = new()
            {
                Template = "Left to right: {question}\nAnswer:", Chat = true, System = "It's: easy", Examples = ["1+1", "2\n"],
                ChatVariables = ["enable_thinking=false"],
            },
        });
        recipe.ToYaml().ShouldContain("  prompt: \"Left to right: {question}\\nAnswer:\"\n");
        recipe.ToYaml().ShouldContain("  examples: [\"1+1\", \"2\\n\"]\n");
        Minimal(recipe.ToYaml()).Task.ShouldBe(recipe.Task);
        Minimal("", "task.prompt=\"{question}\\n\\n\"", "task.chat=true", "task.examples=[\"1+1\", \"2\"]", "task.chatVariables=a=b").Task.ShouldBe(
            new ChainedArithmeticOptions { Prompt = new() { Template = "{question}\n\n", Chat = true, Examples = ["1+1", "2"], ChatVariables = ["a=b"] } });
    }

    [Theory]
    [InlineData("task:\n  prompt: 'Q: {query}'", 2, "task.prompt has {query}; the only placeholder is {question}")]
    [InlineData("task:\n  chat: true\n  examples:\n    - [1, 2]", 4, "an item of task.examples must be a single value")]
    [InlineData("task:\n  chat: true\n  examples: ['']", 3, "task.examples is \"[\\u0022\\u0022]\"; allowed is a text, or a list of texts")]
    [InlineData("task:\n  prompt: [a, b]", 2, "task.prompt must be a single value")]
    public void Parse_MistakeInAPrompt_NamesTheLine(string yaml, int line, string found)
    {
        string message = Should.Throw<InputException>(() => Minimal(yaml)).Message;

        message.ShouldStartWith($"{_folder.In("r.yaml")}:{line}: ");
        message.ShouldContain(found.Replace("\\u0022", "\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_KeysThatDoNotGoTogether_AreRefused()
    {
        Should.Throw<InputException>(() => Minimal("method: {name: grpo, credit: per-step}")).Message.ShouldContain("method.credit");
        Should.Throw<InputException>(() => Minimal("task: {maxStart: 500, modulus: 100}")).Message.ShouldContain("task.maxStart is 500");
    }

    [Fact]
    public void Parse_EveryKindOfValue_BindsToItsOption()
    {
        Recipe recipe = Minimal(
            """
            seed: 18446744073709551615
            method: {denominator: reference, credit: to-first-error, klEstimator: k2, dropTruncated: true, lastJudgedStep: 7}
            training:
              schedule: cosine
              learningRate: 2e-4
            task.operators: '+-'
            """,
            "training.learningRate=0.5", "training.steps = 12");

        recipe.Name.ShouldBe("r");
        recipe.Seed.ShouldBe(ulong.MaxValue);
        recipe.Method.ShouldBe(MethodCatalog.Find("sgpo") with
        {
            Reward = new SpectralReward { Measure = new StepShare { Denominator = new ReferenceSteps() }, LastJudgedStep = 7 },
            Advantage = new CreditToFirstError(),
            Selection = new AllRollouts { DropTruncated = true },
            Loss = new Grpo { Kl = new KlPenalty(0) { Estimator = new K2() } },
        });
        recipe.Training.ShouldBe(new TrainingOptions { Schedule = LearningRateSchedule.Cosine, LearningRate = 0.5, Steps = 12 });
        recipe.Task.ShouldBe(new ChainedArithmeticOptions { Operators = "+-" });
    }

    [Fact]
    public void Load_AnotherPartInAnOverride_DropsTheFilesKeysOfThePartItReplaces()
    {
        string path = _folder.In("r.yaml");
        Directory.CreateDirectory(_folder.In("model"));
        File.WriteAllText(path, "policy: {model: model}\nmethod: {name: sgpo, denominator: reference, clipLow: 0.1}\n");
        List<string> dropped = [];

        Recipe recipe = Recipe.Load(path, ["method.reward=outcome"], dropped.AddRange);

        dropped.ShouldBe(["method.denominator"]);
        recipe.Method.Reward.ShouldBeOfType<OutcomeReward>();
        recipe.Method.Loss.ShouldBe(new Grpo { ClipLow = 0.1 });
        Should.Throw<InputException>(() => Recipe.Load(path, ["method.reward=outcome", "method.beta=3"])).Message
            .ShouldContain("method.beta is a key of method.reward spectral, and method.reward is outcome.");
    }

    [Fact]
    public void Parse_NoJudgeForAMethodThatAsksOne_IsRefusedAtTheKey() =>
        Should.Throw<InputException>(() => Minimal("method: {name: sgpo}", "judge.kind=none")).Message.ShouldStartWith("--set judge.kind=none: judge.kind is none");

    [Fact]
    public void Parse_AnotherMethodInAnOverride_DropsTheFilesMethodKeys()
    {
        const string Sgpo = "method: {name: sgpo, denominator: reference, judgeScope: every-incorrect}";

        Minimal(Sgpo, "method.name=grpo").Method.ShouldBe(MethodCatalog.Find("grpo"));
        Minimal(Sgpo, "method.name=dapo", "method.clipHigh=0.5").Method.ShouldBe(Dapo(clipHigh: 0.5));
        Minimal(Sgpo, "method.name=sgpo").Method.Reward.ShouldBe(new SpectralReward
        {
            Measure = new StepShare { Denominator = new ReferenceSteps() },
            Scope = JudgeScope.EveryIncorrect,
        });
        Minimal("method: {denominator: reference}", "method.name=grpo").Method.ShouldBe(MethodCatalog.Find("grpo"));
    }

    [Fact]
    public void Parse_MethodName_SetsDefaultsThatOtherKeysOverrideInAnyOrder()
    {
        Minimal("method: {name: dapo}").Method.ShouldBe(Dapo(clipHigh: 0.28));
        Minimal("method: {clipHigh: 0.5, name: dapo}").Method.ShouldBe(Dapo(clipHigh: 0.5));
        Minimal("method: {name: sgpo}", "method.name=dr-grpo").Method.ShouldBe(MethodCatalog.Find("dr-grpo"));
    }

    [Fact]
    public void Parse_KeyOfAPartThatIsNotChosen_ListsTheKeysThereAre()
    {
        string message = Should.Throw<InputException>(() => Minimal("method:\n  name: grpo\n  beta: 3")).Message;
        message.ShouldStartWith($"{_folder.In("r.yaml")}:3: method.beta is a key of method.reward spectral, and method.reward is outcome. ");
        message.ShouldContain("clipLow, clipHigh");
        Should.Throw<InputException>(() => Minimal("", "method.shaping=raw", "method.beta=3")).Message
            .ShouldContain("method.beta is a key of method.shaping sigmoid, and method.shaping is raw. ");
        Should.Throw<InputException>(() => Minimal("", "method.loss=sapo", "method.clipLow=0.1")).Message
            .ShouldContain("method.clipLow is a key of method.loss clipped or gspo or learned-lengths or traced or token-shaped or shaped or grpo-then-dpo, and method.loss is sapo. ");
        Should.Throw<InputException>(() => Minimal("method: {name: grpo}", "method.measure=progress")).Message
            .ShouldContain("method.measure is a key of method.reward spectral, and method.reward is outcome. ");
    }

    [Theory]
    [InlineData("lora.alpha=64", "lora.alpha has no effect while lora.rank is 0.")]
    [InlineData("lora.targets=q_proj", "lora.targets has no effect while lora.rank is 0.")]
    [InlineData("method.klEstimator=k1", "method.klEstimator has no effect while method.klCoefficient is 0.")]
    [InlineData("method.klWeighted=true", "method.klWeighted has no effect while method.klCoefficient is 0.")]
    [InlineData("training.warmupSteps=100", "training.warmupSteps is 100, and there are 100 training steps: the learning rate never reaches its peak.")]
    [InlineData("training.sampledTokens=9 training.schedule=cosine", "training.sampledTokens may end training before its 100 training steps, over which the learning rate falls.")]
    [InlineData("lora.alpha=16", null)]
    [InlineData("training.warmupSteps=99", null)]
    public void Load_KeyWithoutEffect_IsNoted(string set, string? remark)
    {
        string path = _folder.In("r.yaml");
        Directory.CreateDirectory(_folder.In("model"));
        File.WriteAllText(path, "policy: {model: model}\n");
        List<string> notes = [];

        string[] sets = set.Split(' ');
        Recipe.Load(path, sets, note: notes.Add);

        notes.ShouldBe(remark is null ? [] : [$"--set {sets[0]}: {remark}"]);
    }

    [Theory]
    [InlineData("method.surrogate=truncated", "cispo for truncated")]
    [InlineData("method.ratioLevel=sequence", "gspo for sequence")]
    [InlineData("sft.slip=0.75", "it is task.slip now")]
    [InlineData("sft.idle=0.2", "it is task.idle now")]
    public void Parse_KeyThatMoved_NamesItsNewPlace(string set, string place) =>
        Should.Throw<InputException>(() => Minimal("", set)).Message.ShouldContain(place);

    [Fact]
    public void Parse_AnotherPart_BringsItsOwnKeys()
    {
        Minimal("method: {name: grpo, loss: gspo, clipLow: 0.01}").Method.Loss.ShouldBe(new Gspo { ClipLow = 0.01 });
        Minimal("method: {name: grpo, loss: cispo, ratioCap: 3}").Method.Loss.ShouldBe(new Cispo { RatioCap = 3 });
        Minimal("method: {name: grpo, reward: spectral, beta: 3}").Method.Reward.ShouldBe(new SpectralReward { Shaping = new SigmoidOfRts { Beta = 3 } });
    }

    [Fact]
    public void Parse_RelativePaths_StartAtTheFileOrForOverridesAtTheWorkingDirectory()
    {
        Directory.CreateDirectory(_folder.In("model"));
        File.WriteAllText(_folder.In("train.jsonl"), "");
        Recipe recipe = Recipe.Parse("policy: {model: model}\ntask: {train: ./train.jsonl}", _folder.In("r.yaml"), ["task.train=" + Path.GetRelativePath(".", _folder.In("train.jsonl"))]);

        recipe.Policy.Model.ShouldBe(_folder.In("model"));
        Path.GetFullPath(recipe.Task.ShouldBeOfType<ChainedArithmeticOptions>().Train!).ShouldBe(_folder.In("train.jsonl"));
    }

    [Fact]
    public void ToYaml_ReadBack_IsTheSameRecipeAndTheSameBytes()
    {
        string odd = Directory.CreateDirectory(_folder.In("it's: #odd 🦉")).FullName;
        Recipe recipe = Minimal("", "policy.model=" + odd, "training.learningRate=0.1", "method.beta=1e-5", "seed=77");

        string yaml = recipe.ToYaml();
        Recipe back = Recipe.Parse(yaml, Path.Combine(Path.GetTempPath(), "r.yaml"));

        back.ShouldBe(recipe);
        back.ToYaml().ShouldBe(yaml);
        back.Digest.ShouldBe(recipe.Digest);
        yaml.ShouldContain("  learningRate: 0.1\n");
        yaml.ShouldContain("judge:\n  kind: task\n");
        foreach (OptionKey key in recipe.Keys)
        {
            yaml.ShouldContain($"{key.Name[(key.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]}: ");
        }
    }

    [Fact]
    public void Digest_OfAnotherValue_Differs() => Same(Minimal("", "seed=2").Digest, Minimal("", "seed=3").Digest).ShouldBeFalse();

    [Fact]
    public void Parse_IdleLinesWrittenWhereTheyAreWrong_IsRefused()
    {
        Should.Throw<InputException>(() => Minimal("task:\n  idle: 0.2\n")).Message.ShouldBe(
            $"{_folder.In("r.yaml")}:2: task.idle is above 0, and task.idleLines is false, under which an idle line is wrong; set task.idleLines: true.");
        Minimal("task: { idle: 0.2, idleLines: true }").Task.ShouldBe(new ChainedArithmeticOptions { Idle = 0.2, IdleLines = true });
    }

    [Fact]
    public void Keys_GivenTheirOwnDefault_ChangeNothing()
    {
        IReadOnlyList<OptionKey> keys = new Recipe().Keys;
        foreach (OptionKey key in keys)
        {
            key.Help.ShouldNotBeEmpty();
            key.Value.ShouldBe(key.Default);
            if (key.Default.Length > 0)
            {
                Minimal("", $"{key.Name}={key.Default.Trim('\'')}").ShouldBe(Minimal(""), key.Name);
            }
        }

        keys.DistinctBy(key => key.Name, StringComparer.Ordinal).Count().ShouldBe(keys.Count);
    }

    [Fact]
    public void Keys_ChangedOneByOne_ChangeOnlyThemselves()
    {
        foreach (OptionKey key in new Recipe().Keys.Where(key => key.Name is not (
            "task.name" or "task.chat" or "task.system" or "task.examples" or "task.chatVariables" or "task.idle"
            or "judge.kind" or "method.name" or "method.problems" or "method.scheme" or "method.reward" or "method.selection" or "method.shaping"
            or "method.loss" or "method.samplerCorrection" or "method.gradient" or "policy.model")))
        {
            IReadOnlyList<OptionKey> before = Minimal("").Keys, after = Changed(key).Keys;

            after.Zip(before).Where(pair => !Same(pair.First.Value, pair.Second.Value)).Select(pair => pair.First.Name).ShouldBe([key.Name]);
        }
    }

    [Fact]
    public void EvaluationSampling_WhatIsNotSet_IsTheTrainings()
    {
        Recipe same = Minimal("sampling: {temperature: 0.8, maxNewTokens: 99, stopStrings: ['Q:']}\nevaluation.temperature: same");
        same.EvaluationSampling.ShouldBe(same.Sampling);
        same.ToYaml().ShouldContain("  temperature: same\n  topP: same\n  maxNewTokens: same\n");

        Recipe own = Minimal("sampling: {temperature: 0.8, stopStrings: ['Q:']}\nevaluation: {temperature: 0.6, topP: 0.95, maxNewTokens: 512}");
        own.EvaluationSampling.ShouldBe(own.Sampling with { Temperature = 0.6, TopP = 0.95, MaxNewTokens = 512 });
        own.Sampling.RequireUnfiltered();
        Minimal(own.ToYaml()).ShouldBe(own);
    }

    [Theory]
    [InlineData("evaluation.maxNewTokens=none", "a whole number from 1 to 10000000, or same (tokens)")]
    [InlineData("evaluation.topP=0", "a number above 0 to 1, or same")]
    public void Parse_EvaluationSamplingOutOfRange_SaysWhatIsAllowed(string set, string allowed) =>
        Should.Throw<InputException>(() => Minimal("", set)).Message.ShouldContain($"allowed is {allowed}");

    [Fact]
    public void Load_MissingFile_SaysSo() =>
        Should.Throw<InputException>(() => Recipe.Load(_folder.In("none.yaml"))).Message.ShouldContain("cannot be read");

    [Theory]
    [InlineData("quickstart")]
    [InlineData("easier")]
    [InlineData("starter-sft")]
    [InlineData("padding")]
    [InlineData("padding-sft")]
    [InlineData("gsm8k")]
    public void Load_BundledRecipe_IsValid(string name)
    {
        string file = _folder.In("problems.jsonl");
        File.WriteAllText(file, "");
        List<string> set = ["policy.model=" + _folder.Path];
        if (name is "gsm8k")
        {
            set.AddRange(["task.train=" + file, "task.test=" + file]);
        }

        Recipe recipe = Recipe.Load(Path.Combine(RepositoryRoot(), "recipes", name + ".yaml"), set);

        recipe.Name.ShouldBe(name);
        recipe.Method.Name.ShouldBe(name is "quickstart" or "padding" ? "sgpo-progress" : "sgpo");
        recipe.Method.Reward.ShouldBeOfType<SpectralReward>().Measure.ShouldBe(name switch
        {
            "quickstart" or "padding" => new MilestoneShare(),
            "easier" or "gsm8k" => new StepShare { Denominator = new ReferenceSteps() },
            _ => new StepShare(),
        });
    }

    [Fact]
    public void Parse_TheExamplesOfAPage_AreRecipes()
    {
        File.WriteAllText(_folder.In("train.jsonl"), "");
        File.WriteAllText(_folder.In("test.jsonl"), "");
        string page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "tasks.md"));

        Recipe[] recipes = [.. page.Split("```yaml\n").Skip(1).Select(block => Minimal(block[..block.IndexOf("```", StringComparison.Ordinal)]))];

        recipes.Length.ShouldBe(3);
        recipes[0].Task.ShouldBeOfType<Gsm8kOptions>().Prompt.Examples.Count.ShouldBe(2);
        recipes[1].Sampling.StopStrings.ShouldBe(["\nQuestion:"]);
        recipes[2].EvaluationSampling.MaxNewTokens.ShouldBe(1024);
    }

    [Fact]
    public void Parse_TheExamplesOfRewards_AreRecipesWithTheTermsTheyName()
    {
        File.WriteAllText(_folder.In("train.jsonl"), "");
        File.WriteAllText(_folder.In("test.jsonl"), "");
        string page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "rewards.md")).Replace("python3 ", "dotnet ", StringComparison.Ordinal);

        Recipe[] recipes = [.. page.Split("```yaml\n").Skip(1).Select(block => Minimal(block[..block.IndexOf("```", StringComparison.Ordinal)]))];

        recipes.Select(recipe => string.Join(' ', recipe.Method.Terms.Select(term => term.GetType().Name))).ShouldBe([
            "FormatTerm OverlongTerm", "FormatTerm", "OverlongTerm", "LengthTerm", "RepetitionTerm", "VerifierTerm", "FormatTerm LengthTerm", "",
        ]);
        recipes[1].Method.Terms[0].Value(new(Complete.Text("It is \\boxed{5}\n"))).ShouldBe(1);
        recipes[6].Method.Advantage.ShouldBe(new GroupAdvantage { Scale = new PartDeviations() });
        recipes[7].Task.ShouldBeOfType<CommandTaskOptions>().Folder.ShouldBe(_folder.Path);
    }

    [Fact]
    public void Parse_TheExampleOfThePageOnCode_IsARecipe()
    {
        File.WriteAllText(_folder.In("mbpp.jsonl"), "");
        string page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "code.md"));
        string block = page.Split("```yaml\n").Skip(1).Single();

        CodeOptions task = Minimal(block[..block.IndexOf("```", StringComparison.Ordinal)]).Task.ShouldBeOfType<CodeOptions>();
        (task.Form, task.Language, task.Sandbox, task.Timeout).ShouldBe((new Mbpp(), new Python(), new AnySandbox(), 10));
    }

    [Fact]
    public void Parse_RandomlyDamagedRecipe_SucceedsOrGivesAnInputException()
    {
        string[] parts =
        [
            "training:", "\n", "  ", "steps: ", "5", "-1", "1e-6", "[", "]", "{", "}", ": ", "- ", "'", "\"", "&a ", "*a", "!!int ", "# ", "|", ">", "%YAML 9.9\n",
            "---\n", "...\n", "? ", "\t", "\0", "\u2028", "\uD800", "\\U0010FFFF", "\"\\xZZ\"", "<<: ", "method:\n  name: dapo\n", "task.train: ", "seed", "~", "\uFEFF",
        ];
        string sound = new Recipe { Policy = new() { Model = _folder.Path } }.ToYaml();
        int read = 0;
        for (ulong round = 0; round < 4000; round++)
        {
            ulong key = CounterRandom.Key(20250511, round);
            string text = round % 2 == 0 ? sound : "";
            int edits = 1 + CounterRandom.Integer(key, 0, 12);
            for (int e = 1; e <= edits; e++)
            {
                ulong at = (ulong)e * 4;
                int start = CounterRandom.Integer(key, at, text.Length + 1);
                int removed = CounterRandom.Integer(key, at + 1, Math.Min(6, text.Length - start) + 1);
                string added = CounterRandom.Uniform(key, at + 2) < 0.7 ? parts[CounterRandom.Integer(key, at + 3, parts.Length)] : "";
                text = text[..start] + added + text[(start + removed)..];
            }

            try
            {
                Recipe recipe = Recipe.Parse(text, _folder.In("r.yaml"));
                Recipe.Parse(recipe.ToYaml(), _folder.In("r.yaml")).ShouldBe(recipe, string.Create(CultureInfo.InvariantCulture, $"round {round}"));
                read++;
            }
            catch (InputException error)
            {
                error.Message.ShouldContain(_folder.Path);
            }
        }

        read.ShouldBeInRange(1, 3999);
    }

    [Fact]
    public void Parse_DeepOrLongNonsense_GivesAnInputExceptionWithoutExhaustingAnything()
    {
        foreach (string text in new[] { new string('[', 200_000), string.Concat(Enumerable.Repeat("a: {", 50_000)), new string('k', 500_000) + ": 1" })
        {
            Should.Throw<InputException>(() => Recipe.Parse(text, _folder.In("r.yaml"))).Message.Length.ShouldBeLessThan(1000);
        }
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.Ordinal);

    private static string RepositoryRoot()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Stepwise.slnx")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        return root;
    }

    private static Method Dapo(double clipHigh) =>
        MethodCatalog.Find("dapo") with { Loss = new Grpo { ClipHigh = clipHigh, Aggregation = new TokenMean() } };

    /// <summary>The recipe with another value of a key that is allowed beside the others' defaults.</summary>
    private Recipe Changed(OptionKey key)
    {
        File.WriteAllText(_folder.In("somewhere"), "");
        string[] separators = [" | ", " or "];
        string[] candidates = key.Allowed.Contains(" | ", StringComparison.Ordinal) || key.Allowed is "true or false"
            ? key.Allowed.Split(separators, StringSplitOptions.None)
            : ["2", "3", "200", "0.5", "0.25", "+-", "q_proj", "Q: {question}", _folder.In("somewhere")];
        foreach (string candidate in candidates.Where(candidate => !Same(candidate, key.Default)))
        {
            try
            {
                Recipe changed = Minimal("", $"{key.Name}={candidate}");
                if (!Same(changed.Keys.Single(k => Same(k.Name, key.Name)).Value, key.Default))
                {
                    return changed;
                }
            }
            catch (InputException)
            {
                continue;
            }
        }

        throw new InvalidOperationException($"No other value for {key.Name}.");
    }

    private Recipe Minimal(string yaml, params string[] set) =>
        Recipe.Parse(yaml, _folder.In("r.yaml"), set.Any(s => s.StartsWith("policy.model", StringComparison.Ordinal)) ? set : ["policy.model=" + _folder.Path, .. set]);
}

using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

/// <summary>The commands that make, measure and use a policy without reinforcement learning.</summary>
public sealed class PolicyCommandTests(TinyPolicy tiny)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sft_SameSeed_WritesTheSameBytesAndLowersTheLoss()
    {
        string[] folders = [tiny.Fresh(), tiny.Fresh()];
        List<Output> outputs = [];
        foreach (string folder in folders)
        {
            outputs.Add(await Program.RunAsync(
                "sft", tiny.Recipe, "--out", folder, "--json", "--set", $"policy.model={tiny.Untaught}", "--set", "policy.weights=random",
                "--set", "training.steps=8", "--set", "training.learningRate=1e-2", "--set", "sft.batchSize=8"));
        }

        outputs.ShouldAllBe(output => output.Code == 0);
        JsonElement[] lines = outputs[0].Json;
        lines.Length.ShouldBe(9);
        lines[7].GetProperty("loss").GetDouble().ShouldBeLessThan(lines[0].GetProperty("loss").GetDouble());
        lines[8].GetProperty("model").GetString().ShouldBe(folders[0]);
        Directory.GetFiles(folders[0]).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]);
        byte[][] weights = [.. folders.Select(folder => File.ReadAllBytes(Path.Combine(folder, "model.safetensors")))];
        weights[1].AsSpan().SequenceEqual(weights[0]).ShouldBeTrue();
        Directory.Exists(folders[0] + ".partial").ShouldBeFalse();
    }

    [Fact]
    public async Task Sft_ChatWhoseTurnEndsWithAnotherTokenThanText_LearnsTheTemplatesEnd()
    {
        const string Template =
            "{{ messages[0].content[:3] }}{% if messages | length > 1 %}{{ messages[1].content }}<|turn|>{% endif %}";
        string untaught = tiny.Fresh(), taught = tiny.Fresh(), plain = tiny.Fresh();
        Copy(tiny.Untaught, untaught);
        string config = Path.Combine(untaught, "config.json");
        await File.WriteAllTextAsync(
            config, (await File.ReadAllTextAsync(config, Cancellation)).Replace("\"vocab_size\": 17", "\"vocab_size\": 18", StringComparison.Ordinal), Cancellation);
        await File.WriteAllTextAsync(Path.Combine(untaught, "tokenizer_config.json"), JsonSerializer.Serialize(new
        {
            eos_token = "<|end|>",
            added_tokens_decoder = new Dictionary<string, object>(StringComparer.Ordinal) { ["17"] = new { content = "<|turn|>", special = true } },
            chat_template = Template,
        }), Cancellation);
        string problems = tiny.Write(".jsonl", """{"question": "2+3", "answer": "5\n####5"}""");
        string recipe = tiny.Write(".yaml", $$"""
            policy: { model: {{untaught}}, weights: random }
            task: { name: gsm8k, train: {{problems}}, test: {{problems}}, prompt: '{question}', trainProblems: 0, testProblems: 0 }
            training: { steps: 120, learningRate: 1e-2 }
            sft: { batchSize: 1 }
            """);

        Output sft = await Program.RunAsync("sft", recipe, "--out", taught);
        sft.Code.ShouldBe(0, sft.Error);
        Output chat = await Program.RunAsync("generate", "--model", taught, "--greedy", "--max-tokens", "12", "--json", "--chat", "--prompt", "2+3");
        chat.Json[^1].GetProperty("finish").GetString().ShouldBe("stop");
        chat.Json[^1].GetProperty("text").GetString().ShouldBe("5\n####5");

        // Without the template only the end of a text stops, which was not taught.
        Copy(taught, plain);
        File.Delete(Path.Combine(plain, "generation_config.json"));
        await File.WriteAllTextAsync(Path.Combine(plain, "tokenizer_config.json"), """{"eos_token": "<|end|>"}""", Cancellation);
        Output text = await Program.RunAsync("generate", "--model", plain, "--greedy", "--max-tokens", "12", "--json", "--prompt", "2+3");
        text.Json[^1].GetProperty("finish").GetString().ShouldBe("length", text.Error);
        File.ReadAllText(Path.Combine(taught, "generation_config.json")).ShouldBe("""{"eos_token_id":[16,17]}""");
    }

    [Fact]
    public async Task Eval_Json_HasEveryFigure()
    {
        Output output = await Program.RunAsync(
            "eval", tiny.Recipe, "--model", tiny.Model, "--json", "--set", "evaluation.samples=8");

        output.Code.ShouldBe(0, output.Error);
        output.Json.Select(line => line.GetProperty("event").GetString()).ShouldBe(["data", "evaluation", "end"]);
        JsonElement result = output.Json[^1];
        output.Json[1].GetProperty("solveRate").GetDouble().ShouldBe(result.GetProperty("solveRate").GetDouble());
        double rate = result.GetProperty("solveRate").GetDouble();
        result.GetProperty("solveRateInterval").EnumerateArray().Count().ShouldBe(2);
        result.GetProperty("greedySolveRate").GetDouble().ShouldBeInRange(0, 1);
        result.GetProperty("allNegativeShare").GetDouble().ShouldBeInRange(0, 1);
        result.GetProperty("meanCompletionTokens").GetDouble().ShouldBeInRange(1, 24);
        result.GetProperty("truncatedShare").GetDouble().ShouldBeInRange(0, 1);
        (int K, double Rate)[] passes =
            [.. result.GetProperty("passAtK").EnumerateArray().Select(p => (p.GetProperty("k").GetInt32(), p.GetProperty("rate").GetDouble()))];
        passes.Select(p => p.K).ShouldBe([1, 2, 4, 8]);
        passes[0].Rate.ShouldBe(rate, 1e-12);
        passes.Select(p => p.Rate).ShouldBeInOrder(SortDirection.Ascending);
    }

    [Fact]
    public async Task Eval_Text_NamesTheModelAndTheRate()
    {
        Output output = await Program.RunAsync("eval", tiny.Recipe);

        output.Code.ShouldBe(0, output.Error);
        output.Lines[0].ShouldStartWith("Problems: 24 to train on, 5 held out; 29 of 29 references can be read; the longest prompt has ");
        output.Lines[1].ShouldContain(tiny.Model);
        output.Text.ShouldContain("greedy solve rate");
        output.Text.ShouldContain("pass@2");
    }

    [Fact]
    public async Task Generate_Greedy_ContinuesThePromptOfStandardInput()
    {
        string[] args = ["generate", "--model", tiny.Model, "--greedy", "--max-tokens", "24"];

        Output text = await Program.RunAsync(new StringWriter(), "1+2+3\n", args, TestContext.Current.CancellationToken);
        Output json = await Program.RunAsync(new StringWriter(), "", [.. args, "--prompt", "1+2+3\n", "--json"], TestContext.Current.CancellationToken);

        text.Code.ShouldBe(0, text.Error);
        JsonElement end = json.Json.ShouldHaveSingleItem();
        end.GetProperty("text").GetString().ShouldBe(text.Text[..^1]);
        end.GetProperty("promptTokens").GetInt32().ShouldBe(6);
        end.GetProperty("tokens").GetInt32().ShouldBeInRange(1, 24);
    }

    [Fact]
    public async Task Generate_Stop_EndsTheAnswerWhereTheTextAppears()
    {
        string[] args = ["generate", "--model", tiny.Model, "--greedy", "--max-tokens", "24", "--prompt", "1+2+3\n"];
        string whole = (await Program.RunAsync(args)).Text[..^1];
        string stop = whole[1..3];

        Output output = await Program.RunAsync([.. args, "--stop", "never", "--stop", stop]);

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldStartWith(whole[..whole.IndexOf(stop, StringComparison.Ordinal)]);
        output.Text.TrimEnd('\n').Length.ShouldBeLessThan(whole.Length);
        (await Program.RunAsync([.. args, "--stop", ""])).Code.ShouldBe(2);
    }

    [Fact]
    public async Task Generate_InterruptedWhileItWaitsForThePrompt_ExitsWith130()
    {
        using CancellationTokenSource stop = new();
        using Endless input = new(stop);
        Terminal terminal = new() { Output = new StringWriter(), Error = new StringWriter(), Input = input };

        (await CommandLine.RunAsync(["generate", "--model", tiny.Model], terminal, stop.Token)).ShouldBe(CommandLine.Interrupted);
    }

    [Fact]
    public async Task Generate_PromptWithoutEnd_ExitsWith2()
    {
        using Zeros input = new();
        using StringWriter error = new();
        Terminal terminal = new() { Output = TextWriter.Null, Error = error, Input = input };

        (await CommandLine.RunAsync(["generate", "--model", tiny.Model], terminal, TestContext.Current.CancellationToken)).ShouldBe(2);
        error.ToString().ShouldContain("no model's context holds it");
    }

    [Fact]
    public async Task Generate_EmptyPrompt_ExitsWith2() => (await Program.RunAsync("generate", "--model", tiny.Model)).Code.ShouldBe(2);

    [Fact]
    public async Task Generate_ChatWithoutTemplate_ExitsWith2()
    {
        Output output = await Program.RunAsync("generate", "--model", tiny.Model, "--chat", "--prompt", "1+2");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("the model has no chat template");
    }

    [Fact]
    public async Task Generate_NoThinkingWithoutChat_ExitsWith2()
    {
        Output output = await Program.RunAsync("generate", "--model", tiny.Model, "--no-thinking", "--prompt", "1+2");

        output.Code.ShouldBe(2);
        output.Error.ShouldContain("--no-thinking is given without --chat");
    }

    [Fact]
    public async Task Generate_Chat_RunsTheTemplateOfTheModel()
    {
        string model = tiny.Fresh();
        Copy(tiny.Model, model);

        const string Template = "{% for m in messages %}{{ m.content }}{% endfor %}{% if enable_thinking is defined %}+{{ 1 if enable_thinking else 0 }}{% endif %}";
        await File.WriteAllTextAsync(Path.Combine(model, "chat_template.jinja"), Template, TestContext.Current.CancellationToken);
        string[] args = ["generate", "--model", model, "--greedy", "--max-tokens", "4", "--json", "--chat", "--prompt", "1+2\n"];

        Output chat = await Program.RunAsync(args);
        Output noThinking = await Program.RunAsync([.. args, "--no-thinking"]);

        chat.Code.ShouldBe(0, chat.Error);
        chat.Json.ShouldHaveSingleItem().GetProperty("promptTokens").GetInt32().ShouldBe(3);
        noThinking.Json.ShouldHaveSingleItem().GetProperty("promptTokens").GetInt32().ShouldBe(5);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    /// <summary>A device that never ends.</summary>
    private sealed class Zeros : TextReader
    {
        public override int Read(char[] buffer, int index, int count)
        {
            Array.Clear(buffer, index, count);
            return count;
        }
    }

    /// <summary>Standard input on which nothing is typed but Ctrl-C.</summary>
    private sealed class Endless(CancellationTokenSource stop) : TextReader
    {
        private readonly ManualResetEventSlim _closed = new();

        public override int Read(char[] buffer, int index, int count)
        {
            stop.Cancel();
            _closed.Wait(CancellationToken.None);
            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            _closed.Set();
            base.Dispose(disposing);
        }
    }
}

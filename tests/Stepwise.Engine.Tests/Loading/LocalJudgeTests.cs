using System.Text.Json;
using Stepwise.Engine.Loading;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tests.Models;
using Stepwise.Engine.Tokenizers;
using Stepwise.Judging;
using Stepwise.Judging.Models;
using Stepwise.Judging.Paid;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Engine.Tests.Loading;

/// <summary>A judge that is a model of this machine, of random weights: it judges by chance, and every answer of it is one.</summary>
public sealed class LocalJudgeTests
{
    private static readonly Problem Sum = new("p", "What is (2 + 3) * 4?", "20", "2 + 3 = 5\n5 * 4 = 20");

    private static readonly JudgedResponse[] Three =
        [.. new[] { "2 + 3 = 5\n5 * 4 = 21", "It is 7.", "a\nb\nc" }.Select((text, i) => new JudgedResponse(
            text, false, ReasoningStep.Lines(text, false), new Verdict(Correctness.Undecided, null, ""), (ulong)i))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AskAsync_RandomWeights_EveryAnswerIsOfItsForm()
    {
        using LocalModel model = new(Policy(), "random");
        JsonForm form = FullAnswer.Form("0a1b2c3d", 2, 2);

        ChatAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => model.AskAsync(
            new ChatRequest("rules", $"question {i}", 2000) { Form = form, Temperature = 1, Seed = (ulong)i }, Token).AsTask()));

        foreach (ChatAnswer answer in answers)
        {
            answer.Finish.ShouldBe(ChatFinish.Stop);
            answer.TokensIn.ShouldBe("rules|question 0|".Length);
            using JsonDocument json = JsonDocument.Parse(answer.Text);
            json.RootElement.GetProperty("item").GetString().ShouldBe("0a1b2c3d");
            json.RootElement.GetProperty("steps")[0].GetProperty("step").GetInt32().ShouldBe(1);
        }

        // Asked alone, each is answered as it was among the others.
        (await model.AskAsync(new ChatRequest("rules", "question 4", 2000) { Form = form, Temperature = 1, Seed = 4 }, Token)).ShouldBe(answers[4]);
    }

    [Theory]
    [InlineData("full", 3)]
    [InlineData("bisect", 5)]
    [InlineData("choice", 4)]
    public async Task JudgeAsync_EveryMode_AnswersForEveryResponseTheSameTwice(string mode, int mostCalls)
    {
        JudgeMode asked = (JudgeMode)JudgeModeCatalog.Entries.Single(entry => string.Equals(entry.Name, mode, StringComparison.Ordinal)).Part;
        LocalJudgeOptions options = new() { Model = "m", Mode = asked, Confidence = 0 };
        using ChatJudge judge = Judge(options), other = Judge(options);

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(Sum, Three, Token), again = await judge.JudgeAsync(Sum, Three, Token);

        judgements.Sum(j => j.Cost.Calls).ShouldBeInRange(3, 2 * mostCalls);
        judgements.ShouldAllBe(j => !j.Reason.StartsWith("the judge failed") && !j.Reason.Contains("no JSON") && !j.Reason.Contains("for item"));
        again.Select(j => (j.Outcome, j.FirstError, j.Reason, j.Cost)).ShouldBe(judgements.Select(j => (j.Outcome, j.FirstError, j.Reason, default(JudgeCost))));
        for (int i = 0; i < Three.Length; i++)
        {
            StepJudgement alone = (await other.JudgeAsync(Sum, [Three[i]], Token))[0];
            (alone.Outcome, alone.FirstError, alone.Reason, alone.Cost).ShouldBe(
                (judgements[i].Outcome, judgements[i].FirstError, judgements[i].Reason, judgements[i].Cost));
        }
    }

    [Fact]
    public async Task AskAsync_AQuestionThatDoesNotFit_FailsAloneAndSaysWhy()
    {
        using LocalModel model = new(Policy(), "random");

        Task<ChatAnswer> fits = model.AskAsync(new ChatRequest("r", "q", 4), Token).AsTask();
        ChatException error = await Should.ThrowAsync<ChatException>(
            async () => await model.AskAsync(new ChatRequest("r", new string('x', 10_000), 4), Token));

        error.Message.ShouldBe("the question has 10003 tokens, and the context of the judge's model 8192; lower judge.maxCharacters");
        (await fits).TokensIn.ShouldBe(4);
    }

    /// <summary>Probabilities of the words are those of the whole distribution.</summary>
    [Fact]
    public async Task AskAsync_Choices_AreScored()
    {
        LocalPolicy policy = Policy();
        using LocalModel model = new(policy, "random");

        ChatAnswer answer = await model.AskAsync(new ChatRequest("r", "q", 1) { Choices = ["right", "wrong"] }, Token);

        int[] prompt = policy.Tokenizer.Encode("r|q|");
        IReadOnlyList<float[]> scores = policy.Score(prompt, [policy.Tokenizer.Encode("right"), policy.Tokenizer.Encode("wrong")]);
        answer.ChoiceLogProbs.ShouldBe(scores.Select(s => s.Sum(l => (double)l)));
    }

    [Fact]
    public void Create_NoEngineOrNoModel_IsRefused()
    {
        LocalJudgeOptions options = new() { Model = "nowhere" };

        Should.Throw<InputException>(() => options.Create(new JudgeSetting(NoJudge.Instance))).Message.ShouldStartWith("judge.kind is local, and no engine");
        Should.Throw<InputException>(() => options.Create(new JudgeSetting(NoJudge.Instance) { OpenModel = _ => Policy() })).Message.ShouldContain("nowhere");
    }

    private static ChatJudge Judge(LocalJudgeOptions options)
    {
        JudgeLedger ledger = new(new JudgeBudget());
        AnswerCache cache = AnswerCache.Open(null);
        JudgeSetting setting = new(NoJudge.Instance) { Milestones = _ => [new Milestone("5", []), new Milestone("20", [0])] };
        return new("local", new KeptModel(new LocalModel(Policy(), "random"), cache, ledger), options, setting, ledger);
    }

    /// <summary>One token per byte, and a template that puts a bar behind each turn.</summary>
    private static LocalPolicy Policy()
    {
        BpeTokenizer tokenizer = new(TestModel.ByteLevel.Definition with
        {
            ChatTemplate = "{% for message in messages %}{{ message['content'] }}|{% endfor %}",
        });
        ModelConfig config = TestModel.Config("qwen3") with { ContextLength = 8192, Layers = 1 };
        return LocalPolicy.Create(config, tokenizer, 7, 2, null);
    }
}

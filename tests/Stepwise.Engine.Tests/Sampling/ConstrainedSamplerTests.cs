using System.Text.Json;
using Stepwise.Engine.Loading;
using Stepwise.Engine.Sampling;
using Stepwise.Engine.Tests.Models;
using Stepwise.Judging.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Sampling;

public sealed class ConstrainedSamplerTests
{
    private static readonly int[] Prompt = [1, 2, 3];

    private static readonly JsonForm Form = new ObjectForm(
    [
        ("right", new TruthForm()), ("step", new IntegerForm(1, 12)), ("label", new WordForm(["idle", "wrong"])), ("why", new TextForm(20)),
        ("seen", new ListForm(new IntegerForm(1, 3), [new IntegerForm(1, 3), new IntegerForm(1, 3)])),
    ]);

    /// <summary>Random weights know no JSON; what they may draw is JSON of the form all the same, at every temperature and with every filter.</summary>
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(3, 0, 1)]
    [InlineData(1, 5, 1)]
    [InlineData(1, 0, 0.5)]
    public void Sample_RandomWeights_AnswersInJsonOfTheForm(double temperature, int topK, double topP)
    {
        using LocalPolicy policy = TestModel.Policy("qwen3", 2);
        SamplingOptions options = new() { Temperature = temperature, TopK = topK, TopP = topP, MaxNewTokens = 150 };
        SampleRequest request = new(Prompt, TestModel.Keys(1, 12)) { Constraint = () => new JsonFormConstraint(Form) };

        foreach (Completion completion in policy.Sample([request], options)[0])
        {
            completion.Finish.ShouldBe(FinishReason.Stop);
            using JsonDocument json = JsonDocument.Parse(completion.Text);
            JsonElement root = json.RootElement;
            root.EnumerateObject().Select(field => field.Name).ShouldBe(["right", "step", "label", "why", "seen"]);
            root.GetProperty("step").GetInt32().ShouldBeInRange(1, 12);
            root.GetProperty("label").GetString().ShouldBeOneOf("idle", "wrong");
            root.GetProperty("seen").EnumerateArray().ShouldAllBe(n => n.GetInt32() >= 1 && n.GetInt32() <= 3);

            // Of the whole distribution, not of what was left of it.
            TestModel.ShouldBeSameBits(
                completion.LogProbs, policy.Score(Prompt, [completion.Tokens], temperature == 0 ? 1 : temperature)[0], "log-probabilities");
        }
    }

    [Fact]
    public void Sample_NeighboursOfAConstrainedSample_AreTheSameBits()
    {
        using LocalPolicy policy = TestModel.Policy("qwen3", 2);
        SamplingOptions options = new() { MaxNewTokens = 40, StopTokens = [] };
        SampleRequest free = new(Prompt, TestModel.Keys(2, 3)), held = new([4, 5], [9]) { Constraint = () => new JsonFormConstraint(Form) };

        IReadOnlyList<IReadOnlyList<Completion>> together = policy.Sample([free, held], options), alone = policy.Sample([free], options);

        for (int i = 0; i < 3; i++)
        {
            TestModel.ShouldBeSame(together[0][i], alone[0][i], $"sample {i}");
        }
    }

    [Fact]
    public void Sample_AConstraintThatAllowsAll_DrawsWhatIsDrawnWithoutOne()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        SamplingOptions options = new() { MaxNewTokens = 30, StopTokens = [] };
        int end = TestModel.Characters.Length;
        Completion[] free = [.. policy.Sample([new SampleRequest(Prompt, TestModel.Keys(3, 8))], options)[0].Where(c => !c.Tokens.Contains(end))];
        free.Length.ShouldBePositive();

        Completion[] held = [.. policy.Sample([new SampleRequest(Prompt, TestModel.Keys(3, 8)) { Constraint = () => new Everything() }], options)[0]];

        // A special token may never come: its share of the distribution moves the others' places, so that only the greedy choice is sure to be the same.
        held.ShouldAllBe(c => !c.Tokens.Contains(end) && c.Finish == FinishReason.Length);
        Completion greedy = policy.Sample([new SampleRequest(Prompt, [1])], options with { Temperature = 0 })[0][0];
        Completion heldGreedy = policy.Sample([new SampleRequest(Prompt, [1]) { Constraint = () => new Everything() }], options with { Temperature = 0 })[0][0];
        int same = Math.Max(0, Array.IndexOf(greedy.Tokens, end));
        same = same == 0 ? greedy.Tokens.Length : same;
        heldGreedy.Tokens.Take(same).ShouldBe(greedy.Tokens.Take(same));
    }

    [Fact]
    public void Sample_NoTokenMayCome_FailsAndStopsNoOther()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        SamplingOptions options = new() { MaxNewTokens = 5 };

        // The character-level vocabulary has no brace.
        IReadOnlyList<IReadOnlyList<Completion>> sampled = policy.Sample(
            [new SampleRequest(Prompt, [1]) { Constraint = () => new JsonFormConstraint(Form) }, new SampleRequest(Prompt, [2])], options);

        (sampled[0][0].Finish, sampled[0][0].Tokens.Length, sampled[0][0].Failure).ShouldBe((FinishReason.Failed, 0, "no token of the vocabulary may come next"));
        sampled[1][0].Failed.ShouldBeFalse();
    }

    /// <summary>Weights 0.7 for a token that may not come, 0.2 and 0.1 for two that may: drawn are these, at two thirds and one third.</summary>
    [Fact]
    public void Draw_SomeMayNotCome_TheOthersKeepTheirProportions()
    {
        float[] logits = new float[17];
        Array.Fill(logits, -60);
        (logits[0], logits[1], logits[2]) = (MathF.Log(0.7f), MathF.Log(0.2f), MathF.Log(0.1f));
        ConstrainedSampler sampler = new(new TokenSampler(new SamplingOptions(), 17), TestModel.CharacterLevel, 17, 1);
        const int Draws = 3000;

        int[] counts = new int[17];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Draw(logits, (i + 0.5) / Draws, new NotZero())]++;
        }

        (counts[0], counts[1], counts[2]).ShouldBe((0, 2000, 1000));

        // Far below the one that may not come, those that may keep their proportions.
        (logits[0], logits[1], logits[2]) = (0, -500 + MathF.Log(0.2f), -500 + MathF.Log(0.1f));
        Array.Fill(logits, -900, 3, 14);
        sampler.Draw(logits, 0.6, new NotZero()).ShouldBe(1);
        sampler.Draw(logits, 0.7, new NotZero()).ShouldBe(2);
    }

    private class Everything : ITokenConstraint
    {
        public bool Ended => false;

        public virtual bool Allows(ReadOnlySpan<byte> bytes) => true;

        public void Append(ReadOnlySpan<byte> bytes)
        {
        }
    }

    private sealed class NotZero : Everything
    {
        public override bool Allows(ReadOnlySpan<byte> bytes) => !bytes.SequenceEqual("0"u8);
    }
}

using Stepwise.Engine.Loading;
using Stepwise.Engine.Sampling;
using Stepwise.Engine.Tests.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Sampling;

/// <summary>What is given before sampling goes on: what it costs, what does not end it, and what is refused.</summary>
public sealed class PrefixSamplingTests
{
    private static readonly int[] Prompt = [1, 2, 3];

    private static SamplingOptions NeverStop => new() { MaxNewTokens = 40, StopTokens = [] };

    [Fact]
    public void LastSampling_SharedPrefixes_PromptAndEachPrefixComputedOnce()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        int[] shared = [4, 5, 6, 7], other = [4, 5];
        policy.Sample([Request(shared, [], [4, 5, 6, 7], other, shared)], NeverStop with { MaxNewTokens = 6 });

        // The first drawn token comes from the prefill; then 1, 5, 1, 3 and 1 more.
        policy.LastSampling.ShouldBe(new SamplingStatistics(Steps: 5, Slots: 5, Rows: 11) { PrefillRows = 3 + 4 + 2 });
    }

    /// <summary>More samples than slots: a slot goes from sample to sample of a prefix, and none waits for a slot for ever.</summary>
    [Fact]
    public void LastSampling_MoreSamplesThanSlots_PrefixesStillComputedOnce()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        int[][] prefixes = [.. Enumerable.Range(0, 700).Select(g => g < 400 ? new[] { 4, 5, 6 } : [7, g % 3])];
        SampleRequest request = new(Prompt, TestModel.Keys(9, 700)) { Prefixes = prefixes };
        SamplingOptions options = NeverStop with { StopTokens = [3, 11] };
        IReadOnlyList<Completion> sampled = policy.Sample([request, request], options)[1];

        policy.LastSampling.Slots.ShouldBeLessThan(200);
        policy.LastSampling.PrefillRows.ShouldBe(2 * (3 + 3 + (3 * 2)));
        for (int g = 0; g < 700; g += 37)
        {
            SampleRequest alone = request with { Keys = [request.Keys[g]], Prefixes = [prefixes[g]] };
            TestModel.ShouldBeSame(sampled[g], policy.Sample([alone], options)[0][0], $"sample {g}");
        }
    }

    /// <summary>A beginning is copied from a prompt that is there; what follows it, and the samples, are those of each prompt alone.</summary>
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void LastSampling_PromptsThatBeginAlike_BeginningComputedOnce(string family)
    {
        using LocalPolicy policy = TestModel.Policy(family, 2);
        int[] whole = TestModel.Tokens(policy.Config, 5, 70), other = TestModel.Tokens(policy.Config, 6, 70);

        // Of the 70 tokens: all; a panel of keys less one, a panel, one more, two panels, all but one, and all with others behind them; and others alone.
        int[] shared = [31, 32, 33, 64, 69, 70];
        int[][] prompts = [whole, [.. whole], .. shared.Select((count, i) => (int[])[.. whole[..count], .. other[..(i * 3)]]), other];
        SampleRequest[] requests = [.. prompts.Select((prompt, i) => new SampleRequest(prompt, TestModel.Keys((ulong)i, 3))
        {
            Prefixes = [[], [4, 5], [4, 5]],
        })];

        IReadOnlyList<IReadOnlyList<Completion>> sampled = policy.Sample(requests, NeverStop);

        // Of an equal prompt the last token is computed again, for what follows it; each prefix of two tokens is computed once per prompt.
        policy.LastSampling.PrefillRows.ShouldBe(70 + 1 + 31 + 3 + 6 + 9 + 12 + 15 + 70 + (2 * prompts.Length));
        for (int i = 0; i < prompts.Length; i++)
        {
            IReadOnlyList<Completion> alone = policy.Sample([requests[i]], NeverStop)[0];
            for (int g = 0; g < alone.Count; g++)
            {
                TestModel.ShouldBeSame(sampled[i][g], alone[g], $"{family}: sample {g} of prompt {i}");
            }
        }
    }

    [Fact]
    public void Sample_StopTokenOrStringInThePrefix_DoesNotEndIt()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        int[] prefix = [3, 11, 12];
        string text = policy.Tokenizer.Decode(prefix);
        Completion free = policy.Sample([Request(prefix)], NeverStop)[0][0];
        free.Text.ShouldStartWith(text);

        int end = Array.FindIndex(free.Tokens, 3, t => t is 3 or 11);
        Completion byToken = policy.Sample([Request(prefix)], NeverStop with { StopTokens = [3, 11] })[0][0];
        byToken.Tokens.ShouldBe(end < 0 ? free.Tokens : free.Tokens[..(end + 1)]);
        byToken.Tokens.Length.ShouldBeGreaterThan(3);

        // A longer stop string does not bring the shorter ones of the prefix back into view.
        free.Text.IndexOf(text, 1, StringComparison.Ordinal).ShouldBe(-1);
        Completion byText = policy.Sample([Request(prefix)], NeverStop with { StopStrings = [text, new string('=', 12)] })[0][0];
        TestModel.ShouldBeSame(byText, free, "no stop string in what was drawn");
    }

    [Theory]
    [InlineData("a", "bb", 2, "b")]
    [InlineData("ab", "xyxyxyxy", 10, "ab,yxyxyxyx")]
    [InlineData("ab", "bc", 3, "ab,bb")]
    [InlineData("a", "€", 4, "€")]
    public void Close_StopStringThatThePrefixHoldsOrBegins_EndsWhereTheContinuationCompletesOne(string given, string drawn, int tokens, string stops)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(drawn), before = System.Text.Encoding.UTF8.GetBytes(given);
        SharedPrefix prefix = new([.. before.Select(b => (int)b)]);
        SampledSequence sequence = new(0, 0, 1, 0, limit: before.Length + bytes.Length + 1, prefix);
        sequence.BeginWithPrefix();
        foreach (byte value in bytes)
        {
            sequence.Append(value, 0);
            sequence.Close([], stops.Split(','), TestModel.ByteLevel);
            if (sequence.Finished)
            {
                break;
            }
        }

        Completion completion = sequence.Complete(TestModel.ByteLevel);
        (completion.PrefixTokens, completion.Tokens.Length).ShouldBe((before.Length, tokens));
    }

    [Theory]
    [InlineData(40, 40, "0 to 39")]
    [InlineData(41, 40, "0 to 39")]
    [InlineData(157, 1000, "0 to 156")]
    public void Sample_PrefixAsLongAsTheCapOrLonger_RefusedBeforeAnythingIsDrawn(int length, int cap, string allowed)
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        SampleRequest[] requests = [Request([], []), Request([], TestModel.Tokens(policy.Config, 1, length))];
        List<int> told = [];
        InputException error = Should.Throw<InputException>(() => policy.SampleAsync(
            requests, NeverStop with { MaxNewTokens = cap }, drawn: (r, _) => told.Add(r)).AsTask().GetAwaiter().GetResult());
        error.Message.ShouldContain($"A prefix has {length} tokens after a prompt of 3");
        error.Message.ShouldContain(allowed);
        told.ShouldBeEmpty();
        policy.Sample([Request([], TestModel.Tokens(policy.Config, 1, Math.Min(cap, 157) - 1))], NeverStop with { MaxNewTokens = cap })[0][1]
            .ShouldSatisfyAllConditions(c => c.Finish.ShouldBe(FinishReason.Length), c => c.Tokens.Length.ShouldBe(c.PrefixTokens + 1));
    }

    [Fact]
    public void Sample_PrefixOfAnotherVocabularyOrTooFew_Refused()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        Should.Throw<InputException>(() => policy.Sample([Request([2], [17])], NeverStop)).Message
            .ShouldContain("17 is not in the model's vocabulary");
        Should.Throw<ArgumentException>(() => policy.Sample([Request([2]) with { Keys = [1, 2] }], NeverStop)).Message
            .ShouldContain("2 samples and 1 prefixes");
    }

    [Fact]
    public void Sample_LogitsOverflow_FailsAtTheFirstGivenToken()
    {
        using TemporaryFolder folder = new();
        TestModel.SaveWith(folder, "model.norm.weight", Enumerable.Repeat(3e38f, 24));
        using LocalPolicy policy = LocalPolicy.Load(folder.Path, 2);
        foreach (Completion completion in policy.Sample([Request([4, 5], [4, 5], [])], NeverStop)[0])
        {
            (completion.Finish, completion.Tokens.Length).ShouldBe((FinishReason.Failed, 1));
            float.IsFinite(completion.LogProbs[0]).ShouldBeFalse();
            completion.Failure.ShouldBe($"the log-probability of token 1 is {completion.LogProbs[0]}");
        }
    }

    private static SampleRequest Request(params int[][] prefixes) => new(Prompt, TestModel.Keys(9, prefixes.Length)) { Prefixes = prefixes };
}

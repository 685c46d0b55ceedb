using Stepwise.Engine.Loading;
using Stepwise.Engine.Sampling;
using Stepwise.Engine.Tests.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly int[] Prompt = [1, 2, 3];

    [Fact]
    public void Sample_TemperatureZero_TheLargestLogitAtEveryPosition()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        Completion greedy = policy.Sample(Requests(1), NeverStop with { Temperature = 0 })[0][0];
        for (int t = 0; t < greedy.Tokens.Length; t++)
        {
            float[] logits = policy.LastLogits([.. Prompt, .. greedy.Tokens[..t]]);
            greedy.Tokens[t].ShouldBe(Array.IndexOf(logits, logits.Max()), $"position {t}");
        }

        TestModel.ShouldBeSameBits(greedy.LogProbs, policy.Score(Prompt, [greedy.Tokens])[0], "log-probabilities at temperature 1");
    }

    /// <summary>If tokens are drawn from the distribution whose log-probabilities are reported, then E[−log p] is that distribution's
    /// entropy: the sum of −log p − H over all tokens is within a few of its own standard deviations of 0.</summary>
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Sample_ManyTokens_SurpriseIsTheEntropy(string family)
    {
        using LocalPolicy policy = TestModel.Policy(family, 2);
        IReadOnlyList<Completion> sampled = policy.Sample(Requests(60), NeverStop with { MaxNewTokens = 20 })[0];
        double difference = 0, variance = 0;
        foreach (Completion completion in sampled)
        {
            for (int t = 0; t < completion.Tokens.Length; t++)
            {
                float[] logits = policy.LastLogits([.. Prompt, .. completion.Tokens[..t]]);
                double sum = logits.Sum(l => Math.Exp(l)), mean = 0, square = 0;
                foreach (float logit in logits)
                {
                    double surprise = Math.Log(sum) - logit, p = Math.Exp(-surprise);
                    mean += p * surprise;
                    square += p * surprise * surprise;
                }

                difference += -completion.LogProbs[t] - mean;
                variance += square - (mean * mean);
            }
        }

        double deviations = difference / Math.Sqrt(variance);
        TestContext.Current.SendDiagnosticMessage($"{family}: {deviations:F2} standard deviations");
        Math.Abs(deviations).ShouldBeLessThan(4);
    }

    [Fact]
    public void LastSampling_SamplesOfDifferentLength_CountsIdleSlotSteps()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        policy.Sample(Requests(4), NeverStop with { MaxNewTokens = 6 });

        // The first token comes from the prompt's own pass; all four decode five more.
        policy.LastSampling.ShouldBe(new SamplingStatistics(Steps: 5, Slots: 4, Rows: 20) { PrefillRows = 3 });
        policy.LastSampling.IdleShare.ShouldBe(0);

        IReadOnlyList<Completion> stopped = policy.Sample(Requests(4), NeverStop with { MaxNewTokens = 30, StopTokens = [1, 2, 3, 4] })[0];
        int longest = stopped.Max(c => c.Tokens.Length), drawn = stopped.Sum(c => c.Tokens.Length);
        stopped.Min(c => c.Tokens.Length).ShouldBeLessThan(longest);
        policy.LastSampling.ShouldBe(new SamplingStatistics(longest - 1, 4, drawn - 4) { PrefillRows = 3 });
        policy.LastSampling.IdleShare.ShouldBe(1 - ((drawn - 4) / (4.0 * (longest - 1))), 1e-12);
        default(SamplingStatistics).IdleShare.ShouldBe(0);
    }

    [Fact]
    public void Sample_SameKeys_SameTokensAndOtherKeysOthers()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        IReadOnlyList<Completion> twice = policy.Sample([new SampleRequest(Prompt, [4, 5, 4])], NeverStop)[0];
        TestModel.ShouldBeSame(twice[2], twice[0], "the same key");
        twice[1].Tokens.ShouldNotBe(twice[0].Tokens);
    }

    [Fact]
    public void Sample_SetOfStopTokens_EndsAtTheFirstOfAny()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        SamplingOptions options = NeverStop with { MaxNewTokens = 8 };
        IReadOnlyList<Completion> free = policy.Sample(Requests(40), options)[0];
        IReadOnlyList<Completion> stopped = policy.Sample(Requests(40), options with { StopTokens = [3, 11] })[0];
        free.ShouldAllBe(c => c.Finish == FinishReason.Length && c.Tokens.Length == 8 && c.Truncated);
        for (int i = 0; i < free.Count; i++)
        {
            int end = Array.FindIndex(free[i].Tokens, t => t is 3 or 11);
            stopped[i].Tokens.ShouldBe(end < 0 ? free[i].Tokens : free[i].Tokens[..(end + 1)]);
            stopped[i].Finish.ShouldBe(end < 0 ? FinishReason.Length : FinishReason.Stop);
        }

        int[] last = [.. stopped.Select(c => c.Tokens[^1])];
        last.ShouldContain(3);
        last.ShouldContain(11);
        stopped.ShouldContain(c => c.Finish == FinishReason.Length);
    }

    [Fact]
    public void Sample_StopTokensNotGiven_TheTokenizersAndNoTextForThem()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        int end = TestModel.Characters.Length;
        Completion[] ended = [.. policy.Sample(Requests(40), NeverStop with { StopTokens = null })[0].Where(c => !c.Truncated)];
        ended.ShouldNotBeEmpty();
        foreach (Completion completion in ended)
        {
            Array.IndexOf(completion.Tokens, end).ShouldBe(completion.Tokens.Length - 1);
            completion.Text.Length.ShouldBe(completion.Tokens.Length - 1);
        }
    }

    [Fact]
    public void Sample_StopStrings_EndWhereTheTextFirstHoldsOne()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        IReadOnlyList<Completion> free = policy.Sample(Requests(40), NeverStop)[0];
        // Strings of three and of two tokens that do occur, the shorter not in the longer.
        string[] strings = [free[0].Text[4..7], free[1].Text[9..11]];
        IReadOnlyList<Completion> stopped = policy.Sample(Requests(40), NeverStop with { StopStrings = [.. strings] })[0];
        for (int i = 0; i < free.Count; i++)
        {
            int[] ends = [.. strings.Select(s => (free[i].Text.IndexOf(s, StringComparison.Ordinal), s.Length))
                .Where(f => f.Item1 >= 0).Select(f => f.Item1 + f.Length)];
            // The end token has no text: count tokens up to the one that completes the string.
            int tokens = ends.Length == 0 ? free[i].Tokens.Length : Array.FindIndex(free[i].TextEnds, e => e >= ends.Min()) + 1;
            stopped[i].Tokens.ShouldBe(free[i].Tokens[..tokens], $"sample {i}");
            stopped[i].Finish.ShouldBe(ends.Length == 0 ? FinishReason.Length : FinishReason.Stop);
            TestModel.ShouldBeSameBits(stopped[i].LogProbs, free[i].LogProbs.AsSpan(0, tokens), $"sample {i}");
        }

        stopped[0].Finish.ShouldBe(FinishReason.Stop);
        stopped.ShouldContain(c => c.Finish == FinishReason.Length);
    }

    [Theory]
    [InlineData("€", 4)]
    [InlineData("a€", 4)]
    [InlineData("€b", 5)]
    [InlineData("b", 5)]
    [InlineData("x", 6)]
    public void Close_StopStringOfSeveralBytes_EndsWithItsLastByte(string stop, int tokens)
    {
        byte[] bytes = "a€bc"u8.ToArray();
        SampledSequence sequence = new(0, 0, 1, 0, limit: bytes.Length);
        foreach (byte value in bytes)
        {
            sequence.Append(value, 0);
            sequence.Close([], [stop], TestModel.ByteLevel);
            if (sequence.Finished)
            {
                break;
            }
        }

        Completion completion = sequence.Complete(TestModel.ByteLevel);
        completion.Tokens.Length.ShouldBe(tokens);
        completion.Finish.ShouldBe(tokens == bytes.Length ? FinishReason.Length : FinishReason.Stop);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(33)]
    public void Sample_LengthCap_ExactlySoManyTokens(int cap)
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        policy.Sample(Requests(5), NeverStop with { MaxNewTokens = cap })[0]
            .ShouldAllBe(c => c.Tokens.Length == cap && c.LogProbs.Length == cap && c.Finish == FinishReason.Length);
    }

    [Fact]
    public void Sample_ContextLimit_FillsTheContextAndNoMore()
    {
        using LocalPolicy policy = TestModel.Policy("qwen3", 2);
        int context = policy.ContextLength;
        int[][] prompts = [.. new[] { context - 1, context - 30, 1 }.Select(n => TestModel.Tokens(policy.Config, 1, n))];
        // The cap is far beyond the context, and beyond what a cache could hold.
        SamplingOptions options = NeverStop with { MaxNewTokens = int.MaxValue };
        IReadOnlyList<IReadOnlyList<Completion>> full = policy.Sample([.. prompts.Select(p => new SampleRequest(p, [1, 2]))], options);
        for (int r = 0; r < prompts.Length; r++)
        {
            full[r].ShouldAllBe(c => c.Tokens.Length == context - prompts[r].Length && c.Finish == FinishReason.Length);
            TestModel.ShouldBeSameBits(full[r][1].LogProbs, policy.Score(prompts[r], [full[r][1].Tokens])[0], $"request {r}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(160)]
    [InlineData(500)]
    public void Sample_PromptEmptyOrTooLong_SaysWhatIsAllowed(int length)
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        SampleRequest request = new(TestModel.Tokens(policy.Config, 1, length), [1]);
        InputException error = Should.Throw<InputException>(() => policy.Sample([request], NeverStop));
        error.Message.ShouldContain($"{length} tokens");
        error.Message.ShouldContain("1 to 159");
    }

    [Fact]
    public void Sample_PromptOfAnotherVocabulary_Refused()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        Should.Throw<InputException>(() => policy.Sample([new SampleRequest([1, 17], [1])], NeverStop)).Message
            .ShouldContain("17 is not in the model's vocabulary of 17");
    }

    [Fact]
    public void Sample_NothingAsked_NothingGiven()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        policy.Sample([], NeverStop).ShouldBeEmpty();
        policy.Sample([new SampleRequest(Prompt, [])], NeverStop)[0].ShouldBeEmpty();
        IReadOnlyList<IReadOnlyList<Completion>> mixed = policy.Sample([new SampleRequest(Prompt, []), .. Requests(2)], NeverStop);
        mixed.Select(r => r.Count).ShouldBe([0, 2]);
    }

    [Fact]
    public async Task Sample_SeveralRequests_EachIsToldOfOnceWhenItIsDrawn()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        Count finished = new();
        List<(int Request, IReadOnlyList<Completion> Completions, int Finished)> told = [];

        IReadOnlyList<IReadOnlyList<Completion>> sampled = await policy.SampleAsync(
            [.. Requests(3), .. Requests(200), .. Requests(5)], NeverStop, finished, (r, completions) => told.Add((r, completions, finished.Value)),
            TestContext.Current.CancellationToken);

        told.Select(t => t.Request).ShouldBe([0, 1, 2], ignoreOrder: true);
        told[0].Request.ShouldBe(0);
        told[0].Finished.ShouldBeLessThan(100);
        told.ShouldAllBe(t => t.Completions.SequenceEqual(sampled[t.Request]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sample_Cancelled_EveryCompletionIsThereAndTheUnfinishedSaySo(bool beforeTheStart)
    {
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        SamplingOptions options = NeverStop with { StopTokens = [3, 11] };
        // More than the sampler has slots, so that some have not begun.
        IReadOnlyList<IReadOnlyList<Completion>> whole = policy.Sample([.. Requests(10), .. Requests(190)], options);
        using CancellationTokenSource source = new();
        if (beforeTheStart)
        {
            await source.CancelAsync();
        }

        List<int> told = [];
        IReadOnlyList<IReadOnlyList<Completion>> cut = await policy.SampleAsync(
            [.. Requests(10), .. Requests(190)], options, new CancelAt(source, finished: 40), (request, _) => told.Add(request), source.Token);
        told.ShouldBe(Enumerable.Range(0, cut.Count).Where(r => cut[r].All(c => c.Finish != FinishReason.Cancelled)), ignoreOrder: true);
        cut.Select(r => r.Count).ShouldBe([10, 190]);
        Completion[] actual = [.. cut.SelectMany(r => r)], expected = [.. whole.SelectMany(r => r)];
        for (int i = 0; i < actual.Length; i++)
        {
            if (actual[i].Finish == FinishReason.Cancelled)
            {
                int tokens = actual[i].Tokens.Length;
                tokens.ShouldBeLessThan(expected[i].Tokens.Length);
                actual[i].Tokens.ShouldBe(expected[i].Tokens[..tokens]);
                (actual[i].LogProbs.Length, actual[i].TextEnds.Length).ShouldBe((tokens, tokens));
            }
            else
            {
                TestModel.ShouldBeSame(actual[i], expected[i], $"sample {i}");
            }
        }

        int finished = actual.Count(c => c.Finish != FinishReason.Cancelled);
        finished.ShouldBeInRange(beforeTheStart ? 0 : 40, beforeTheStart ? 0 : 150);
        actual.ShouldContain(c => c.Tokens.Length == 0);
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Sample_AnyTokens_TextAndItsEndsFit(string family)
    {
        // The vocabulary of 300 is padded beyond the tokenizer's 257 ids, and random bytes are seldom valid UTF-8.
        using LocalPolicy policy = TestModel.Policy(family, 2);
        int padded = 0;
        foreach (Completion completion in policy.Sample(Requests(30), NeverStop)[0])
        {
            int[] known = [.. completion.Tokens.Where(t => t < policy.Tokenizer.VocabularySize)];
            padded += completion.Tokens.Length - known.Length;
            completion.Text.ShouldBe(policy.Tokenizer.Decode(known));
            completion.TextEnds.Length.ShouldBe(completion.Tokens.Length);
            completion.TextEnds.ShouldBeInOrder();
            completion.TextEnds[^1].ShouldBe(completion.Text.Length);
            for (int t = 0; t < completion.Tokens.Length; t++)
            {
                string prefix = policy.Tokenizer.Decode([.. completion.Tokens[..(t + 1)].Where(id => id < policy.Tokenizer.VocabularySize)]);
                prefix.ShouldStartWith(completion.Text[..completion.TextEnds[t]], Case.Sensitive);
            }
        }

        (padded > 0).ShouldBe(policy.Config.VocabularySize > policy.Tokenizer.VocabularySize);
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(0.0, 0)]
    [InlineData(1.0, 3)]
    public async Task Sample_LogitsOverflow_EverySampleFailsAtItsFirstToken(double temperature, int topK)
    {
        // A finite weight that no logit survives.
        using TemporaryFolder folder = new();
        TestModel.SaveWith(folder, "model.norm.weight", Enumerable.Repeat(3e38f, 24));
        using LocalPolicy policy = LocalPolicy.Load(folder.Path, 2);
        List<int> told = [];

        IReadOnlyList<Completion> sampled = (await policy.SampleAsync(
            Requests(5), NeverStop with { Temperature = temperature, TopK = topK }, drawn: (request, _) => told.Add(request),
            cancellationToken: TestContext.Current.CancellationToken))[0];

        told.ShouldBe([0]);
        foreach (Completion completion in sampled)
        {
            (completion.Finish, completion.Failed, completion.Tokens.Length).ShouldBe((FinishReason.Failed, true, 1));
            float.IsFinite(completion.LogProbs[0]).ShouldBeFalse();
            completion.Failure.ShouldBe($"the log-probability of token 1 is {completion.LogProbs[0]}");
            Should.Throw<DivergenceException>(() => Divergence.RequireFinite(completion, "here"));
        }
    }

    [Fact]
    public async Task Sample_CancelledBeforeThePrompts_DrawsNothing()
    {
        using LocalPolicy policy = TestModel.Policy("llama", 1, updates: 0);
        using CancellationTokenSource source = new();

        IReadOnlyList<IReadOnlyList<Completion>> cut = await policy.SampleAsync(
            new CancelAtTheFirstPrompt(source, Requests(3)[0]), NeverStop, cancellationToken: source.Token);

        cut.SelectMany(c => c).Select(c => (c.Finish, c.Tokens.Length)).ShouldBe(Enumerable.Repeat((FinishReason.Cancelled, 0), 3));
    }

    private static SamplingOptions NeverStop => new() { MaxNewTokens = 40, StopTokens = [] };

    private static SampleRequest[] Requests(int samples) => [new SampleRequest(Prompt, TestModel.Keys(9, samples))];

    private sealed class Count : IProgress<int>
    {
        public int Value { get; private set; }

        public void Report(int value) => Value = value;
    }

    /// <summary>One request; the source is cancelled as it is looked at after the caches were made, which look at all requests.</summary>
    private sealed class CancelAtTheFirstPrompt(CancellationTokenSource source, SampleRequest request) : IReadOnlyList<SampleRequest>
    {
        private int _passes;

        public int Count => 1;

        public SampleRequest this[int index]
        {
            get
            {
                if (_passes == 2)
                {
                    source.Cancel();
                }

                return request;
            }
        }

        public IEnumerator<SampleRequest> GetEnumerator()
        {
            _passes++;
            yield return request;
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class CancelAt(CancellationTokenSource source, int finished) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value >= finished)
            {
                source.Cancel();
            }
        }
    }
}

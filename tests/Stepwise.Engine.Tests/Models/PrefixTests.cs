using Stepwise.Engine.Formats;
using Stepwise.Engine.Loading;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>Completions that begin with given tokens: the promises hold for them as for what is drawn.</summary>
public sealed class PrefixTests(ITestOutputHelper output)
{
    private const int Cap = 48;

    public static MatrixTheoryData<string, double> FamiliesAndTemperatures => new([.. TestModel.Families.Select(f => f.Data)], [1.0, 0.7]);

    [Theory]
    [MemberData(nameof(FamiliesAndTemperatures))]
    public void LogProbs_OfSamplerScoreAndLoss_SameBits(string family, double temperature)
    {
        using LocalPolicy policy = TestModel.Policy(family, 2);
        CheckLogProbs(policy, temperature);
    }

    [Theory]
    [InlineData("llama", FrozenType.Float32)]
    [InlineData("qwen2-window", FrozenType.Float32)]
    [InlineData("qwen3", FrozenType.Bfloat16)]
    [InlineData("mistral", FrozenType.Bfloat16)]
    public void LogProbs_BesideAdapters_SameBits(string family, FrozenType frozen)
    {
        using TemporaryFolder model = new(), narrow = new();
        using (LocalPolicy whole = TestModel.Policy(family, 1))
        {
            whole.Save(model.Path, withOptimizer: false);
        }

        using (IWeightSource source = WeightSource.Open(model.Path))
        {
            ModelExport.WriteFolder(source, narrow.Path, WeightType.BF16, cancellationToken: TestContext.Current.CancellationToken);
        }

        using LocalPolicy policy = LocalPolicy.Load(narrow.Path, 2, null, new LoraOptions { Rank = 3, Alpha = 5, Frozen = frozen }, 5);
        for (ulong u = 0; u < 2; u++)
        {
            policy.Accumulate(TestModel.PrefixBatch(policy.Config, 20 + u), new WeightedLogProbs());
            policy.Apply(0.02);
        }

        CheckLogProbs(policy, 1);
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Sample_PrefixThatBeginsItsOwnCompletion_IsThatCompletion(string family)
    {
        using LocalPolicy policy = TestModel.Policy(family, 2);
        SampleRequest[] free = [.. Requests(policy).Select(r => r with { Prefixes = null })];
        IReadOnlyList<IReadOnlyList<Completion>> expected = policy.Sample(free, Options(1));

        // From none of each completion to all but its last token.
        SampleRequest[] given = [.. free.Select((r, i) => r with
        {
            Prefixes = [.. expected[i].Select((c, g) => c.Tokens[..((c.Tokens.Length - 1) * (g % 5) / 4)])],
        })];
        IReadOnlyList<IReadOnlyList<Completion>> actual = policy.Sample(given, Options(1));
        for (int r = 0; r < given.Length; r++)
        {
            for (int g = 0; g < given[r].Keys.Count; g++)
            {
                Completion whole = expected[r][g] with { PrefixTokens = given[r].Prefixes![g].Length };
                TestModel.ShouldBeSame(actual[r][g], whole, $"sample {g} of request {r} after {whole.PrefixTokens} tokens");
            }
        }

        actual.ShouldContain(r => r.Any(c => c.PrefixTokens > 40));
        actual.ShouldContain(r => r.Any(c => c.Finish == FinishReason.Stop && c.PrefixTokens > 0));
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Sample_OtherThreadsOrderOrAlone_SameCompletions(string family)
    {
        using LocalPolicy one = TestModel.Policy(family, 1);
        SampleRequest[] requests = Requests(one);
        IReadOnlyList<IReadOnlyList<Completion>> expected = one.Sample(requests, Options(1));
        foreach (int threads in (int[])[2, 3])
        {
            using LocalPolicy policy = TestModel.Policy(family, threads);
            IReadOnlyList<IReadOnlyList<Completion>> reversed = policy.Sample(
                [.. requests.Reverse().Select(r => r with { Keys = [.. r.Keys.Reverse()], Prefixes = [.. r.Prefixes!.Reverse()] })], Options(1));
            for (int r = 0; r < requests.Length; r++)
            {
                for (int g = 0; g < expected[r].Count; g++)
                {
                    TestModel.ShouldBeSame(reversed[^(r + 1)][^(g + 1)], expected[r][g], $"sample {g} of request {r} with {threads} threads");
                }
            }
        }

        foreach ((int r, int g) in ((int, int)[])[(0, 0), (1, 24), (3, 8), (4, 19), (5, 23)])
        {
            SampleRequest alone = requests[r] with { Keys = [requests[r].Keys[g]], Prefixes = [requests[r].Prefixes![g]] };
            TestModel.ShouldBeSame(one.Sample([alone], Options(1))[0][0], expected[r][g], $"sample {g} of request {r} alone");
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_SharedOrWrittenOutAsOnePromptEach_SameWithinRounding(string family)
    {
        using TestPass pass = new(family, 2);
        TrainingBatch trained = TestModel.PrefixBatch(pass.Config, 1);
        TrainingBatch masked = With(trained, s => s with { Mask = [.. s.Mask.Select((m, t) => m && t >= s.PrefixTokens)] }), written = Apart(masked);
        foreach ((string what, TrainingBatch shared, TrainingBatch apart) in new[]
        {
            ("trained prefixes", trained, Apart(With(trained, s => s with { PrefixTokens = 0 }))),
            ("given prefixes", masked, written with { Groups = [.. written.Groups.Select(AsPrompt)] }),
            ("a micro-batch per group", trained with { Groups = [.. trained.Groups.Reverse()] }, trained),
        })
        {
            (float[] gradient, double loss) = pass.Gradient(shared);
            (float[] other, double otherLoss) = pass.Gradient(apart.Cut(1));
            double error = Distance(other, gradient) / Distance(new float[gradient.Length], gradient);
            output.WriteLine($"{family}, {what}: gradient differs by {error:E2} of its norm, loss by {Math.Abs(otherLoss - loss):E2}");
            error.ShouldBeLessThan(1e-6, what);
            otherLoss.ShouldBe(loss, 1e-12, what);
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_OtherThreadsOrRecomputed_SameBits(string family)
    {
        using TestPass expected = new(family, 1);
        TrainingBatch batch = TestModel.PrefixBatch(expected.Config, 1);
        float[] gradient = expected.Gradient(batch).Gradient;
        foreach ((int threads, bool recompute) in ((int, bool)[])[(2, false), (3, false), (2, true)])
        {
            using TestPass pass = new(family, threads, recompute);
            TestModel.ShouldBeSameBits(pass.Gradient(batch).Gradient, gradient, $"{threads} threads, recompute {recompute}");
        }
    }

    /// <summary>A group's targets in one chunk of logits, or computed twice in several.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(7)]
    public void Gradient_HeadInChunks_SameWithinRounding(int rows)
    {
        using TestPass whole = new("llama", 2), chunked = new("llama", 2, logitBudget: rows * TestModel.Config("llama").VocabularySize);
        TrainingBatch batch = TestModel.PrefixBatch(whole.Config, 1);
        (float[] expected, double loss) = whole.Gradient(batch);
        (float[] gradient, double chunkedLoss) = chunked.Gradient(batch);
        chunkedLoss.ShouldBe(loss);
        (Distance(gradient, expected) / Distance(new float[gradient.Length], expected)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Fill_PrefixesOfAGroup_RowsAndTargetsOfEachOnce()
    {
        // Prompt 1 2; three sequences begin with 5 6 7, of which the second trains the 7 and the third the 5 and the 7; one with 5 6.
        PackedBatch packed = new();
        packed.Fill(new TrainingBatch(
            [
                new TrainingGroup(
                    [1, 2],
                    [
                        Sequence([5, 6, 7, 8], 3, "...x"), Sequence([5, 6, 7], 3, "..x"), Sequence([5, 6, 7, 9, 9], 3, "x.xxx"),
                        Sequence([5, 6, 9], 2, "..x"),
                    ]),
                new TrainingGroup([1, 2], [Sequence([5, 6, 7, 8], 3, "...x"), Sequence([5, 6, 7], 3, "...")]),
            ],
            new BatchTotals(1, 1, 1)));

        packed.Tokens.ToArray().ShouldBe([1, 2, 5, 6, 7, 9, 5, 6, 1, 2, 5, 6, 7]);
        packed.Positions.ToArray().ShouldBe([0, 1, 2, 3, 4, 5, 2, 3, 0, 1, 2, 3, 4]);
        packed.Segments.ToArray().Select(s => (s.Start, s.Length, s.Position))
            .ShouldBe([(0, 2, 0), (2, 3, 2), (5, 1, 5), (6, 2, 2), (8, 2, 0), (10, 3, 2)]);
        packed.Targets.ToArray().ShouldBe([8, 7, 5, 9, 9, 9, 8]);
        packed.PredictingRows.ToArray().ShouldBe([4, 3, 1, 4, 5, 7, 12]);
        packed.TargetOfGroup(0).ToArray().ShouldBe([0, 1, 2, 1, 3, 4, 5]);
        packed.TargetOfGroup(1).ToArray().ShouldBe([6]);
        (packed.FirstTarget(1), packed.FirstTarget(2)).ShouldBe((6, 7));

        static TrainingSequence Sequence(int[] tokens, int prefix, string trained) =>
            new(tokens, new double[tokens.Length], [.. trained.Select(c => c == 'x')], new float[tokens.Length]) { PrefixTokens = prefix };
    }

    private static void CheckLogProbs(LocalPolicy policy, double temperature)
    {
        SampleRequest[] requests = Requests(policy);
        IReadOnlyList<IReadOnlyList<Completion>> sampled = policy.Sample(requests, Options(temperature));
        List<TrainingGroup> groups = [];
        for (int r = 0; r < requests.Length; r++)
        {
            int[][] tokens = [.. sampled[r].Select(c => c.Tokens)];
            for (int g = 0; g < tokens.Length; g++)
            {
                int[] prefix = requests[r].Prefixes![g];
                (sampled[r][g].PrefixTokens, tokens[g].Length > prefix.Length).ShouldBe((prefix.Length, true));
                tokens[g][..prefix.Length].ShouldBe(prefix);
            }

            IReadOnlyList<float[]> whole = policy.Score(requests[r].Prompt, tokens, temperature);
            ScoreRequest request = new(requests[r].Prompt, tokens) { PrefixTokens = [.. requests[r].Prefixes!.Select(p => p.Length)] };
            IReadOnlyList<float[]> shared = policy.ScoreAsync([request], temperature).AsTask().GetAwaiter().GetResult()[0];
            for (int g = 0; g < tokens.Length; g++)
            {
                TestModel.ShouldBeSameBits(sampled[r][g].LogProbs, whole[g], $"sample {g} of request {r}");
                TestModel.ShouldBeSameBits(shared[g], whole[g], $"score of sample {g} of request {r}, prefixes shared");
            }

            groups.Add(new TrainingGroup(requests[r].Prompt, [.. sampled[r].Select(Sequence)]));
        }

        // Whole groups, and a few sequences of each.
        BatchTotals totals = new(150, groups.Sum(g => g.Sequences.Sum(s => s.Mask.LongCount(m => m))), Cap);
        foreach (int[] members in (int[][])[[.. Enumerable.Range(0, 25)], [3, 4, 8, 13, 2]])
        {
            WeightedLogProbs loss = new();
            TrainingGroup[] some = [.. groups.Select(g => g with { Sequences = [.. members.Select(i => g.Sequences[i])] })];
            policy.Accumulate(new TrainingBatch(some, totals, temperature), loss);
            for (int r = 0; r < requests.Length; r++)
            {
                float[] expected = [.. members.SelectMany(i => sampled[r][i].LogProbs.Where((_, t) => groups[r].Sequences[i].Mask[t]))];
                TestModel.ShouldBeSameBits(loss.Seen[r], expected, $"log-probabilities of group {r} in training");
            }
        }
    }

    /// <summary>More samples than the sampler has slots; of each five one without a prefix, one with its own, three that share two.</summary>
    private static SampleRequest[] Requests(LocalPolicy policy)
    {
        int[] lengths = [1, 5, 33, 70, 64, 20];
        return [.. lengths.Select((length, r) => new SampleRequest(
            TestModel.Tokens(policy.Config, (ulong)r, length), TestModel.Keys((ulong)r + 100, 25))
        {
            Prefixes = [.. Enumerable.Range(0, 25).Select(g => (g % 5) switch
            {
                0 => [],
                1 or 2 => TestModel.Tokens(policy.Config, 200 + (ulong)r, 9),
                3 => TestModel.Tokens(policy.Config, 300 + (ulong)((r * 25) + g), g),
                _ => TestModel.Tokens(policy.Config, 400 + (ulong)r, 33),
            })],
        })];
    }

    private static SamplingOptions Options(double temperature) => new() { Temperature = temperature, MaxNewTokens = Cap };

    /// <summary>Prefixes train in two of three sequences; every seventh token is masked, and the tails of some completions.</summary>
    private static TrainingSequence Sequence(Completion completion, int i)
    {
        int prefix = completion.PrefixTokens;
        bool[] mask = [.. completion.Tokens.Select((_, t) => t % 7 != 3 && (i % 4 != 0 || t < 12) && (i % 3 != 0 || t >= prefix))];
        return new TrainingSequence(completion.Tokens, new double[mask.Length], mask, completion.LogProbs) { PrefixTokens = prefix };
    }

    private static TrainingBatch With(TrainingBatch batch, Func<TrainingSequence, TrainingSequence> change) =>
        batch with { Groups = [.. batch.Groups.Select(g => g with { Sequences = [.. g.Sequences.Select(change)] })] };

    /// <summary>A prompt per completion.</summary>
    private static TrainingBatch Apart(TrainingBatch batch) =>
        batch with { Groups = [.. batch.Groups.SelectMany(g => g.Sequences.Select(s => g with { Sequences = [s] }))] };

    /// <summary>The prefix of a group's only sequence as the end of its prompt.</summary>
    private static TrainingGroup AsPrompt(TrainingGroup group)
    {
        TrainingSequence s = group.Sequences[0];
        int prefix = s.PrefixTokens;
        return new TrainingGroup(
            [.. group.Prompt, .. s.Tokens[..prefix]],
            [new TrainingSequence(s.Tokens[prefix..], s.Advantages[prefix..], s.Mask[prefix..], s.OldLogProbs[prefix..])]);
    }

    private static double Distance(float[] x, float[] y) => Math.Sqrt(x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum());
}

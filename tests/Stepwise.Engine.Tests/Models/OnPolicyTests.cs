using Stepwise.Engine.Loading;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>The sampler's log-probability of a token and the trainer's are the same bits, whatever else was computed beside it.</summary>
public sealed class OnPolicyTests(ITestOutputHelper output)
{
    private static readonly int[] PromptLengths = [1, 5, 33, 70, 64, 20];

    public static MatrixTheoryData<string, double> FamiliesAndTemperatures => new([.. TestModel.Families.Select(f => f.Data)], [1.0, 0.7]);

    [Theory]
    [MemberData(nameof(FamiliesAndTemperatures))]
    public void LogProbs_OfSamplerScoreAndLoss_SameBits(string family, double temperature)
    {
        using LocalPolicy policy = TestModel.Policy(family, 2);
        // More samples than the sampler has slots, so that sequences of all lengths decode side by side.
        SampleRequest[] requests = Requests(policy, samples: 25);
        IReadOnlyList<IReadOnlyList<Completion>> sampled = policy.Sample(requests, Options(temperature));

        List<TrainingGroup> groups = [];
        for (int r = 0; r < requests.Length; r++)
        {
            IReadOnlyList<float[]> scored =
                policy.Score(requests[r].Prompt, [.. sampled[r].Select(c => c.Tokens)], temperature);
            for (int i = 0; i < scored.Count; i++)
            {
                TestModel.ShouldBeSameBits(scored[i], sampled[r][i].LogProbs, $"score of sample {i} of request {r}");
            }

            groups.Add(new TrainingGroup(requests[r].Prompt, [.. sampled[r].Select(Sequence)]));
        }

        WeightedLogProbs loss = new();
        long trained = groups.Sum(g => g.Sequences.Sum(s => s.Mask.LongCount(m => m)));
        BatchTotals totals = new(150, trained, 40);
        policy.Accumulate(new TrainingBatch(groups, totals, temperature), loss);
        for (int r = 0; r < requests.Length; r++)
        {
            float[] expected = [.. groups[r].Sequences.SelectMany((s, i) => sampled[r][i].LogProbs.Where((_, t) => s.Mask[t]))];
            TestModel.ShouldBeSameBits(loss.Seen[r], expected, $"log-probabilities of group {r} in training");
        }

        int[] lengths = [.. sampled.SelectMany(r => r.Select(c => c.Tokens.Length))];
        lengths.Distinct().Count().ShouldBeGreaterThan(3);
        output.WriteLine($"{lengths.Length} samples of {lengths.Min()} to {lengths.Max()} tokens, {lengths.Sum()} in all: the same bits");
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Sample_Alone_SameAsAmongOthers(string family)
    {
        using LocalPolicy policy = TestModel.Policy(family, 2);
        SampleRequest[] requests = Requests(policy, samples: 25);
        IReadOnlyList<IReadOnlyList<Completion>> among = policy.Sample(requests, Options(1));
        foreach ((int r, int i) in ((int, int)[])[(0, 0), (1, 24), (3, 7), (5, 24)])
        {
            SampleRequest alone = requests[r] with { Keys = [requests[r].Keys[i]] };
            Completion completion = policy.Sample([alone], Options(1))[0][0];
            TestModel.ShouldBeSame(completion, among[r][i], $"sample {i} of request {r}");
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Sample_OtherOrderOfRequestsAndOtherThreads_SameCompletions(string family)
    {
        using LocalPolicy one = TestModel.Policy(family, 1);
        SampleRequest[] requests = Requests(one, samples: 6);
        IReadOnlyList<IReadOnlyList<Completion>> expected = one.Sample(requests, Options(1));
        foreach (int threads in (int[])[2, 3])
        {
            using LocalPolicy policy = TestModel.Policy(family, threads);
            IReadOnlyList<IReadOnlyList<Completion>> reversed = policy.Sample([.. requests.Reverse()], Options(1));
            for (int r = 0; r < requests.Length; r++)
            {
                for (int i = 0; i < requests[r].Keys.Count; i++)
                {
                    TestModel.ShouldBeSame(reversed[^(r + 1)][i], expected[r][i], $"sample {i} of request {r} with {threads} threads");
                }
            }
        }
    }

    [Fact]
    public void Sample_PromptsLongerThanOnePrefill_SameAsAlone()
    {
        // 20 prompts of 120 tokens are more rows than the sampler computes at once.
        using LocalPolicy policy = TestModel.Policy("llama", 2);
        SampleRequest[] requests =
            [.. Enumerable.Range(0, 20).Select(r => new SampleRequest(TestModel.Tokens(policy.Config, (ulong)r, 120), [(ulong)r]))];
        SamplingOptions options = Options(1) with { MaxNewTokens = 4 };
        IReadOnlyList<IReadOnlyList<Completion>> together = policy.Sample(requests, options);
        foreach (int r in (int[])[0, 16, 17, 19])
        {
            TestModel.ShouldBeSame(together[r][0], policy.Sample([requests[r]], options)[0][0], $"request {r}");
        }
    }

    private static SamplingOptions Options(double temperature) => new() { Temperature = temperature, MaxNewTokens = 40 };

    private static SampleRequest[] Requests(LocalPolicy policy, int samples) => [.. PromptLengths.Select(
        (length, r) => new SampleRequest(TestModel.Tokens(policy.Config, (ulong)r, length), TestModel.Keys((ulong)r + 100, samples)))];

    /// <summary>Every seventh token is masked, and the tails of some completions.</summary>
    private static TrainingSequence Sequence(Completion completion, int i)
    {
        bool[] mask = [.. completion.Tokens.Select((_, t) => t % 7 != 3 && (i % 4 != 0 || t < 12))];
        return new TrainingSequence(completion.Tokens, new double[mask.Length], mask, completion.LogProbs);
    }
}

using Stepwise.Evaluation;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Statistics;
using Stepwise.Tasks.Chains;
using Stepwise.Tests.Policies;

namespace Stepwise.Tests.Evaluation;

public sealed class EvaluatorTests
{
    private static readonly SamplingOptions Sampling = new() { Temperature = 1, MaxNewTokens = 8 };

    [Fact]
    public async Task EvaluateAsync_HandMadeAnswers_CountsEveryShare()
    {
        // Right answers are 2, 4 and 6; a tilde marks a truncated one. Greedy decoding solves the second problem only.
        ScriptedPolicy policy = new(
            sampled: [["#2", "#3", "#3", "#3"], ["#1", "#1", "4~", "#1"], ["#6", "#6", "#6", "#6"]], greedy: ["#3", "#4", "#7"]);
        EvaluationResult result = await new Evaluator(policy, new ChainedArithmetic())
            .EvaluateAsync(Problems, 4, 2, Sampling, seed: 1, cancellationToken: TestContext.Current.CancellationToken);

        result.Problems.ShouldBe(3);
        result.Samples.ShouldBe(4);
        result.SolveRate.ShouldBe(SolveRate.Clustered([1, 0, 4], 4));
        result.Greedy.ShouldBe(SolveRate.Wilson(1.0 / 3, 3));
        result.AllNegativeShare.ShouldNotBeNull().ShouldBe(3.0 / 6);
        result.TruncatedShare.ShouldBe(1.0 / 12);
        result.UndecidedShare.ShouldBe(0);
        result.MeanCompletionTokens.ShouldBe(2);
    }

    [Fact]
    public async Task EvaluateAsync_FewerSamplesThanAGroup_HasNoShareOfGroups()
    {
        ScriptedPolicy policy = new([["#2"], ["#4"], ["#6"]], ["#2", "#4", "#6"]);

        EvaluationResult result = await new Evaluator(policy, new ChainedArithmetic())
            .EvaluateAsync(Problems, 1, 8, Sampling, 1, cancellationToken: TestContext.Current.CancellationToken);

        result.AllNegativeShare.ShouldBeNull();
    }

    [Fact]
    public async Task EvaluateAsync_RandomStreams_DifferPerSampleAndRepeatPerSeed()
    {
        async Task<ulong[]> Keys(ulong seed)
        {
            ScriptedPolicy policy = new([["#2", "#2"], ["#4", "#4"], ["#6", "#6"]], ["#2", "#4", "#6"]);
            await new Evaluator(policy, new ChainedArithmetic()).EvaluateAsync(
                Problems, 2, 2, Sampling, seed, cancellationToken: TestContext.Current.CancellationToken);
            return [.. policy.SampledKeys];
        }

        ulong[] first = await Keys(1);

        first.Length.ShouldBe(6);
        first.ShouldBeUnique();
        (await Keys(1)).ShouldBe(first);
        (await Keys(2)).Intersect(first).ShouldBeEmpty();
    }

    [Fact]
    public async Task EvaluateAsync_Cancelled_GivesNoResultOfAPart()
    {
        using CancellationTokenSource source = new();
        ScriptedPolicy policy = new([["#2"], ["#4"], ["#6"]], ["#2", "#4", "#6"]) { OnSample = source.Cancel };

        await Should.ThrowAsync<OperationCanceledException>(async () => await new Evaluator(policy, new ChainedArithmetic())
            .EvaluateAsync(Problems, 1, 1, Sampling, 1, cancellationToken: source.Token));
    }

    [Fact]
    public async Task EvaluateAsync_SamplesThatFailed_AreNotVerifiedAndCountedApart()
    {
        // A failed sample is marked with an exclamation mark; it would be right if it were read.
        ScriptedPolicy policy = new([["#2", "#2!"], ["#4!", "#4!"], ["#6", "#7"]], ["#2!", "#4", "#6"]);

        EvaluationResult result = await new Evaluator(policy, new ChainedArithmetic())
            .EvaluateAsync(Problems, 2, 2, Sampling, 1, cancellationToken: TestContext.Current.CancellationToken);

        result.SolveRate.Estimate.ShouldBe(2.0 / 6, 1e-12);
        result.Greedy.Estimate.ShouldBe(2.0 / 3, 1e-12);
        (result.FailedShare, result.UndecidedShare).ShouldBe((0.5, 0));
        result.AllNegativeShare.ShouldBe(0);
    }

    [Fact]
    public async Task EvaluateAsync_EverySampleFailed_GivesNoResult()
    {
        ScriptedPolicy policy = new([["#2!"], ["#4!"], ["#6!"]], ["#2!", "#4!", "#6!"]);

        (await Should.ThrowAsync<RunException>(async () => await new Evaluator(policy, new ChainedArithmetic())
            .EvaluateAsync(Problems, 1, 1, Sampling, 1, cancellationToken: TestContext.Current.CancellationToken)))
            .Message.ShouldBe("Every sample of the evaluation failed, the first because it was cancelled.");
    }

    [Theory]
    [InlineData(false, "evaluation, problem b, sample 1 of 1, token 2, log-probability NaN")]
    [InlineData(true, "evaluation, problem b, greedy decoding, token 2, log-probability NaN")]
    public async Task EvaluateAsync_LogProbabilityIsNotFinite_NamesThePlace(bool greedy, string place)
    {
        ScriptedPolicy policy = new([["#2"], [greedy ? "#4" : "#4NaN"], ["#6"]], ["#2", greedy ? "#4NaN" : "#4", "#6"]);

        (await Should.ThrowAsync<DivergenceException>(async () => await new Evaluator(policy, new ChainedArithmetic())
            .EvaluateAsync(Problems, 1, 1, Sampling, 1, cancellationToken: TestContext.Current.CancellationToken))).Message.ShouldContain(place);
    }

    private static readonly Problem[] Problems = [new("a", "1+1", "2"), new("b", "2+2", "4"), new("c", "3+3", "6")];

    /// <summary>A policy that answers from a script: two tokens per answer.</summary>
    private sealed class ScriptedPolicy(string[][] sampled, string[] greedy) : SamplingPolicy
    {
        public List<ulong> SampledKeys { get; } = [];

        public Action? OnSample { get; init; }

        public override ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
            IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
            Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default)
        {
            OnSample?.Invoke();
            string[][] answers = options.Temperature == 0 ? [.. greedy.Select(g => new[] { g })] : sampled;
            requests.Select(r => r.Keys.Count).ShouldBe(answers.Select(a => a.Length));
            if (options.Temperature > 0)
            {
                SampledKeys.AddRange(requests.SelectMany(r => r.Keys));
            }

            return new([.. answers.Select(a => (IReadOnlyList<Completion>)[.. a.Select(Answer)])]);
        }

        private static Completion Answer(string text)
        {
            FinishReason finish = text[^1] switch { '~' => FinishReason.Length, '!' => FinishReason.Cancelled, _ => FinishReason.Stop };
            float last = text.EndsWith("NaN", StringComparison.Ordinal) ? float.NaN : 0;
            return new([1, 2], [0, last], text.TrimEnd('~', '!'), [1, 2], finish);
        }
    }
}

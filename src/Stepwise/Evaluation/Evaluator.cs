using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Statistics;
using Stepwise.Tasks;

namespace Stepwise.Evaluation;

/// <summary>When and how thoroughly a policy is evaluated.</summary>
public sealed record EvaluationOptions
{
    private const string Same = "same";

    /// <summary>Training steps between evaluations; 0 evaluates only before the first and after the last step.</summary>
    [Key("steps between evaluations; 0 for before and after only", Unit = "training steps", Low = 0, High = 1e9)]
    public int Every { get; init; }

    /// <summary>The most test problems used; 0 uses all.</summary>
    [Key("most test problems used; 0 uses all", Unit = "problems", Low = 0, High = 10_000_000)]
    public int Problems { get; init; }

    /// <summary>Samples k per problem; at least 1.</summary>
    [Key("samples per test problem", Unit = "samples", Low = 1, High = 4096)]
    public int Samples { get; init; } = 8;

    /// <summary>Divides the logits, above 0 and at most 100; <see langword="null"/> takes the training's.</summary>
    [Key("divides the logits of an evaluation; same: as in training", Low = 0, AboveLow = true, High = 100, Unset = Same)]
    public double? Temperature { get; init; }

    /// <summary>
    /// Keep the smallest set of most likely tokens whose probability reaches this; in (0, 1]; <see langword="null"/> takes the training's.
    /// </summary>
    [Key("keep the most likely tokens that together reach this; same: as in training", Low = 0, AboveLow = true, High = 1, Unset = Same)]
    public double? TopP { get; init; }

    /// <summary>The most tokens of a completion, at least 1; <see langword="null"/> takes the training's.</summary>
    [Key("most tokens of a completion, the stop token counted; same: as in training", Unit = "tokens", Low = 1, High = 10_000_000, Unset = Same)]
    public int? MaxNewTokens { get; init; }

    /// <summary>How an evaluation draws: as training does, but for what is set here.</summary>
    /// <param name="training">How training draws.</param>
    public SamplingOptions SamplingFrom(SamplingOptions training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return training with
        {
            Temperature = Temperature ?? training.Temperature,
            TopP = TopP ?? training.TopP,
            MaxNewTokens = MaxNewTokens ?? training.MaxNewTokens,
        };
    }
}

/// <summary>What an evaluation found; every share is of all samples.</summary>
/// <param name="Problems">Problems evaluated.</param>
/// <param name="Samples">Samples per problem.</param>
/// <param name="SolveRate">Share of samples that are right, with its 95 % interval over problems.</param>
/// <param name="Greedy">Share of problems that greedy decoding solves, with its 95 % interval.</param>
/// <param name="AllNegativeShare">
/// Share of groups of the training's group size without a right and with at least one wrong answer; <see langword="null"/> where a
/// problem has fewer samples than a group.
/// </param>
/// <param name="MeanCompletionTokens">Mean length of a sampled completion, in tokens.</param>
/// <param name="TruncatedShare">Share of samples cut off by the length limit.</param>
/// <param name="UndecidedShare">Share of whole samples of which the verifier could not say; they count as not solved.</param>
[MetricPrefix("evaluation")]
public sealed record EvaluationResult(
    [property: Metric("held-out problems evaluated", Unit = "problems")]
    int Problems,
    [property: Metric("samples per problem", Unit = "samples")]
    int Samples,
    [property: Metric("right samples over samples of held-out problems", Unit = "share",
        Reading = "The measure of progress. It is an estimate: two evaluations whose intervals overlap much need not differ.")]
    Interval SolveRate,
    [property: Metric("held-out problems that greedy decoding solves, over problems", Name = "greedySolveRate", Unit = "share",
        Reading = "Above solveRate: the policy's likeliest answer is better than its samples. Below: its likeliest answer is a systematic mistake.")]
    Interval Greedy,
    [property: Metric("groups of the training's group size without a right and with at least one wrong answer, over such groups", Unit = "share",
        Reading = "What a method without a judge would learn nothing from on such problems.")]
    double? AllNegativeShare,
    [property: Metric("completion tokens per sample", Unit = "tokens")]
    double MeanCompletionTokens,
    [property: Metric("samples cut off by the length limit, over samples", Unit = "share",
        Reading = "A rise is a policy that rambles, or a limit that is too low.")]
    double TruncatedShare,
    [property: Metric("whole samples the verifier could not decide, over samples; they count as not solved", Unit = "share")]
    double UndecidedShare)
{
    /// <summary>The chance that at least one of k samples is right, for k = 1, 2, 4, … up to <see cref="Samples"/>.</summary>
    public IReadOnlyList<PassAtK> PassAtK { get; init; } = [];

    /// <summary>Share of samples whose sampling failed; they are not verified and count as not solved.</summary>
    [Metric("samples whose sampling failed, over samples; they count as not solved", Unit = "share", Reading = "It should be 0.")]
    public double FailedShare { get; init; }
}

/// <summary>pass@k, see <see cref="SolveRate.PassAtK"/>.</summary>
/// <param name="K">Samples per problem.</param>
/// <param name="Rate">Mean over problems.</param>
public readonly record struct PassAtK(int K, double Rate);

/// <summary>Measures how often a policy solves a set of problems; trains nothing.</summary>
/// <param name="policy">The policy.</param>
/// <param name="task">The task of the problems.</param>
public sealed class Evaluator(IPolicy policy, ITask task)
{
    // Keeps the evaluation's random streams apart from those of training, which start from the same seed.
    private const ulong Stream = 0x4576616C;

    /// <summary>Draws k samples per problem, and one greedy completion, and verifies them.</summary>
    /// <remarks>
    /// Random streams depend on the seed, the problem's position and the sample alone, so two evaluations with one seed are paired.
    /// </remarks>
    /// <param name="problems">The problems; at least one.</param>
    /// <param name="samples">k, at least 1.</param>
    /// <param name="groupSize">G of the share of all-negative groups; at least 1.</param>
    /// <param name="sampling">How to draw; greedy decoding takes its length limit and stops.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="progress">Told the number of finished completions of k·P sampled and P greedy ones, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the evaluation.</param>
    /// <exception cref="OperationCanceledException">The evaluation was stopped; there is no result of a part.</exception>
    /// <exception cref="DivergenceException">A log-probability of the policy is NaN or infinite.</exception>
    /// <exception cref="RunException">The verifier threw, or every sample failed.</exception>
    public async ValueTask<EvaluationResult> EvaluateAsync(
        IReadOnlyList<Problem> problems, int samples, int groupSize, SamplingOptions sampling, ulong seed,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(problems.Count, 1, nameof(problems));
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(groupSize, 1);
        ulong key = CounterRandom.Key(seed, Stream);
        SampleRequest[] requests = [.. problems.Select((problem, p) => Request(problem, CounterRandom.Key(key, (ulong)p), samples))];

        IReadOnlyList<IReadOnlyList<Completion>> sampled =
            await policy.SampleAsync(requests, sampling, progress, cancellationToken: cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<IReadOnlyList<Completion>> greedy = await policy.SampleAsync(
            [.. requests.Select(r => r with { Keys = [r.Keys[0]] })], sampling with { Temperature = 0 },
            progress is null ? null : new Offset(progress, problems.Count * samples), cancellationToken: cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();

        int[] solved = new int[problems.Count], solvedGreedily = new int[problems.Count];
        long tokens = 0, truncated = 0, undecided = 0, failed = 0, groups = 0, allNegative = 0;
        for (int p = 0; p < problems.Count; p++)
        {
            Problem problem = problems[p];

            // A verifier that waits is asked about all of them at once.
            Correctness[] all = await Task.WhenAll(
                [.. sampled[p].Select((completion, i) => VerdictAsync(problem, completion, $"sample {i + 1} of {samples}", cancellationToken)),
                    VerdictAsync(problem, greedy[p][0], "greedy decoding", cancellationToken)]).ConfigureAwait(false);
            Correctness[] verdicts = all[..samples];
            solved[p] = verdicts.Count(v => v == Correctness.Correct);
            failed += sampled[p].Count(completion => completion.Failed);
            undecided += verdicts.Where((v, i) => v == Correctness.Undecided && !sampled[p][i].Failed).Count();
            tokens += sampled[p].Sum(completion => (long)completion.Tokens.Length);
            truncated += sampled[p].Count(completion => completion.Truncated);
            foreach (Correctness[] group in verdicts.Chunk(groupSize).Where(group => group.Length == groupSize))
            {
                groups++;
                allNegative += group.Contains(Correctness.Incorrect) && !group.Contains(Correctness.Correct) ? 1 : 0;
            }

            solvedGreedily[p] = all[samples] == Correctness.Correct ? 1 : 0;
        }

        double drawn = (double)problems.Count * samples;
        if (failed == (long)drawn)
        {
            throw new RunException($"Every sample of the evaluation failed, the first because {sampled[0][0].Failure ?? "it was cancelled"}.");
        }

        return new(
            problems.Count, samples, SolveRate.Clustered(solved, samples), SolveRate.Clustered(solvedGreedily, 1),
            groups == 0 ? null : (double)allNegative / groups, tokens / drawn, truncated / drawn, undecided / drawn)
        {
            FailedShare = failed / drawn,
            PassAtK = [.. Powers(samples).Select(k => new PassAtK(k, solved.Average(count => SolveRate.PassAtK(samples, count, k))))],
        };
    }

    private static IEnumerable<int> Powers(int most)
    {
        for (int k = 1; k <= most; k *= 2)
        {
            yield return k;
        }
    }

    private async Task<Correctness> VerdictAsync(Problem problem, Completion completion, string sample, CancellationToken cancellationToken)
    {
        Divergence.RequireFinite(completion, $"evaluation, problem {problem.Id}, {sample}");
        return (await Verification.VerdictAsync(task, problem, completion, sample, cancellationToken).ConfigureAwait(false)).Correctness;
    }

    private SampleRequest Request(Problem problem, ulong key, int samples) =>
        new(policy.Tokenizer.Encode(task.Prompt(problem)),
            [.. Enumerable.Range(0, samples).Select(sample => CounterRandom.Key(key, (ulong)sample))]);
}

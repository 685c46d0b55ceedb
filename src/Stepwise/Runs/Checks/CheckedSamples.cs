using System.Diagnostics;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Statistics;
using Stepwise.Training;
using Shares = Stepwise.Statistics.SolveRate;

namespace Stepwise.Runs.Checks;

/// <summary>What a training step on a few groups says of the run to come; shares have 95 % intervals over problems.</summary>
/// <param name="Groups">Groups that the step learnt from; what a scheme makes several groups of, such as the pairs of a tree, is one.</param>
/// <param name="GroupSize">Samples per group; of stored groups those of the largest.</param>
/// <param name="Samples">Samples drawn, replaced ones included, or stored rollouts taken.</param>
/// <param name="Truncated">Share of samples cut off by the length limit.</param>
/// <param name="SolveRate">Share of samples that are right.</param>
/// <param name="AllNegative">
/// Expected share of groups without a right answer: the mean over problems of E[(1 − p)^G], p the problem's solve rate as its samples leave it
/// uncertain (Jeffreys' prior). Of stored groups, which come as they are, the share that is so.
/// </param>
/// <param name="Signal">Share of groups that train with signal under the recipe's method.</param>
/// <param name="Placed">Share of wrong answers that the judge could place, of those it was asked about; or <see langword="null"/>.</param>
/// <param name="UndecidedShare">Share of samples that the verifier could not decide.</param>
/// <param name="AllPositiveGroups">Groups whose decided answers are all right.</param>
/// <param name="MeanCompletionTokens">Mean length of a completion, in tokens.</param>
/// <param name="LogProbDifference">
/// Largest difference between the sampler's and the trainer's log-probability of a token; 0 is promised. Of stored rollouts, between what importance ratios
/// start from and the trainer's: 0 but for those of another policy.
/// </param>
/// <param name="SecondsPerStep">Expected time of a training step, in seconds.</param>
/// <param name="TotalSeconds">Expected time of the whole run with its evaluations, in seconds.</param>
public sealed record CheckedSamples(
    int Groups, int GroupSize, int Samples, Interval Truncated, Interval SolveRate, Interval AllNegative, Interval Signal, Interval? Placed,
    double UndecidedShare, int AllPositiveGroups, double MeanCompletionTokens, double LogProbDifference, double SecondsPerStep, double TotalSeconds)
{
    // What a small step that is so quick says of the time of a whole one is mostly what the runtime prepares once.
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    /// <summary>Whether a sample was right.</summary>
    public bool AnySolved => SolveRate.Estimate > 0;

    /// <summary>Carries out a training step that changes nothing (its learning rate is 0) and looks at what came of it.</summary>
    /// <param name="trainer">Makes a trainer of one step on so many groups.</param>
    /// <param name="groups">Groups to sample; at least 1.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="progress">Told how many completions are sampled, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal static async Task<CheckedSamples> OfAsync(
        Func<int, Trainer> trainer, int groups, Recipe recipe, ProblemSets problems, IPolicy policy, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        Watcher seen = new();
        await trainer(groups).RunAsync(seen, progress, cancellationToken).ConfigureAwait(false);
        StepReport report = seen.Report!;
        Ledger ledger = report.Ledger;
        double difference = await DifferenceAsync(policy, seen.Groups, recipe.Sampling.Temperature, cancellationToken).ConfigureAwait(false);
        bool stored = problems.Stored is not null;
        int ofStep = recipe.Training.PromptsPerStep;
        Group[] all = Drawn(seen.Groups), learnt = Drawn(seen.Groups.Take(ledger.Groups)), own = [.. all.Where(g => g.Rollouts.Any(r => !r.Guided))];
        (StepReport timed, int problemsTimed) = report.Times.Total < Quick
            ? (await TimedAsync(trainer(ofStep), cancellationToken).ConfigureAwait(false), ofStep)
            : (report, groups);
        int size = stored ? learnt.Max(g => g.Rollouts.Count) : recipe.Training.GroupSize;
        double perDraw = timed.Times.Sample.TotalSeconds / Math.Max(1, timed.Ledger.Sampled);
        double perSample = stored ? await SecondsPerSampleAsync(groups, recipe, problems, policy, cancellationToken).ConfigureAwait(false) : perDraw;
        double perStep = timed.Times.Total.TotalSeconds / problemsTimed * ofStep, atStart = 0;
        if (problems.Stored is { Ratio: StoredRatio.Start } scored)
        {
            // A run scores all rollouts once, and not those of a step in it.
            (perStep, atStart) = (perStep - (timed.Times.Sample.TotalSeconds / problemsTimed * ofStep), perDraw * scored.Rollouts);
        }

        long tokens = ledger.Tokens * ofStep / groups;
        int steps = recipe.Training.ExpectedSteps(1, tokens);
        double evaluation = perSample * problems.Test.Count * (recipe.Evaluation.Samples + 1);
        return new(
            learnt.Length, size, ledger.Sampled,
            Share(all, _ => true, r => r.Completion.Truncated),
            Share(own, r => !r.Guided, r => r.Correct),
            stored ? Shares.Wilson((double)learnt.Count(g => g.AllNegative) / learnt.Length, learnt.Length) : ExpectedAllNegative(own, size),
            Shares.Wilson((double)learnt.Count(g => !g.Dead) / learnt.Length, learnt.Length),
            ledger.PlacedShare is { } placed ? Shares.Wilson(placed, ledger.Judged) : null,
            (double)seen.Groups.Sum(g => g.Rollouts.Count(r => !r.Decided && !r.Failed)) / ledger.Sampled,
            learnt.Count(g => g.AllPositive), report.MeanCompletionTokens ?? double.NaN, difference, perStep,
            atStart + (perStep * steps) + (evaluation * Evaluations(recipe, steps)));
    }

    /// <summary>
    /// Seconds that a sample takes where training draws none and an evaluation does: measured on as many held-out problems as there are groups.
    /// </summary>
    private static async Task<double> SecondsPerSampleAsync(
        int groups, Recipe recipe, ProblemSets problems, IPolicy policy, CancellationToken cancellationToken)
    {
        Problem[] asked = [.. problems.Test.Take(groups)];
        long started = Stopwatch.GetTimestamp();
        GroupSampler sampler = new(policy, problems.Task, recipe.Sampling, recipe.Seed);
        await sampler.SampleAsync(asked, groupSize: 1, groups, cancellationToken: cancellationToken).CountAsync(cancellationToken).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(started).TotalSeconds / asked.Length;
    }

    /// <summary>Groups as they were drawn: those that a scheme made of one draw have the tokens of its prompt in common, that very array.</summary>
    private static Group[] Drawn(IEnumerable<Group> groups) =>
        [.. groups.GroupBy(g => g.Prompt).Select(parts => parts.First().With([.. parts.SelectMany(g => g.Rollouts)]))];

    private static async Task<StepReport> TimedAsync(Trainer trainer, CancellationToken cancellationToken)
    {
        Watcher seen = new();
        await trainer.RunAsync(seen, cancellationToken: cancellationToken).ConfigureAwait(false);
        return seen.Report!;
    }

    /// <summary>E[(1 − p)^G] of a problem of whose n samples some are right: B(a, b + G)/B(a, b) with a = solved + 1/2, b = n − solved + 1/2.</summary>
    /// <param name="solved">Right samples, in [0, n].</param>
    /// <param name="samples">n, at least 1.</param>
    /// <param name="groupSize">G, at least 1.</param>
    internal static double AllWrong(int solved, int samples, int groupSize)
    {
        double right = solved + 0.5, wrong = samples - solved + 0.5, all = 1;
        for (int j = 0; j < groupSize; j++)
        {
            all *= (wrong + j) / (right + wrong + j);
        }

        return all;
    }

    private static Interval ExpectedAllNegative(Group[] groups, int size) => groups.Length == 0
        ? new(double.NaN, double.NaN, double.NaN)
        : Shares.Wilson(
            groups.Average(g => AllWrong(g.Rollouts.Count(r => r is { Correct: true, Guided: false }), g.Rollouts.Count(r => !r.Guided), size)),
            groups.Length);

    /// <summary>A share of samples; where groups differ in size each counts as one sample, which is the most they can resemble each other.</summary>
    private static Interval Share(IReadOnlyList<Group> groups, Func<Rollout, bool> among, Func<Rollout, bool> which)
    {
        (int Hits, int All)[] counts = [.. groups.Select(g => (g.Rollouts.Count(r => among(r) && which(r)), g.Rollouts.Count(among)))];
        return counts.Length == 0 ? new(double.NaN, double.NaN, double.NaN)
            : Array.TrueForAll(counts, c => c.All == counts[0].All) ? Shares.Clustered([.. counts.Select(c => c.Hits)], counts[0].All)
            : Shares.Wilson((double)counts.Sum(c => c.Hits) / counts.Sum(c => c.All), counts.Length);
    }

    private static int Evaluations(Recipe recipe, int steps) =>
        2 + (recipe.Evaluation.Every == 0 ? 0 : (steps - 1) / recipe.Evaluation.Every);

    private static async Task<double> DifferenceAsync(
        IPolicy policy, IReadOnlyList<Group> groups, double temperature, CancellationToken cancellationToken)
    {
        (int[] Prompt, Completion[] Completions)[] drawn = [.. groups.SelectMany(g => g.Rollouts
            .Where(r => r is { Failed: false } && r.Completion.Tokens.Length > 0)
            .GroupBy(r => r.DrawnPrompt ?? g.Prompt)
            .Select(rollouts => (rollouts.Key, rollouts.Select(r => r.Completion).ToArray())))];
        IReadOnlyList<IReadOnlyList<float[]>> scored = await policy.ScoreAsync(
            [.. drawn.Select(d => new ScoreRequest(d.Prompt, [.. d.Completions.Select(c => c.Tokens)]))], temperature, cancellationToken)
            .ConfigureAwait(false);
        return drawn.SelectMany((d, i) => d.Completions.SelectMany((c, j) => c.LogProbs.Zip(scored[i][j], (a, b) => Math.Abs((double)a - b))))
            .DefaultIfEmpty().Max();
    }

    private sealed class Watcher : ITrainingObserver
    {
        public StepReport? Report { get; private set; }

        public IReadOnlyList<Group> Groups { get; private set; } = [];

        public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
        {
            (Report, Groups) = (report, groups);
            return ValueTask.CompletedTask;
        }
    }
}

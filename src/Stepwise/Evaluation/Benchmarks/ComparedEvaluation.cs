namespace Stepwise.Evaluation.Benchmarks;

/// <summary>An evaluation beside others on the same problems.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Settings">How it was drawn.</param>
/// <param name="Scores">Per benchmark its score.</param>
/// <param name="Differences">Per benchmark its measures minus those of the first evaluation, paired by problem; empty of the first itself.</param>
public sealed record ComparedEvaluation(
    string Name, EvaluationSettings Settings, IReadOnlyList<BenchmarkScore> Scores, IReadOnlyList<PairedDifference> Differences)
{
    /// <summary>Scores evaluations beside each other.</summary>
    /// <param name="sets">The problems.</param>
    /// <param name="evaluations">The evaluations and what they are called; at least one, drawn alike and of these problems.</param>
    /// <param name="progress">Told after each how many are scored; or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>One for each, in their order.</returns>
    /// <exception cref="InputException">An evaluation was drawn otherwise than the first or from other problems, or lacks samples.</exception>
    /// <exception cref="RunException">The verifier threw.</exception>
    public static async Task<IReadOnlyList<ComparedEvaluation>> OfAsync(
        IReadOnlyList<BenchmarkSet> sets, IReadOnlyList<(string Name, EvaluationFolder Folder)> evaluations, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentNullException.ThrowIfNull(evaluations);
        List<ComparedEvaluation> compared = [];
        IReadOnlyList<SampleOutcome>[] first = [];
        foreach ((string name, EvaluationFolder folder) in evaluations)
        {
            evaluations[0].Folder.RequirePaired(folder);
            folder.RequireSame(sets);
            IReadOnlyList<ScoredSample> samples = folder.ReadWhole(sets);
            IReadOnlyList<SampleOutcome>[] outcomes = await Task.WhenAll(sets.Select(
                set => JudgedSamples.OutcomesAsync(set, samples, cancellationToken))).ConfigureAwait(false);
            ulong seed = folder.Settings.Seed;
            compared.Add(new(
                name, folder.Settings, [.. sets.Zip(outcomes, (set, own) => BenchmarkScore.Of(set, own, seed))],
                [.. sets.Zip(outcomes, first).Select(own => BenchmarkScore.Difference(own.First, own.Second, own.Third, seed))]));
            first = compared.Count == 1 ? outcomes : first;
            progress?.Report(compared.Count);
        }

        return compared;
    }
}

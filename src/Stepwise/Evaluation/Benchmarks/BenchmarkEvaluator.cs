using System.Threading.Channels;
using Stepwise.Policies;
using Stepwise.Reasoning;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>Draws and verifies the samples of an evaluation, keeps them in its folder, and goes on where it was stopped.</summary>
/// <param name="folder">The folder.</param>
/// <param name="sets">The problems, as the folder's settings name them.</param>
public sealed class BenchmarkEvaluator(EvaluationFolder folder, IReadOnlyList<BenchmarkSet> sets)
{
    // Keeps these random streams apart from those of training and of its evaluations, which start from the same seed.
    private const ulong Stream = 0x42656E63;

    /// <summary>Draws and verifies what is not there yet.</summary>
    /// <remarks>A sample's random stream depends on the seed, the problem's place and its own alone: evaluations with one seed are paired.</remarks>
    /// <param name="policy">The policy.</param>
    /// <param name="progress">Told the number of samples there are, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the evaluation: what is written stays, and the next call goes on from there.</param>
    /// <returns>All samples, in the order of benchmarks, problems and samples.</returns>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    /// <exception cref="InputException">The folder holds what is no sample of it.</exception>
    /// <exception cref="RunException">The verifier threw, the disk is full, every new sample failed, or a log-probability is not finite.</exception>
    public async Task<IReadOnlyList<ScoredSample>> SampleAsync(IPolicy policy, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        List<ScoredSample> samples = folder.Read(sets);
        using (StreamWriter file = folder.Append())
        {
            foreach (BenchmarkSet set in sets)
            {
                HashSet<string> done =
                [
                    .. samples.Where(set.Has).GroupBy(sample => sample.Id, StringComparer.Ordinal)
                        .Where(group => group.Count() == folder.Settings.Samples).Select(group => group.Key),
                ];
                int[] open = [.. Enumerable.Range(0, set.Problems.Count).Where(place => !done.Contains(set.Problems[place].Problem.Id))];
                samples.RemoveAll(sample => set.Has(sample) && !done.Contains(sample.Id));
                await SampleAsync(policy, set, open, samples, file, progress, cancellationToken).ConfigureAwait(false);
            }
        }

        return samples.Exists(sample => !sample.Failed)
            ? folder.WriteSamples(sets, samples)
            : throw new RunException($"Every sample of the evaluation failed, the first because {samples[0].Reason}.");
    }

    /// <summary>Verifies the samples of the folder again, whose evaluation has ended.</summary>
    /// <param name="cancellationToken">Stops the work; the folder is then as it was.</param>
    /// <returns>All samples, in order.</returns>
    /// <exception cref="InputException">The folder does not hold all samples of these problems.</exception>
    public async Task<IReadOnlyList<ScoredSample>> RescoreAsync(CancellationToken cancellationToken = default)
    {
        List<ScoredSample> samples = [];
        foreach (ScoredSample[] problem in folder.ReadWhole(sets).Chunk(folder.Settings.Samples))
        {
            BenchmarkSet set = sets.First(set => set.Has(problem[0]));
            await set.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
            samples.AddRange(await Task.WhenAll(problem.Select(old => AgainAsync(set, old, cancellationToken))).ConfigureAwait(false));
        }

        IReadOnlyList<ScoredSample> ordered = folder.WriteSamples(sets, samples);
        folder.UpdateReferences(sets);
        return ordered;
    }

    private async Task<ScoredSample> AgainAsync(BenchmarkSet set, ScoredSample old, CancellationToken cancellationToken)
    {
        Verdict verdict = await VerdictAsync(set, set.Place(old.Id), old.Completion, old.Sample, cancellationToken).ConfigureAwait(false);
        return old with { Verdict = verdict.Correctness, Answer = verdict.Answer, Reason = verdict.Reason };
    }

    private async Task SampleAsync(
        IPolicy policy, BenchmarkSet set, int[] open, List<ScoredSample> samples, StreamWriter file, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        if (open.Length == 0)
        {
            return;
        }

        await set.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
        SampleRequest[] requests = [.. open.Select(place => Request(policy, set, place))];
        Channel<(int Request, IReadOnlyList<Completion> Completions)> drawn = Channel.CreateUnbounded<(int, IReadOnlyList<Completion>)>();
        HashSet<int> told = [];
        int before = samples.Count;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // The policy draws on this thread, and is stopped where a sample cannot be verified or written.
        Task keeping = Task.Run(KeepAsync, CancellationToken.None);
        try
        {
            IReadOnlyList<IReadOnlyList<Completion>> all = await policy.SampleAsync(
                requests, folder.Settings.Sampling, progress is null ? null : new Offset(progress, before),
                (request, completions) => Tell(request, completions), stop.Token).ConfigureAwait(false);
            for (int r = 0; r < requests.Length && !stop.IsCancellationRequested; r++)
            {
                Tell(r, all[r]);
            }
        }
        finally
        {
            drawn.Writer.Complete();
            await keeping.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();

        void Tell(int request, IReadOnlyList<Completion> completions)
        {
            if (told.Add(request))
            {
                drawn.Writer.TryWrite((request, completions));
            }
        }

        async Task KeepAsync()
        {
            try
            {
                await foreach ((int request, IReadOnlyList<Completion> completions) in drawn.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    ScoredSample[] scored = await Task.WhenAll(completions.Select((completion, i) =>
                        ScoredAsync(set, open[request], requests[request].Keys[i], completion, i, stop.Token))).ConfigureAwait(false);
                    Write(file, scored);
                    samples.AddRange(scored);
                }
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private void Write(StreamWriter file, ScoredSample[] samples)
    {
        try
        {
            foreach (ScoredSample sample in samples)
            {
                file.WriteLine(sample.ToLine());
            }

            file.Flush();
        }
        catch (IOException error)
        {
            throw new RunException($"{folder.SamplesPath}: cannot be written ({error.Message.TrimEnd('.')}). Free space there.", error);
        }
    }

    private async Task<ScoredSample> ScoredAsync(
        BenchmarkSet set, int place, ulong key, Completion completion, int sample, CancellationToken cancellationToken)
    {
        Divergence.RequireFinite(completion, $"{set.Name}, problem {set.Problems[place].Problem.Id}, sample {sample + 1}");
        Verdict verdict = await VerdictAsync(set, place, completion, sample, cancellationToken).ConfigureAwait(false);
        return new(
            set.Name, set.Problems[place].Problem.Id, sample, key, completion.Text, completion.Truncated, completion.Failed,
            completion.Tokens.Length, verdict.Correctness, verdict.Answer, verdict.Reason);
    }

    private ValueTask<Verdict> VerdictAsync(BenchmarkSet set, int place, Completion completion, int sample, CancellationToken cancellationToken) =>
        set.VerifyAsync(place, completion, $"sample {sample + 1} of {folder.Settings.Samples}", cancellationToken);

    private SampleRequest Request(IPolicy policy, BenchmarkSet set, int place)
    {
        ulong problem = CounterRandom.Key(CounterRandom.Key(folder.Settings.Seed, Stream), (ulong)place);
        return new(
            policy.Tokenizer.Encode(set.Task.Prompt(set.Problems[place].Problem)),
            [.. Enumerable.Range(0, folder.Settings.Samples).Select(sample => CounterRandom.Key(problem, (ulong)sample))]);
    }
}

using Stepwise.Evaluation.Judges;
using Stepwise.Judging.Trained;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Recipes;
using Stepwise.Training.Judges;

namespace Stepwise.Runs;

/// <summary>Is told how the training of a judge goes.</summary>
public interface IJudgeTrainingObserver
{
    /// <summary>A piece of work beside the steps goes on.</summary>
    /// <param name="work">What it is.</param>
    /// <param name="done">Problems done.</param>
    /// <param name="total">Problems in all.</param>
    void OnWork(string work, int done, int total);

    /// <summary>A step is done.</summary>
    /// <param name="report">What it was.</param>
    void OnStep(JudgeTrainingReport report);
}

/// <summary>What training a judge came to.</summary>
/// <param name="Folder">Full path of the folder that was written.</param>
/// <param name="Calibration">How its logits become probabilities and a decision.</param>
/// <param name="HeldOut">How it does on solutions that neither trained nor calibrated it.</param>
/// <param name="Dropped">Problems that were left out, as a solution did not fit the model's context or there was no reference to read.</param>
public sealed record JudgeTrainingResult(string Folder, HeadCalibration Calibration, HeldOutReport HeldOut, int Dropped);

/// <summary>A recipe's judge trained: solutions drawn, learnt from, calibrated on some that were held out, measured on others, and written.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="problems">Its problems: the training problems are learnt from; all lend their reference solutions to what calibrates the judge.</param>
/// <param name="policy">The model to train, with the recipe's first weights; the caller's to dispose.</param>
public sealed class JudgeTrainingRun(Recipe recipe, ProblemSets problems, IPolicy policy)
{
    private const ulong SplitStream = 0x4A53706C, TrainStream = 0x4A547261, HeldOutStream = 0x4A48656C;

    private readonly Func<Problem, string?>? _reference = recipe.JudgeTraining.Reference ? problems.Task.ReferenceResponse : null;
    private int _dropped;

    /// <summary>Trains the judge and writes it.</summary>
    /// <param name="output">The new folder of the judge.</param>
    /// <param name="observer">Told how it goes.</param>
    /// <param name="cancellationToken">Stops between steps; nothing is written then.</param>
    /// <exception cref="InputException">
    /// There are too few problems or none to learn from, a source's file is not as described, or the folder exists.
    /// </exception>
    /// <exception cref="RunException">The disk failed.</exception>
    /// <exception cref="DivergenceException">The model's numbers are no longer finite.</exception>
    public async Task<JudgeTrainingResult> ExecuteAsync(
        string output, IJudgeTrainingObserver observer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(observer);
        JudgeTrainingOptions options = recipe.JudgeTraining;
        if (problems.Train.Count <= options.HeldOut)
        {
            throw new InputException(
                $"judgeTraining.heldOut is {options.HeldOut} of {Counted.Of(problems.Train.Count, "training problem")}, which leaves none to learn from; "
                + "hold out fewer.");
        }

        int[] order = CounterRandom.Permutation(CounterRandom.Key(recipe.Seed, SplitStream), problems.Train.Count);
        Problem[] mixed = [.. order.Select(i => problems.Train[i])], heldOut = mixed[..options.HeldOut], trained = mixed[options.HeldOut..];
        JudgeTrainer trainer = new(policy, _reference, recipe.Training, options);
        int draws = recipe.Training.Steps * options.BatchSize;
        IReadOnlyList<KnownTraces> known = await DrawAsync(trainer, trained, heldOut, TrainStream, draws, observer, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<KnownTraces> unseen = await DrawAsync(trainer, heldOut, trained, HeldOutStream, heldOut.Length, observer, cancellationToken)
            .ConfigureAwait(false);
        await trainer.RunAsync(known, observer.OnStep, cancellationToken).ConfigureAwait(false);

        (KnownTraces[] calibrating, KnownTraces[] measuring) = Halves(unseen);
        if (options.CalibrateOn is { } file)
        {
            calibrating = Fitting(trainer, [.. Halves(LabelledTrace.Read(file, [.. problems.Train, .. problems.Test])).Even.Select(FileSource.Known)]);
            measuring = [.. unseen];
        }

        HeadCalibration calibration = HeadCalibration.Fit(
            await trainer.ReadAsync(calibrating, Progress("Calibrating", calibrating.Length, observer), cancellationToken).ConfigureAwait(false));
        HeldOutReport report = HeldOutReport.Of(
            calibration, await trainer.ReadAsync(measuring, Progress("Measuring", measuring.Length, observer), cancellationToken).ConfigureAwait(false));
        await new TrainedJudgeFile(trainer.Head, calibration, options.Reads, options.Reference).WriteAsync(output, policy).ConfigureAwait(false);
        return new(Path.GetFullPath(output), calibration, report, _dropped);
    }

    /// <summary>Solutions of problems, from all sources by their weights, in random order.</summary>
    private async Task<IReadOnlyList<KnownTraces>> DrawAsync(
        JudgeTrainer trainer, Problem[] among, Problem[] others, ulong stream, int count, IJudgeTrainingObserver observer, CancellationToken cancellationToken)
    {
        JudgeTrainingOptions options = recipe.JudgeTraining;
        IReadOnlyList<JudgeSource> sources = options.Sources.Count > 0 ? options.Sources : [new CorruptionSource()];
        ulong key = CounterRandom.Key(recipe.Seed, stream);
        double weights = sources.Sum(source => source.Weight);
        List<KnownTraces> drawn = [];
        foreach ((int i, JudgeSource source) in sources.Index())
        {
            int share = (int)Math.Ceiling(count * source.Weight / weights);
            JudgeSourceSetting setting = new(problems.Task, among, policy, recipe.Sampling, options.Kinds, CounterRandom.Key(key, (ulong)i))
            {
                HeldOut = stream == HeldOutStream,
                Others = others,
            };
            Reporting progress = Progress("Drawing", share, observer);
            drawn.AddRange(Fitting(trainer, await source.DrawAsync(setting, share, progress, cancellationToken).ConfigureAwait(false)));
        }

        int[] order = CounterRandom.Permutation(key, drawn.Count);
        return drawn.Count > 1 ? [.. order.Select(i => drawn[i])] : throw new InputException(
            "There is nothing to train a judge on: no labelled solution fits the model's context, or there are no reference solutions to read.");
    }

    private KnownTraces[] Fitting(JudgeTrainer trainer, IReadOnlyList<KnownTraces> known)
    {
        KnownTraces[] fitting =
        [
            .. known.Where(traces => (_reference is null || _reference(traces.Problem) is not null) && trainer.Longest(traces) <= policy.ContextLength),
        ];
        _dropped += known.Count - fitting.Length;
        return fitting;
    }

    private static (T[] Even, T[] Odd) Halves<T>(IReadOnlyList<T> all) => ([.. all.Where((_, i) => i % 2 == 0)], [.. all.Where((_, i) => i % 2 == 1)]);

    private static Reporting Progress(string work, int total, IJudgeTrainingObserver observer) => new(work, total, observer);

    private sealed class Reporting(string work, int total, IJudgeTrainingObserver observer) : IProgress<int>
    {
        public void Report(int value) => observer.OnWork(work, value, total);
    }
}

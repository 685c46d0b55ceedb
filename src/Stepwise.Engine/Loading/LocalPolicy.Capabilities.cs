using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Optimizers;
using Stepwise.Policies;

namespace Stepwise.Engine.Loading;

/// <content>What the policy can do beside its verbs: hidden states and what follows them, averaged weights, the memory of a gradient.</content>
public sealed unsafe partial class LocalPolicy : IOutputDistribution, IWeightAverage, IGradientMemory
{
    private (double Decay, int Every)? _averaging;

    /// <inheritdoc/>
    public int StateWidth => Config.Width;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<float[]>> ReadStatesAsync(
        IReadOnlyList<StateRequest> requests, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<float[]>>([.. requests.Select(request => _training.ReadStates(request, cancellationToken))]);

    /// <inheritdoc/>
    public ValueTask<double> AccumulateStatesAsync(
        IReadOnlyList<StateRequest> requests, IStateLoss loss, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TrainedPart trained = RequireTrainable();
        _optimizer ??= NewOptimizer(trained);
        return ValueTask.FromResult(_training.AccumulateStates(requests, loss, _optimizer.Gradient.Pointer, cancellationToken));
    }

    /// <inheritdoc/>
    public int DistributionWidth => Config.VocabularySize;

    /// <inheritdoc/>
    public void ReadLogProbs(ReadOnlySpan<float> states, double temperature, Span<float> logProbs)
    {
        int rows = states.Length / Config.Width;
        if (rows * Config.Width != states.Length || (long)rows * Config.VocabularySize != logProbs.Length)
        {
            throw new ArgumentException(
                $"There are {states.Length} numbers of states and {logProbs.Length} of log-probabilities; allowed are n times {Config.Width} and n times "
                + $"{Config.VocabularySize}.",
                nameof(logProbs));
        }

        _training.LogProbs(states, rows, temperature, logProbs);
    }

    /// <inheritdoc/>
    public void KeepAverage(double decay, int every)
    {
        _averaging = (decay, every);
        BeginAverage(RequireTrainable(), anew: false);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreWithAverageAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1.0, CancellationToken cancellationToken = default)
    {
        TrainedPart trained = RequireTrainable();
        NativeBuffer<float> average = _optimizer?.Average ?? throw new InvalidOperationException("No average is kept: call KeepAverage first.");
        Swap();
        try
        {
            return ScoreAsync(requests, temperature, cancellationToken);
        }
        finally
        {
            Swap();
        }

        void Swap()
        {
            FlatBlocks.Swap(_workers, trained.Values.Pointer, average.Pointer, trained.Layout.Count);
            trained.Pack();
        }
    }

    /// <inheritdoc/>
    public ValueTask<GradientAlignment> AlignAsync(Func<GradientAlignment, double> multiple, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(
            (_optimizer ?? throw new InvalidOperationException("There is no gradient to align: call AccumulateAsync first.")).Align(multiple));
    }

    /// <summary>Begins the average as the weights are, where one is to be kept and there is none or it is to begin anew.</summary>
    private void BeginAverage(TrainedPart trained, bool anew)
    {
        if (_averaging is not null)
        {
            _optimizer ??= NewOptimizer(trained);
            if (anew || _optimizer.Average is null)
            {
                FlatBlocks.Blend(_workers, _optimizer.KeepAverage().Pointer, trained.Values.Pointer, 0, trained.Layout.Count);
            }
        }
    }

    /// <summary>Averages after an optimizer step that was taken.</summary>
    private void Average(TrainedPart trained, AdamWOptimizer optimizer, ApplyResult applied)
    {
        if (_averaging is var (decay, every) && optimizer.Average is { } average && double.IsFinite(applied.GradientNorm) && optimizer.Steps % every == 0)
        {
            FlatBlocks.Blend(_workers, average.Pointer, trained.Values.Pointer, decay, trained.Layout.Count);
        }
    }
}

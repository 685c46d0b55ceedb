using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Stepwise.Judging.Models;

namespace Stepwise.Judging.Paid;

/// <summary>
/// Asks again what failed for now, later each time or when the server says; and asks nothing for a while of a server that only fails, so that training
/// does not wait for it.
/// </summary>
internal sealed class RetriedModel : WrappedModel
{
    /// <summary>Times that a question is put at most.</summary>
    internal const int Attempts = 5;

    /// <summary>Attempts within <see cref="Window"/> after which, if nearly all failed, nothing is asked for <see cref="Pause"/>.</summary>
    internal const int FailuresToPause = 20;

    private const double FailureShare = 0.9;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromMinutes(2);

    private readonly ResiliencePipeline _pipeline;
    private volatile string _lastFailure = "";

    /// <param name="model">What is asked.</param>
    /// <param name="ledger">Told of what is put again.</param>
    /// <param name="time">The clock.</param>
    public RetriedModel(IChatModel model, JudgeLedger ledger, TimeProvider time)
        : base(model)
    {
        PredicateBuilder<object> failed = new PredicateBuilder().Handle<ChatException>(error => error.IsTransient);
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = failed,
                MaxRetryAttempts = Attempts - 1,
                Delay = FirstDelay,
                MaxDelay = LongestDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                DelayGenerator = asked => new(
                    asked.Outcome.Exception is ChatException { RetryAfter: { } wait } ? (wait < LongestDelay ? wait : LongestDelay) : null),
                OnRetry = _ =>
                {
                    ledger.Retry();
                    return default;
                },
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = failed,
                FailureRatio = FailureShare,
                MinimumThroughput = FailuresToPause,
                SamplingDuration = Window,
                BreakDuration = Pause,
            })
            .Build();
    }

    /// <summary>The time in which failures are counted.</summary>
    internal static TimeSpan Window => TimeSpan.FromMinutes(5);

    /// <summary>How long nothing is asked.</summary>
    internal static TimeSpan Pause => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public override async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _pipeline.ExecuteAsync(token => AskOnceAsync(request, token), cancellationToken).ConfigureAwait(false);
        }
        catch (BrokenCircuitException error)
        {
            throw new ChatException(
                $"the judge's server only failed lately, and is asked again in {Pause.TotalSeconds:0} seconds; at last {_lastFailure}", error);
        }
        catch (ChatException error) when (error.IsTransient)
        {
            throw new ChatException($"{error.Message}, {Attempts} times", error);
        }
    }

    private async ValueTask<ChatAnswer> AskOnceAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await Model.AskAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatException error)
        {
            _lastFailure = error.Message;
            throw;
        }
    }
}

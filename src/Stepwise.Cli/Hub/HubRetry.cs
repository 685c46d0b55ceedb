using Polly;
using Polly.Retry;

namespace Stepwise.Cli.Hub;

/// <summary>Tries again what failed by <see cref="HubFailure"/>, a few times and later each time.</summary>
internal sealed class HubRetry
{
    private const int Attempts = 6;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    private readonly ResiliencePipeline _pipeline;

    /// <param name="delay">Before the second attempt; doubles with each, give or take a random part.</param>
    public HubRetry(TimeSpan delay) => _pipeline = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions
    {
        ShouldHandle = new PredicateBuilder().Handle<HubFailure>(),
        MaxRetryAttempts = Attempts - 1,
        Delay = delay,
        MaxDelay = LongestDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        DelayGenerator = arguments => new(arguments.Outcome.Exception is HubFailure { RetryAfter: { } asked } ? Shorter(asked, LongestDelay) : null),
    }).Build();

    /// <exception cref="RunException">The last attempt failed too.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(async token => await attempt(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (HubFailure failure)
        {
            throw new RunException(
                $"{failure.Message} Gave up after {Attempts} attempts. Give the same command again: it goes on where this one stopped.", failure);
        }
    }

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;
}

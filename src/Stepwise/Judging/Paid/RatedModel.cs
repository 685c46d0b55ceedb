using Stepwise.Judging.Models;

namespace Stepwise.Judging.Paid;

/// <summary>Asks a model no faster than so many requests and tokens per minute, evenly spread.</summary>
internal sealed class RatedModel(IChatModel model, double? requestsPerMinute, double? tokensPerMinute, TimeProvider time) : WrappedModel(model)
{
    // Of English text; what it is wrong by is made up for once the answer says.
    private const int CharactersPerToken = 4;

    private readonly Pace? _requests = requestsPerMinute is { } requests ? new(requests, time) : null;
    private readonly Pace? _tokens = tokensPerMinute is { } tokens ? new(tokens, time) : null;

    /// <inheritdoc/>
    public override async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        int guess = ((request.System.Length + request.User.Length) / CharactersPerToken) + 1;
        TimeSpan requests = _requests?.Take(1) ?? TimeSpan.Zero, tokens = _tokens?.Take(guess) ?? TimeSpan.Zero;
        TimeSpan wait = requests > tokens ? requests : tokens;
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }

        ChatAnswer answer = await Model.AskAsync(request, cancellationToken).ConfigureAwait(false);
        _tokens?.Settle(answer.TokensIn + answer.TokensOut - guess);
        return answer;
    }

    /// <summary>An even pace: whoever takes an amount lets the next one wait for as long as that amount lasts.</summary>
    private sealed class Pace(double perMinute, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private readonly long _start = time.GetTimestamp();
        private double _free;

        /// <summary>Takes an amount.</summary>
        /// <returns>How long to wait for it.</returns>
        public TimeSpan Take(double amount)
        {
            lock (_lock)
            {
                double now = time.GetElapsedTime(_start).TotalMinutes, begin = Math.Max(now, _free);
                _free = begin + (amount / perMinute);
                return TimeSpan.FromMinutes(begin - now);
            }
        }

        /// <summary>It was so much more, or less, than what was taken.</summary>
        public void Settle(double more)
        {
            lock (_lock)
            {
                _free += more / perMinute;
            }
        }
    }
}

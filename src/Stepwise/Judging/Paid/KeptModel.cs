using System.Collections.Concurrent;
using System.Data.Common;
using Stepwise.Judging.Models;

namespace Stepwise.Judging.Paid;

/// <summary>
/// Asks a model what it was not asked before, and gives what it was asked before, or is being asked, the same answer. Where an answer cannot be kept,
/// nothing more is asked: it would be paid for again.
/// </summary>
internal sealed class KeptModel(IChatModel model, AnswerCache cache, JudgeLedger ledger) : WrappedModel(model)
{
    private readonly ConcurrentDictionary<string, Task<ChatAnswer>> _open = new(StringComparer.Ordinal);
    private string? _broken;

    /// <inheritdoc/>
    public override async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        string key = AnswerCache.Key(Identity, request);
        while (true)
        {
            if (Guard(() => cache.Find(key)) is { } kept)
            {
                ledger.Keep();
                return kept;
            }

            TaskCompletionSource<ChatAnswer> mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<ChatAnswer> open = _open.GetOrAdd(key, mine.Task);
            if (open == mine.Task)
            {
                return await PayAsync(key, request, mine, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                ChatAnswer answer = await open.WaitAsync(cancellationToken).ConfigureAwait(false);
                ledger.Keep();
                return answer with { Kept = true };
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Who asked was stopped: this one asks for itself.
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        cache.Dispose();
    }

    private async Task<ChatAnswer> PayAsync(string key, ChatRequest request, TaskCompletionSource<ChatAnswer> told, CancellationToken cancellationToken)
    {
        try
        {
            // It may have been kept between the first look and now.
            ChatAnswer answer = Guard(() => cache.Find(key)) ?? await Model.AskAsync(request, cancellationToken).ConfigureAwait(false);
            Keep(key, answer);
            told.SetResult(answer);
            return answer;
        }
        catch (OperationCanceledException)
        {
            told.SetCanceled(CancellationToken.None);
            throw;
        }
        catch (Exception error)
        {
            told.SetException(error);
            _ = told.Task.Exception;
            throw;
        }
        finally
        {
            _open.TryRemove(key, out _);
        }
    }

    /// <summary>Keeps an answer; one that cannot be kept is paid for all the same, and used.</summary>
    private void Keep(string key, ChatAnswer answer)
    {
        try
        {
            cache.Keep(key, answer);
        }
        catch (DbException error)
        {
            Break(error);
        }
    }

    private T Guard<T>(Func<T> action)
    {
        if (_broken is { } broken)
        {
            throw new ChatException(broken);
        }

        try
        {
            return action();
        }
        catch (DbException error)
        {
            throw new ChatException(Break(error), error);
        }
    }

    private string Break(DbException error) => _broken =
        $"the judge's cache failed ({Escaped.Line(error.Message.TrimEnd('.'), 100)}), and nothing is asked that could not be kept";
}

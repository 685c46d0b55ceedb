using Stepwise.Judging.Models;

namespace Stepwise.Judging.Paid;

/// <summary>Asks a model a bounded number of questions at once.</summary>
internal sealed class ConcurrentModel(IChatModel model, int most) : WrappedModel(model)
{
    private readonly SemaphoreSlim _places = new(most);

    /// <inheritdoc/>
    public override async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Model.AskAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _places.Dispose();
        base.Dispose();
    }
}

using Stepwise.Judging.Models;

namespace Stepwise.Judging.Paid;

/// <summary>A model that asks another in its own way.</summary>
/// <param name="model">The other; this one's to dispose.</param>
internal abstract class WrappedModel(IChatModel model) : IChatModel, IDisposable
{
    /// <inheritdoc/>
    public string Identity => Model.Identity;

    /// <summary>The other.</summary>
    protected IChatModel Model => model;

    /// <inheritdoc/>
    public abstract ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public virtual void Dispose() => (model as IDisposable)?.Dispose();
}

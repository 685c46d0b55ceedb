namespace Stepwise.Engine.Memory;

/// <summary>What an object allocated for itself, given back in reverse order; a constructor that fails half-way gives back what it had.</summary>
internal sealed class Owned : IDisposable
{
    private readonly Stack<IDisposable> _items = new();

    /// <summary>Takes an item over and returns it.</summary>
    public T Add<T>(T item)
        where T : IDisposable
    {
        _items.Push(item);
        return item;
    }

    /// <summary>Disposes the items, the newest first.</summary>
    public void Dispose()
    {
        while (_items.TryPop(out IDisposable? item))
        {
            item.Dispose();
        }
    }
}

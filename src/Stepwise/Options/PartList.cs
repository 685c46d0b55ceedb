using System.Collections;
using System.Runtime.CompilerServices;

namespace Stepwise.Options;

/// <summary>
/// Parts of one kind in their order, each with options of its own; a property of this type is declared with
/// <see cref="PartAttribute{TCatalog}"/>.
/// </summary>
public abstract class PartList
{
    private protected PartList()
    {
    }

    /// <summary>The parts.</summary>
    internal abstract IReadOnlyList<object> Parts { get; }

    /// <summary>A list of parts.</summary>
    /// <typeparam name="T">What they are.</typeparam>
    /// <param name="parts">The parts; may be none.</param>
    public static PartList<T> Of<T>(ReadOnlySpan<T> parts)
        where T : class => new(parts.ToArray());

    /// <summary>A list of the same kind.</summary>
    /// <param name="parts">Its parts.</param>
    internal abstract PartList With(IReadOnlyList<object> parts);
}

/// <inheritdoc cref="PartList"/>
/// <remarks>Two lists are equal where their parts are.</remarks>
/// <typeparam name="T">What the parts are.</typeparam>
[CollectionBuilder(typeof(PartList), nameof(Of))]
public sealed class PartList<T> : PartList, IReadOnlyList<T>, IEquatable<PartList<T>>
    where T : class
{
    private readonly T[] _parts;

    internal PartList(T[] parts) => _parts = parts;

    /// <summary>Number of parts.</summary>
    public int Count => _parts.Length;

    /// <inheritdoc/>
    internal override IReadOnlyList<object> Parts => _parts;

    /// <summary>A part.</summary>
    /// <param name="index">Its place, counted from 0.</param>
    public T this[int index] => _parts[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => _parts.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(PartList<T>? other) => other is not null && _parts.AsSpan().SequenceEqual(other._parts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PartList<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => _parts.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    internal override PartList With(IReadOnlyList<object> parts) => new PartList<T>([.. parts.Cast<T>()]);
}

namespace Stepwise.Engine.Models;

/// <summary>One tensor's place in the flat block.</summary>
/// <param name="Name">Its name in a Hugging Face checkpoint.</param>
/// <param name="Shape">[rows, columns] of a matrix (out × in), [length] of a vector.</param>
/// <param name="Offset">Index of its first element in the block.</param>
internal sealed record Parameter(string Name, int[] Shape, long Offset)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>Whether it is a matrix; only matrices decay.</summary>
    public bool IsMatrix => Shape.Length == 2;
}

/// <summary>Where parameters lie in one flat block of floats; gradients and moments use the same layout.</summary>
internal abstract class ParameterBlock
{
    private readonly List<Parameter> _all = [];

    /// <summary>All parameters in the order of the block.</summary>
    public IReadOnlyList<Parameter> All => _all;

    /// <summary>Length of the block in floats.</summary>
    public long Count { get; private set; }

    /// <summary>Gives a parameter the next place.</summary>
    protected Parameter Add(string name, params int[] shape)
    {
        Parameter parameter = AddAt(Count, name, shape);
        Count = checked(Count + parameter.Count);
        return parameter;
    }

    /// <summary>Gives a parameter a place that another has too.</summary>
    protected Parameter AddAt(long offset, string name, params int[] shape)
    {
        Parameter parameter = new(name, shape, offset);
        _all.Add(parameter);
        return parameter;
    }
}

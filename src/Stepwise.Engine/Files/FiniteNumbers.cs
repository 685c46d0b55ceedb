using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Stepwise.Engine.Files;

/// <summary>Refuses weights that are NaN or infinite: one of them is enough to make every answer of a model meaningless.</summary>
internal static class FiniteNumbers
{
    private const uint Exponent = 0x7F80_0000;

    /// <summary>Checks a tensor.</summary>
    /// <param name="values">Its values.</param>
    /// <param name="location">The file or folder it is from, for the message.</param>
    /// <param name="tensor">Its name, for the message.</param>
    /// <exception cref="InputException">A value is NaN or infinite.</exception>
    public static void Require(ReadOnlySpan<float> values, string location, string tensor)
    {
        // A number is NaN or infinite where all bits of its exponent are set: the largest masked value says whether any is.
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        ReadOnlySpan<Vector512<uint>> vectors = MemoryMarshal.Cast<uint, Vector512<uint>>(bits);
        Vector512<uint> many = default, mask = Vector512.Create(Exponent);
        foreach (Vector512<uint> b in vectors)
        {
            many = Vector512.Max(many, b & mask);
        }

        uint largest = 0;
        for (int i = 0; i < Vector512<uint>.Count; i++)
        {
            largest = Math.Max(largest, many[i]);
        }

        foreach (uint b in bits[(vectors.Length * Vector512<uint>.Count)..])
        {
            largest = Math.Max(largest, b & Exponent);
        }

        if (largest == Exponent)
        {
            int at = 0;
            while (float.IsFinite(values[at]))
            {
                at++;
            }

            throw new InputException(
                $"{location}: tensor {Quoted.Of(tensor)} has {values[at]} at place {at}, counted from 0; weights must be finite numbers. "
                + "Take another copy of the model, or a checkpoint from before it diverged.");
        }
    }
}

namespace Stepwise.Engine.Formats;

/// <summary>
/// The order of the rows of queries and keys in GGUF files of Llama's kin: within a head of D rows, row 2i + j there is row i + j·D/2 in
/// Hugging Face's order (j is 0 or 1), so that the two that RoPE rotates together stand side by side.
/// </summary>
internal static class InterleavedRows
{
    /// <summary>The row in Hugging Face's order of a row in GGUF's.</summary>
    public static int HuggingFaceRow(int row, int headSize)
    {
        (int head, int within) = Math.DivRem(row, headSize);
        return (head * headSize) + (within / 2) + (within % 2 * headSize / 2);
    }

    /// <summary>Puts a matrix into GGUF's order.</summary>
    /// <param name="source">Rows in Hugging Face's order.</param>
    /// <param name="destination">As many numbers; must not overlap.</param>
    /// <param name="columns">Numbers per row.</param>
    /// <param name="headSize">D, a divisor of the number of rows.</param>
    public static void Interleave(ReadOnlySpan<float> source, Span<float> destination, int columns, int headSize)
    {
        for (int row = 0; row < source.Length / columns; row++)
        {
            source.Slice(HuggingFaceRow(row, headSize) * columns, columns).CopyTo(destination[(row * columns)..]);
        }
    }
}

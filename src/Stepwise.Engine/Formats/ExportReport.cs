namespace Stepwise.Engine.Formats;

/// <summary>How an export stores the numbers of matrices.</summary>
public enum WeightType
{
    /// <summary>IEEE single, 4 bytes a number: exact.</summary>
    F32,

    /// <summary>IEEE half, 2 bytes a number, up to ±65504.</summary>
    F16,

    /// <summary>The upper half of an IEEE single, 2 bytes a number.</summary>
    BF16,

    /// <summary>ggml's Q8_0, 34 bytes for 32 numbers; only in GGUF files.</summary>
    Q8,
}

/// <summary>How far an export is.</summary>
/// <param name="Written">Tensors written.</param>
/// <param name="Tensors">Tensors to write.</param>
public readonly record struct ExportProgress(int Written, int Tensors);

/// <summary>The tensors that an export stored in one format.</summary>
/// <param name="Format">The format's name: F32, F16, BF16 or Q8_0.</param>
/// <param name="Tensors">How many.</param>
/// <param name="Bytes">Their size in the file.</param>
/// <param name="LargestError">The largest absolute difference between a number and what is read back; 0 for F32.</param>
public sealed record ExportedWeights(string Format, int Tensors, long Bytes, double LargestError);

using Stepwise.Engine.Files;
using Stepwise.Engine.Formats.Quantization;

namespace Stepwise.Engine.Formats;

/// <summary>How tensors in GGUF files are encoded, as <c>ggml_type</c> numbers it.</summary>
internal static class GgufTensorType
{
    private static readonly Dictionary<uint, NumberFormat> Formats = new()
    {
        [0] = NumberFormat.F32,
        [1] = NumberFormat.F16,
        [2] = Q4.Symmetric,
        [3] = Q4.Affine,
        [6] = Q5.Symmetric,
        [7] = Q5.Affine,
        [8] = Q8.Symmetric,
        [10] = Q2K.Format,
        [11] = Q3K.Format,
        [12] = Q4K.FourBits,
        [13] = Q4K.FiveBits,
        [14] = Q6K.Format,
        [20] = IQ4.NonLinear,
        [23] = IQ4.ExtraSmall,
        [30] = NumberFormat.BF16,
    };

    /// <summary>Types that ggml knows and this reader does not.</summary>
    private static readonly Dictionary<uint, string> Unsupported = new()
    {
        [9] = "Q8_1",
        [15] = "Q8_K",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [24] = "I8",
        [25] = "I16",
        [26] = "I32",
        [27] = "I64",
        [28] = "F64",
        [29] = "IQ1_M",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    /// <summary>Every format that can be read.</summary>
    public static IReadOnlyCollection<NumberFormat> All => Formats.Values;

    /// <summary>The format of a type; <see langword="null"/> where it cannot be read.</summary>
    public static NumberFormat? Find(uint type) => Formats.GetValueOrDefault(type);

    /// <summary>The type of a format.</summary>
    public static uint Of(NumberFormat format) => Formats.First(f => f.Value == format).Key;

    /// <summary>What a type that cannot be read is called, and what can be read, for a message.</summary>
    public static string Refusal(uint type) =>
        $"{Unsupported.GetValueOrDefault(type, "an unknown type")} ({type}); supported: {string.Join(", ", All)}";
}

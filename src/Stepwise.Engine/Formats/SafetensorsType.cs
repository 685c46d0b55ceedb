using Stepwise.Engine.Files;

namespace Stepwise.Engine.Formats;

/// <summary>The element types read and written in safetensors files; their names are those of the format.</summary>
internal enum SafetensorsType
{
    F32,
    F16,
    BF16,
    F64,
    I64,
    I32,
    U64,
    U8,
}

/// <summary>Sizes and names of <see cref="SafetensorsType"/>.</summary>
internal static class SafetensorsTypes
{
    public static string Allowed { get; } = string.Join(", ", Enum.GetNames<SafetensorsType>());

    /// <summary>Bytes per element.</summary>
    public static int Bytes(this SafetensorsType type) => type switch
    {
        SafetensorsType.U8 => 1,
        SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.F32 or SafetensorsType.I32 => 4,
        _ => 8,
    };

    /// <summary>How the type is widened to fp32; <see langword="null"/> where it is not a type of weights.</summary>
    public static NumberFormat? Weights(this SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => NumberFormat.F32,
        SafetensorsType.F16 => NumberFormat.F16,
        SafetensorsType.BF16 => NumberFormat.BF16,
        _ => null,
    };

    /// <summary>The name of a type of weights in <c>torch_dtype</c> or <c>dtype</c> of config.json.</summary>
    public static string TorchName(this SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => "float32",
        SafetensorsType.F16 => "float16",
        SafetensorsType.BF16 => "bfloat16",
        _ => throw new NotSupportedException($"{type} is not a type of weights."),
    };

    /// <summary>The type whose elements are <typeparamref name="T"/>.</summary>
    public static SafetensorsType Of<T>()
        where T : unmanaged => default(T) switch
        {
            float => SafetensorsType.F32,
            Half => SafetensorsType.F16,
            double => SafetensorsType.F64,
            long => SafetensorsType.I64,
            int => SafetensorsType.I32,
            ulong => SafetensorsType.U64,
            byte => SafetensorsType.U8,
            _ => throw new NotSupportedException($"No safetensors type holds {typeof(T)}."),
        };
}

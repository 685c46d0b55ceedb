namespace Stepwise.Engine.Kernels;

/// <summary>BF16: the upper half of an fp32 number.</summary>
internal static class BFloat16
{
    /// <summary>The nearest number of BF16, the even one of two; a NaN stays a NaN.</summary>
    /// <param name="value">Any number.</param>
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}

using FsCheck.Fluent;
using Stepwise.Engine.Files;
using Stepwise.Engine.Formats.Quantization;

namespace Stepwise.Engine.Tests.Formats;

public sealed class QuantizationTests
{
    [Fact]
    public void Encode_Q8_ByHand()
    {
        float[] values = new float[32];
        (values[0], values[1], values[2], values[3], values[31]) = (127, -63.5f, 0.5f, 0.49f, -127);
        byte[] block = new byte[34];
        Q8.Symmetric.Encode(values, block);

        // d = 127 / 127 = 1, in half precision 0x3C00; ties go away from zero.
        block[..2].ShouldBe([0x00, 0x3C]);
        new[] { block[2], block[3], block[4], block[5], block[33] }.Select(b => (int)(sbyte)b).ShouldBe([127, -64, 1, 0, -127]);
    }

    [Fact]
    public void Encode_Q8OfZeros_IsZeros()
    {
        byte[] block = [.. Enumerable.Repeat((byte)9, 34)];
        Q8.Symmetric.Encode(new float[32], block);
        block.ShouldAllBe(b => b == 0);
    }

    [Fact]
    public void Encode_Q8_WithinHalfAStepOfTheBlock() => Properties.Check(Prop.ForAll(
        Gen.Choose(-1000000, 1000000).Select(n => n / 997f).ArrayOf(64).ToArbitrary(), values =>
        {
            byte[] blocks = new byte[68];
            float[] back = new float[64];
            Q8.Symmetric.Encode(values, blocks);
            Q8.Symmetric.Decode(blocks, back);
            foreach (int half in new[] { 0, 32 })
            {
                float step = values[half..(half + 32)].Max(MathF.Abs) / 127;

                // Half a step, and the scale's own rounding to half precision (2⁻¹¹) times at most 127 steps.
                float bound = step * (0.5f + (127 / 2048f)) * 1.001f;
                for (int i = half; i < half + 32; i++)
                {
                    Math.Abs(values[i] - back[i]).ShouldBeLessThanOrEqualTo(bound);
                }
            }

            return true;
        }));

    [Fact]
    public void Encode_F16_NearestEvenAndInfinityBeyond()
    {
        byte[] bytes = new byte[8];
        float[] back = new float[4];
        NumberFormat.F16.Encode([2049f, 2051f, 65504f, 65520f], bytes);
        NumberFormat.F16.Decode(bytes, back);
        back.ShouldBe([2048f, 2052f, 65504f, float.PositiveInfinity]);
    }

    [Fact]
    public void Encode_ReadOnlyFormat_NotSupported() =>
        Should.Throw<NotSupportedException>(() => Q6K.Format.Encode(new float[256], new byte[210])).Message.ShouldContain("Q6_K");
}

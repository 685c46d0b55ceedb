using Stepwise.Engine.Models;

namespace Stepwise.Engine.Tests.Models;

/// <summary>Frequencies against numbers worked out by hand. With θ = 10⁴ and D = 8, f = 1, 0.1, 0.01, 0.001.</summary>
public sealed class RopeScalingTests
{
    [Fact]
    public void InverseFrequencies_Default_PowersOfTheBase() =>
        ShouldBe(new DefaultRopeScaling().InverseFrequencies(8, 1e4), [1, 0.1, 0.01, 0.001]);

    [Fact]
    public void InverseFrequencies_Linear_AllDividedByTheFactor()
    {
        ShouldBe(new LinearRopeScaling(4).InverseFrequencies(8, 1e4), [0.25, 0.025, 0.0025, 0.00025]);
        new LinearRopeScaling(4).AttentionFactor.ShouldBe(1);
    }

    [Fact]
    public void InverseFrequencies_Llama3_FastKeptSlowDividedBetweenMixed()
    {
        // Turns over c = 200π: 100, 10, 1, 0.1. With low 2 and high 18 only the second lies between: m = (10 − 2) / 16 = 0.5, so
        // 0.5 · 0.1 / 8 + 0.5 · 0.1.
        Llama3RopeScaling scaling = new(8, 2, 18, 628);
        double turns = 628 * 0.1 / (2 * Math.PI), m = (turns - 2) / 16;
        m.ShouldBe(0.5, 1e-3);
        ShouldBe(scaling.InverseFrequencies(8, 1e4), [1, ((1 - m) * 0.1 / 8) + (m * 0.1), 0.00125, 0.000125]);
    }

    [Fact]
    public void InverseFrequencies_Llama31_PublishedSettings()
    {
        // θ = 5·10⁵, D = 128, c = 8192, low 1, high 4: a pair is kept where it turns more than 4 times, 8192·f / 2π > 4, that is
        // f > 0.003068 = θ^(−28.2/64): pairs 0 to 28; it is divided where f < 0.000767 = θ^(−34.98/64): pairs from 35 on.
        float[] scaled = new Llama3RopeScaling(8, 1, 4, 8192).InverseFrequencies(128, 5e5);
        float[] plain = new DefaultRopeScaling().InverseFrequencies(128, 5e5);
        for (int i = 0; i < 64; i++)
        {
            double ratio = (double)scaled[i] / plain[i];
            if (i <= 28)
            {
                ratio.ShouldBe(1);
            }
            else if (i >= 35)
            {
                ratio.ShouldBe(0.125, 1e-7);
            }
            else
            {
                ratio.ShouldBeInRange(0.126, 0.999, $"pair {i}");
            }
        }
    }

    [Fact]
    public void InverseFrequencies_Yarn_RampBetweenTheTwoBounds()
    {
        // ln θ / D · 2 = 2.302585: d(β) = ln(c / 2πβ) / 2.302585 = log₁₀(c / 2πβ). With c = 6283 (2π · 1000 less 0.19): d(50) = 1.30 → 1,
        // d(2) = 2.70 → 3: γ = 0, 0, 0.5, 1, so 1, 0.1, 0.5·0.01/4 + 0.5·0.01, 0.001/4.
        YarnRopeScaling yarn = new(4, 6283) { BetaFast = 50, BetaSlow = 2 };
        ShouldBe(yarn.InverseFrequencies(8, 1e4), [1, 0.1, 0.00625, 0.00025]);
        yarn.AttentionFactor.ShouldBe(1.1386294361, 1e-9); // 0.1 · ln 4 + 1
    }

    [Fact]
    public void InverseFrequencies_YarnNotTruncated_RampBetweenBrokenPairs()
    {
        // d(50) = log₁₀ 19.99941 = 1.301017, d(2) = log₁₀ 499.98526 = 2.698957; γ(2) = (2 − 1.301017) / 1.397940 = 0.500010.
        YarnRopeScaling yarn = new(4, 6283) { BetaFast = 50, BetaSlow = 2, Truncate = false };
        const double Ramp = 0.500010;
        ShouldBe(yarn.InverseFrequencies(8, 1e4), [1, 0.1, (Ramp * 0.01 / 4) + ((1 - Ramp) * 0.01), 0.00025], 1e-5);
    }

    [Fact]
    public void InverseFrequencies_YarnWithBoundsInOnePlace_FinitePair()
    {
        // A context so short that both bounds clamp to 0: the first pair is kept, all others are divided.
        ShouldBe(new YarnRopeScaling(4, 1).InverseFrequencies(8, 1e4), [1, 0.025, 0.0025, 0.00025]);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(0.5, 1, 1)]
    [InlineData(40, 1, 1.3688879454)]
    [InlineData(40, 0.707, 1.2608037774)]
    public void AttentionFactorOf_FactorAndScale_AsInThePaper(double factor, double scale, double expected) =>
        YarnRopeScaling.AttentionFactorOf(factor, scale).ShouldBe(expected, 1e-9);

    private static void ShouldBe(float[] actual, double[] expected, double tolerance = 5e-7)
    {
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            ((double)actual[i]).ShouldBe(expected[i], tolerance * expected[i], $"pair {i}");
        }
    }
}

using Stepwise.Methods;
using Stepwise.Methods.Losses;

namespace Stepwise.Tests.Methods.Losses;

public sealed class GrpoLambdaTests
{
    public static TheoryData<string> Traces() => [.. TraceCatalog.Entries.Select(trace => trace.Name)];

    [Fact]
    public void Evaluate_HandComputed_CarriesEarlierChanges()
    {
        // Log-ratios 0.1, (masked), −0.2, 0.05 with γλ = 1/2: sums 0.1, −0.15, −0.025.
        LossCase c = new()
        {
            Offsets = [0, 4],
            LogProbs = [-0.9, double.NaN, -1.2, -0.95],
            Old = [-1, 0, -1, -1],
            Reference = [],
            Advantages = [1, 1, 1, 1],
            Mask = [true, false, true, true],
        };

        (double value, double[] gradient, _) = c.Evaluate(new GrpoLambda { Trace = new RecentTrace { TraceDecay = 0.5 } });

        double first = Math.Exp(0.1), second = Math.Exp(-0.15), third = Math.Exp(-0.025);
        value.ShouldBe(-(first + second + third) / 3, 1e-15);
        gradient.ShouldBe([-(first + (second / 2) + (third / 4)) / 3, 0, -(second + (third / 2)) / 3, -third / 3], 1e-15);
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void Evaluate_RandomGroups_GradientEqualsFiniteDifferences(string trace)
    {
        GrpoLambda loss = new()
        {
            Trace = (ITrace)TraceCatalog.Entries.Single(entry => string.Equals(entry.Name, trace, StringComparison.Ordinal)).Part,
            ClipLow = 0.4,
            ClipHigh = 0.6,
            RatioCap = 2,
            Kl = new KlPenalty(0.1),
        };

        Enumerable.Range(0, 20).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(loss)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Evaluate_NoDecayLeft_IsGrpo()
    {
        LossCase c = LossCase.Random(3);

        (double value, double[] gradient, _) = c.Evaluate(new GrpoLambda { Trace = new RecentTrace { TraceDecay = 0 }, LowestAdvantage = null });

        (double expected, double[] slopes, _) = c.Evaluate(new Grpo());
        value.ShouldBe(expected, 1e-15);
        gradient.ShouldBe(slopes, 1e-15);
    }

    [Fact]
    public void Evaluate_NegativeAdvantage_CountsAsTheLowestAtMost()
    {
        LossCase c = new() { Offsets = [0, 1], LogProbs = [-1], Old = [-1], Reference = [], Advantages = [-3], Mask = [true] };

        c.Evaluate(new GrpoLambda()).Gradient.ShouldBe([0.1]);
        c.Evaluate(new GrpoLambda { LowestAdvantage = null }).Gradient.ShouldBe([3]);
    }

    [Fact]
    public void Weight_EachTrace_HandComputed()
    {
        static double[] Of(ITrace trace) => [.. Enumerable.Range(0, 4).Select(lag => trace.Weight(3, lag))];

        Of(new RecentTrace { TraceDecay = 0.5 }).ShouldBe([1, 0.5, 0.25, 0.125]);
        Of(new BothEndsTrace { TraceDecay = 0.5 }).ShouldBe([1, 0.5, 0.5, 1]);
        Of(new EpsilonTrace { TraceDecay = 0.5, TraceFloor = 0.2 }).ShouldBe([1, 0.5, 0.25, 0.2]);
        new BothEndsTrace { TraceDecay = 0 }.Weight(0, 0).ShouldBe(1);
    }
}

using Stepwise.Statistics;

namespace Stepwise.Tests.Statistics;

public sealed class BootstrapTests
{
    [Fact]
    public void Mean_NothingOrOneValue_HasNoEnds()
    {
        Bootstrap.Mean([], 1).ShouldBe(new Interval(double.NaN, double.NaN, double.NaN));
        Bootstrap.Mean([0.25], 1).ShouldBe(new Interval(0.25, double.NaN, double.NaN));
    }

    [Fact]
    public void Mean_EqualValues_AreCertain() => Bootstrap.Mean([0.5, 0.5, 0.5], 1).ShouldBe(new Interval(0.5, 0.5, 0.5));

    [Fact]
    public void Mean_ManyValues_IsStudentsInterval()
    {
        // 400 values 0 and 1 in turn: x̄ = 1/2, s/√n = √(100/399)/20 = 0.025031, t = 1.96593, so ± 0.04921.
        double[] values = [.. Enumerable.Range(0, 400).Select(i => (double)(i % 2))];

        Interval interval = Bootstrap.Mean(values, 1);

        interval.Estimate.ShouldBe(0.5);
        interval.Low.ShouldBe(0.5 - 0.04921, 0.004);
        interval.High.ShouldBe(0.5 + 0.04921, 0.004);
    }

    [Fact]
    public void Mean_Seed_DecidesTheEnds()
    {
        double[] values = [.. Enumerable.Range(0, 20).Select(i => i * i / 400.0)];

        Bootstrap.Mean(values, 1).ShouldBe(Bootstrap.Mean(values, 1));
        Bootstrap.Mean(values, 2).ShouldNotBe(Bootstrap.Mean(values, 1));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void Share_AllAlike_IsWilsonsOfTheProblems(double share) =>
        Bootstrap.Share([share, share, share, share], 1).ShouldBe(SolveRate.Wilson(share, 4));

    [Fact]
    public void Share_NearAnEnd_StaysWithinIt()
    {
        Bootstrap.Share([0, 0, 0, 0, 1], 1).Low.ShouldBe(0);
        Bootstrap.Share([1, 1, 1, 1, 0], 1).High.ShouldBe(1);
    }

    /// <summary>Problems whose difficulty is drawn, with samples that are drawn of it; the true rate is the mean difficulty.</summary>
    /// <param name="problems">Problems of a set.</param>
    /// <param name="samples">Samples a problem.</param>
    /// <param name="power">A difficulty is u to this power, u uniform: its mean is 1 / (power + 1).</param>
    [Theory]
    [InlineData(30, 16, 1.0)]
    [InlineData(30, 16, 3.0)]
    [InlineData(40, 1, 1.0)]
    [InlineData(200, 4, 0.5)]
    [InlineData(100, 16, 19.0)]
    public void Share_SimulatedProblemSets_CoversTheTruthAsOftenAsItSays(int problems, int samples, double power) =>
        Covered(problems, samples, power).ShouldBeInRange(0.92, 0.98);

    /// <summary>Few problems of which few are ever solved: the hardest case, of which the page says that the interval is too narrow.</summary>
    [Fact]
    public void Share_FewProblemsRarelySolved_CoversTheTruthLessOften() => Covered(30, 16, 19).ShouldBeInRange(0.88, 0.96);

    private static double Covered(int problems, int samples, double power)
    {
        const int Sets = 1000;
        int covered = 0;
        for (int set = 0; set < Sets; set++)
        {
            ulong key = CounterRandom.Key(20, (ulong)set);
            double[] solved = new double[problems];
            for (int p = 0; p < problems; p++)
            {
                ulong problem = CounterRandom.Key(key, (ulong)p);
                double difficulty = Math.Pow(CounterRandom.Uniform(problem, 0), power);
                solved[p] = Enumerable.Range(1, samples).Count(s => CounterRandom.Uniform(problem, (ulong)s) < difficulty) / (double)samples;
            }

            Interval interval = Bootstrap.Share(solved, key);
            double truth = 1 / (power + 1);
            covered += interval.Low <= truth && truth <= interval.High ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{problems} problems, {samples} samples, power {power}: {covered} of {Sets}");
        return (double)covered / Sets;
    }
}

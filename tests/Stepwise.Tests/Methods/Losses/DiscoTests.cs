using Stepwise.Methods.Losses;
using Stepwise.Metrics;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class DiscoTests
{
    /// <summary>A right completion with a score of −1.5 and two wrong ones with −1 and −3; the last token is masked.</summary>
    private static readonly LossCase Case = new()
    {
        Offsets = [0, 2, 3, 5],
        LogProbs = [-1, -2, -1, -3, double.NaN],
        Old = [-1, -2, -1, -3, 0],
        Reference = [],
        Advantages = [0, 0, 0, 0, 0],
        Mask = [true, true, true, true, false],
        Facts = LossCase.Rewarded(1, 0, 0.25),
    };

    public static TheoryData<Disco> Losses() =>
    [
        new Disco(), new Disco { NegativeTemperature = null }, new Disco { Score = new RatioScore(), NegativeTemperature = 1 },
        new Disco { Score = new RatioScore(), NegativeTemperature = null },
    ];

    [Fact]
    public void Evaluate_HandComputed_PushesRightAboveWrong()
    {
        (double value, double[] gradient, _) = Case.Evaluate(new Disco { NegativeTemperature = 2 }, totals: new BatchTotals(3, 4, 16, 5));

        double one = Math.Exp(-0.5), three = Math.Exp(-1.5);
        value.ShouldBe((1.5 + (2 * Math.Log((one + three) / 2))) / 5, 1e-15);
        gradient.ShouldBe([-0.1, -0.1, one / (one + three) / 5, three / (one + three) / 5, 0], 1e-15);
    }

    [Fact]
    public void Evaluate_WithoutTemperature_ComparesMeans()
    {
        (double value, double[] gradient, _) = Case.Evaluate(new Disco { NegativeTemperature = null });

        value.ShouldBe(-(-1.5 + 2), 1e-15);
        gradient.ShouldBe([-0.5, -0.5, 0.5, 0.5, 0], 1e-15);
        Case.Evaluate(new Disco { NegativeTemperature = 1e6 }).Gradient.ShouldBe(gradient, 1e-5);
        Case.Evaluate(new Disco { NegativeTemperature = 1e6 }).Loss.ShouldBe(value, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Evaluate_RandomGroups_GradientEqualsFiniteDifferences(Disco loss) =>
        Enumerable.Range(0, 20).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(loss)).ShouldBeLessThan(1e-6);

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.0)]
    public void Evaluate_OneClassOnly_HasNoScore(double reward)
    {
        LossCase c = LossCase.Random(3);
        LossCase.Rewarded(reward, reward, reward, reward).CopyTo(c.Facts, 0);

        (double value, double[] gradient, _) = c.Evaluate(new Disco());

        value.ShouldBe(0);
        gradient.ShouldAllBe(g => g == 0);
    }

    [Theory]
    [InlineData("k1")]
    [InlineData("k3")]
    public void Prepare_BeyondTheRadius_GradientEqualsFiniteDifferencesOfTheWholeStep(string estimator)
    {
        // The old policy is more likely everywhere by a third of a nat, so that k1 is beyond the radius too.
        LossCase[] cases = [LossCase.Random(4), LossCase.Random(5)];
        foreach (LossCase c in cases)
        {
            Array.ConvertAll(c.Old, l => l + 0.3).CopyTo(c.Old, 0);
        }

        BatchTotals totals = new(8, cases.Sum(c => c.Mask.Count(m => m)), 16, 2);
        TrainingBatch batch = new([.. cases.Select(c => c.ToTraining())], totals);
        float[][][] rows = [.. cases.Select(c => c.Rows())];
        Disco loss = new() { Trust = new() { Weight = 10, Radius = 0.01, Estimator = CatalogParts.KlEstimator(estimator) } };
        (double Value, double[] Gradient) Whole()
        {
            ILoss prepared = loss.Prepare(batch, rows);
            List<double> all = [];
            double value = 0;
            for (int g = 0; g < 2; g++)
            {
                double[] slopes = new double[cases[g].LogProbs.Length];
                value += prepared.Evaluate(batch.Groups[g].ToLoss(rows[g], totals), slopes, new LossMetrics());
                all.AddRange(slopes);
            }

            return (value, [.. all]);
        }

        double[] gradient = Whole().Gradient;
        double bare = cases.Sum(c => c.Evaluate(loss, totals: totals).Loss);
        Whole().Value.ShouldBeGreaterThan(bare + 0.01, "there is a penalty");
        int n = 0;
        foreach (float[] row in rows.SelectMany(group => group))
        {
            for (int t = 0; t < row.Length; t++, n++)
            {
                float at = row[t];
                row[t] = at + (1 / 64f);
                double above = Whole().Value, up = row[t];
                row[t] = at - (1 / 64f);
                gradient[n].ShouldBe((above - Whole().Value) / (up - row[t]), 2e-4);
                row[t] = at;
            }
        }
    }

    [Fact]
    public void Prepare_OnPolicy_CostsNothing()
    {
        LossCase c = LossCase.Random(6);
        Array.ConvertAll(c.LogProbs, l => (double)(float)l).CopyTo(c.LogProbs, 0);
        c.LogProbs.CopyTo(c.Old, 0);
        BatchTotals totals = new(4, c.Mask.Count(m => m), 16);

        ILoss prepared = new Disco().Prepare(new TrainingBatch([c.ToTraining()], totals), [c.Rows()]);

        (double value, double[] gradient, LossMetrics metrics) = c.Evaluate(prepared);
        (double bare, double[] slopes, _) = c.Evaluate(new Disco());
        (value, metrics.Means.Find(TrustRegion.OfStep)).ShouldBe((bare, 0));
        gradient.ShouldBe(slopes);
    }
}

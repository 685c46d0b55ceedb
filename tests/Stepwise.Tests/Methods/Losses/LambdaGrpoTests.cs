using System.Text.Json.Nodes;
using Stepwise.Methods;
using Stepwise.Methods.Losses;
using Stepwise.Metrics;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

public sealed class LambdaGrpoTests
{
    /// <summary>Lengths 1 and 3, on-policy: mean 2, deviation 1.</summary>
    private static readonly LossCase Two = new()
    {
        Offsets = [0, 1, 4], LogProbs = [-1, -1, -1, -1], Old = [-1, -1, -1, -1], Reference = [], Advantages = [1, -1, -1, -1],
        Mask = [true, true, true, true], Facts = LossCase.Rewarded(1, 0),
    };

    [Fact]
    public void Evaluate_HandComputed_WeighsByLength()
    {
        LambdaGrpo loss = new() { LengthSpread = 0.5 };
        loss.Load(new JsonObject { ["lambda"] = 1.0 });

        (double value, double[] gradient, LossMetrics metrics) = Two.Evaluate(loss);

        // h = 1/2 and 3/2; G·softmax = 2 / (1 + e) and 2e / (1 + e); S = −1/4 and 3/4.
        double small = 2 / (1 + Math.E), large = 2 * Math.E / (1 + Math.E);
        value.ShouldBe((-small / 4) + (large * 3 / 4), 1e-7);
        gradient.ShouldBe([-small / 4, large / 4, large / 4, large / 4], 1e-7);
        metrics.Means.Find(LambdaGrpo.LengthPreference).ShouldBe(1);
    }

    [Fact]
    public void Evaluate_NoPreference_IsDapo()
    {
        LossCase c = LossCase.Random(4);

        (double value, double[] gradient, _) = c.Evaluate(new LambdaGrpo());

        (double expected, double[] slopes, _) = c.Evaluate(new Grpo { Aggregation = new TokenMean() });
        value.ShouldBe(expected, 1e-15);
        gradient.ShouldBe(slopes, 1e-15);
    }

    [Theory]
    [InlineData(-1.5)]
    [InlineData(0.0)]
    [InlineData(2.0)]
    public void Evaluate_AnyPreference_GradientEqualsFiniteDifferences(double lambda)
    {
        LambdaGrpo loss = new(new Grpo { ClipLow = 0.1, ClipHigh = 0.15, Aggregation = new TokenMean(), Kl = new KlPenalty(0.1) });
        loss.Load(new JsonObject { ["lambda"] = lambda });

        Enumerable.Range(0, 20).Max(seed => LossCase.Random((ulong)seed).WorstRelativeError(loss)).ShouldBeLessThan(1e-6);
    }

    [Theory]
    [InlineData(-1.5)]
    [InlineData(0.0)]
    [InlineData(2.0)]
    public void Prepare_Always_StepsDownTheLossByLambda(double lambda)
    {
        LossCase[] cases = [LossCase.Random(6), LossCase.Random(7)];
        BatchTotals totals = new(8, cases.Sum(c => c.Mask.Count(m => m)), 16, 2);
        TrainingBatch batch = new([.. cases.Select(c => c.ToTraining())], totals);
        float[][][] rows = [.. cases.Select(c => c.Rows())];
        double At(double preference)
        {
            LambdaGrpo at = Preferring(preference);
            return batch.Groups.Select((group, g) =>
                at.Evaluate(group.ToLoss(rows[g], totals), new double[cases[g].LogProbs.Length], new LossMetrics())).Sum();
        }

        LambdaGrpo loss = Preferring(lambda);
        ILoss prepared = loss.Prepare(batch, rows);

        ((LambdaGrpo)prepared).Lambda.ShouldBe(lambda);
        double slope = (At(lambda + 1e-5) - At(lambda - 1e-5)) / 2e-5;
        loss.Lambda.ShouldBe(lambda - (0.1 * slope), 1e-9);
        loss.Lambda.ShouldNotBe(lambda);
    }

    [Fact]
    public void Prepare_EqualLengths_HasNoPreference()
    {
        LossCase c = new()
        {
            Offsets = [0, 2, 4], LogProbs = [-1, -1, -1, -1], Old = [-1, -1, -1, -1], Reference = [], Advantages = [1, 1, -1, -1],
            Mask = [true, true, true, true], Facts = LossCase.Rewarded(1, 0),
        };
        LambdaGrpo loss = new();

        loss.Prepare(new TrainingBatch([c.ToTraining()], new BatchTotals(2, 4, 16)), [c.Rows()]);

        loss.Lambda.ShouldBe(0);
    }

    [Fact]
    public void Load_WhatSaveGave_GoesOnWithTheSamePreference()
    {
        LambdaGrpo loss = Preferring(0.3), other = (LambdaGrpo)loss.Fresh();
        other.Lambda.ShouldBe(0);

        other.Load(loss.Save());

        other.Lambda.ShouldBe(0.3);
        MethodCatalog.Find("lambda-grpo").Fresh().Save().ToJsonString().ShouldBe("{\"loss\":{\"lambda\":0}}");
        Should.Throw<InputException>(() => other.Load(new JsonObject { ["lambda"] = "x" })).Message.ShouldContain("no finite number lambda");
    }

    private static LambdaGrpo Preferring(double lambda)
    {
        LambdaGrpo loss = new();
        loss.Load(new JsonObject { ["lambda"] = lambda });
        return loss;
    }
}

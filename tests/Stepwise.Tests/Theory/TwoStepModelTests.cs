using Stepwise.Methods.Advantages;
using Stepwise.Rollouts;
using Stepwise.Theory;

namespace Stepwise.Tests.Theory;

public sealed class TwoStepModelTests
{
    [Theory]
    [InlineData(1, 0.56218, 0.51562, 0.28987, 0.53121, 0.28218)]
    [InlineData(5, 0.75983, 0.61681, 0.46867, 0.66522, 0.44252)]
    [InlineData(10, 0.87067, 0.76607, 0.66699, 0.80213, 0.64342)]
    [InlineData(20, 0.93882, 0.90489, 0.84953, 0.91593, 0.83893)]
    [InlineData(50, 0.97763, 0.97240, 0.95064, 0.97404, 0.94875)]
    [InlineData(200, 0.99480, 0.99447, 0.98930, 0.99458, 0.98919)]
    public void Recursion_FromOneHalf_GivesTheTableToEveryDigit(int k, double p, double q, double pq, double grpoP, double grpoPq)
    {
        TwoStepPolicy sgpo = TwoStepModel.Recursion(TwoStepMethod.Sgpo, k)[k], grpo = TwoStepModel.Recursion(TwoStepMethod.Grpo, k)[k];

        new[] { sgpo.P, sgpo.Q, sgpo.PQ, grpo.P, grpo.Q, grpo.PQ }.Select(x => Math.Round(x, 5))
            .ShouldBe([p, q, pq, grpoP, grpoP, grpoPq]);
    }

    [Fact]
    public void Recursion_FromOneHalf_SgpoIsAheadFromTheFirstUpdateOn()
    {
        TwoStepPolicy[] sgpo = TwoStepModel.Recursion(TwoStepMethod.Sgpo, 2000), grpo = TwoStepModel.Recursion(TwoStepMethod.Grpo, 2000);
        for (int k = 1; k <= 2000; k++)
        {
            sgpo[k].P.ShouldBeGreaterThan(grpo[k].P);
            sgpo[k].PQ.ShouldBeGreaterThan(grpo[k].PQ);
        }

        grpo[^1].PQ.ShouldBeGreaterThan(0.998);
    }

    [Theory]
    [InlineData(TwoStepMethod.Grpo)]
    [InlineData(TwoStepMethod.Sgpo)]
    public void LogitGradient_AllPairsByProbability_IsTheRecursionsStep(TwoStepMethod method)
    {
        TwoStepPolicy policy = new(0.3, 0.6);
        (double p, double q) = ExpectedUpdate(policy, new GroupAdvantage(), method);

        TwoStepPolicy next = TwoStepModel.Recursion(method, 1, policy)[1];
        (Math.Sqrt(2) * p).ShouldBe(Logit(next.P) - Logit(policy.P), 1e-4);
        (Math.Sqrt(2) * q).ShouldBe(Logit(next.Q) - Logit(policy.Q), 1e-4);
    }

    [Fact]
    public void LogitGradient_PerStepCredit_IsHalfOfSgposStep()
    {
        TwoStepPolicy policy = new(0.3, 0.6);
        (double p, double q) = ExpectedUpdate(policy, new PerStepAdvantage(new GroupAdvantage()), TwoStepMethod.Sgpo);

        TwoStepPolicy next = TwoStepModel.Recursion(TwoStepMethod.Sgpo, 1, policy)[1];
        p.ShouldBe((Logit(next.P) - Logit(policy.P)) / 2, 1e-12);
        q.ShouldBe((Logit(next.Q) - Logit(policy.Q)) / 2, 1e-12);
    }

    [Theory]
    [InlineData(TwoStepMethod.Grpo)]
    [InlineData(TwoStepMethod.Sgpo)]
    public void Simulate_FixedSeed_TheRecursionLiesInTheInterval(TwoStepMethod method)
    {
        TwoStepPolicy[] exact = TwoStepModel.Recursion(method, 50);
        // A 95 % interval misses now and then: of the first six seeds, two miss one of SGPO's fifteen numbers and none misses GRPO's.
        TwoStepEstimates[] simulated = TwoStepModel.Simulate(
            method, updates: 50, groups: 400, runs: 12, seed: 2, cancellationToken: TestContext.Current.CancellationToken);

        foreach (int k in new[] { 1, 5, 10, 20, 50 })
        {
            simulated[k].P.Contains(exact[k].P).ShouldBeTrue($"p after {k}: {simulated[k].P}, exactly {exact[k].P}");
            simulated[k].Q.Contains(exact[k].Q).ShouldBeTrue($"q after {k}: {simulated[k].Q}, exactly {exact[k].Q}");
            simulated[k].PQ.Contains(exact[k].PQ).ShouldBeTrue($"pq after {k}: {simulated[k].PQ}, exactly {exact[k].PQ}");
        }
    }

    [Fact]
    public void Simulate_ManySeeds_IntervalsCoverAsOftenAsTheyClaim()
    {
        TwoStepPolicy exact = TwoStepModel.Recursion(TwoStepMethod.Sgpo, 4)[4];
        int covered = Enumerable.Range(0, 200).Count(seed =>
            TwoStepModel.Simulate(TwoStepMethod.Sgpo, updates: 4, groups: 40, runs: 8, (ulong)seed)[4].P.Contains(exact.P));

        // 95 % of 200, ± 4.5 standard deviations.
        covered.ShouldBeInRange(176, 200);
    }

    [Fact]
    public void Simulate_TheOtherMethod_IsToldApart()
    {
        TwoStepEstimates[] simulated = TwoStepModel.Simulate(
            TwoStepMethod.Grpo, updates: 10, groups: 400, runs: 12, seed: 1, cancellationToken: TestContext.Current.CancellationToken);

        simulated[10].P.Contains(TwoStepModel.Recursion(TwoStepMethod.Sgpo, 10)[10].P).ShouldBeFalse();
    }

    [Fact]
    public void Simulate_SameSeed_SameNumbers()
    {
        Run().ShouldBe(Run());

        static TwoStepEstimates[] Run() => TwoStepModel.Simulate(
            TwoStepMethod.Sgpo, 3, 10, 8, seed: 7, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>E over all nine pairs of responses of the gradient through the project's reward and advantage code.</summary>
    private static (double P, double Q) ExpectedUpdate(TwoStepPolicy policy, IAdvantageEstimator estimator, TwoStepMethod method)
    {
        (int, int, double)[] responses =
            [(1, 1, 1 - policy.P), (2, 1, policy.P * (1 - policy.Q)), (2, 2, policy.PQ)];
        double p = 0, q = 0;
        foreach ((int a, int b, double one) in responses)
        {
            foreach ((int c, int d, double other) in responses)
            {
                Group group = TwoStepModel.Pair(TwoStepModel.Response(a, b), TwoStepModel.Response(c, d));
                TwoStepModel.Reward(method).Shape(group, 1);
                estimator.Estimate([group]);
                (double dp, double dq) = TwoStepModel.LogitGradient(policy, [group]);
                p += one * other * dp;
                q += one * other * dq;
            }
        }

        return (p, q);
    }

    private static double Logit(double probability) => Math.Log(probability / (1 - probability));
}

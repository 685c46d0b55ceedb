using Stepwise.Judging.Trained;

namespace Stepwise.Tests.Judging.Trained;

public sealed class StepLossTests
{
    private const int Width = 3;
    private const double Step = 1e-3;

    private static readonly LabelledTree Tree = new(TraceTree.Of([1], [[[2], [3], [4]], [[2], [5]], [[2], [3], [6], [7]]]), [4, 2, 3], []);

    /// <summary>
    /// The head's numbers and the states' alike; the first step is shared by all, and nothing reads the one after an error. Through the surprise goes no
    /// gradient, to the head's numbers for it there is one.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Gradient_OfStatesAndHead_MatchesCentralDifferences(int surprises)
    {
        double[] values = [0.4, -0.7, 0.2, .. Enumerable.Repeat(0.6, surprises), 0.1];
        float[] states = Normal(3, Width), gradient = new float[states.Length];
        LabelledTree tree = Tree with { Surprise = Normal(4, surprises) };
        StepLoss loss = new(new(values), [tree], 5);
        loss.Evaluate(0, states, gradient);
        double Loss(double[] values, float[] states) => new StepLoss(new(values), [tree], 5).Evaluate(0, states, new float[states.Length]);

        for (int i = 0; i < states.Length; i++)
        {
            double At(double h) => Loss(values, [.. states.Select((s, j) => j == i ? (float)(s + h) : s)]);
            ((double)gradient[i]).ShouldBe((At(Step) - At(-Step)) / (2 * Step), 1e-4);
        }

        for (int i = 0; i < values.Length; i++)
        {
            double At(double h) => Loss([.. values.Select((v, j) => j == i ? v + h : v)], states);
            loss.HeadGradient[i].ShouldBe((At(Step) - At(-Step)) / (2 * Step), 1e-6);
        }

        int unread = Tree.Tree.States[2][3];
        gradient.AsSpan(unread * Width, Width).ToArray().ShouldAllBe(g => g == 0);
        gradient.Count(g => g == 0).ShouldBe(Width);
    }

    [Fact]
    public void Evaluate_HeadOfOneBias_IsTheMeanOverTraces()
    {
        // Every hazard is a half: ln 2 for each step that is read, 3 + 2 + 3 of them, over 4 traces of the optimizer step.
        StepLoss loss = new(new StepHead(Width, 0), [Tree], 4);

        loss.Evaluate(0, new float[Tree.Tree.Request.States * Width], new float[Tree.Tree.Request.States * Width]).ShouldBe(8 * Math.Log(2) / 4, 1e-12);
    }

    /// <summary>With the states as its surprise, a head that reads no states has the same loss and the same gradient.</summary>
    [Fact]
    public void Evaluate_OfSurpriseAlone_IsThatOfStatesWithTheSameNumbers()
    {
        double[] values = [0.4, -0.7, 0.2, 0.1];
        float[] numbers = Normal(3, Width);
        StepLoss ofStates = new(new(values), [Tree], 5), ofSurprise = new(new(values), [Tree with { Surprise = numbers }], 5);

        ofSurprise.Evaluate(0, [], []).ShouldBe(ofStates.Evaluate(0, numbers, new float[numbers.Length]));
        ofSurprise.HeadGradient.ShouldBe(ofStates.HeadGradient);
    }

    [Fact]
    public void HeadOptimizer_FirstStep_MovesEachNumberByTheLearningRate()
    {
        StepHead head = new([1.0, 2, 3]);

        new HeadOptimizer(head).Step([0.5, -20, 0], 0.1);

        head.Values.ToArray().ShouldBe([0.9, 2.1, 3], 1e-7);
    }

    private static float[] Normal(ulong key, int width) =>
        [.. Enumerable.Range(0, Tree.Tree.Request.States * width).Select(i => (float)CounterRandom.Normal(key, (ulong)i))];
}

using Stepwise.Engine.Models;
using Stepwise.Engine.Models.Reference;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>The whole model against its plain twin: logits, and the gradient against central differences of the twin.</summary>
public sealed class GradientTests(ITestOutputHelper output)
{
    private const int Directions = 2;

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Logits_RandomTokens_MatchTwin(string family)
    {
        using TestPass pass = new(family, 2);
        int[] tokens = TestModel.Tokens(pass.Config, 3, 60);
        double[] expected = new ReferenceDecoder(pass.Config, Doubles(pass)).Logits(tokens);
        double worst = pass.Logits(tokens).Zip(expected, (a, e) => Math.Abs(a - e)).Max() / expected.Max(Math.Abs);
        output.WriteLine($"{family}: worst error of a logit {worst:E2} of the largest, {expected.Max(Math.Abs):F2}");
        worst.ShouldBeLessThan(5e-6);
    }

    /// <summary>Per tensor and random direction u: ⟨gradient, u⟩ against (L(w + hu) − L(w − hu)) / 2h.</summary>
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_OfEveryTensor_MatchesCentralDifferencesOfTwin(string family)
    {
        TrainingBatch batch = TestModel.Batch(TestModel.Config(family), 1) with { Temperature = 0.8 };
        CheckGradient(family, batch with { Groups = [.. batch.Groups.Take(2)] });
    }

    /// <summary>A sequence's prefix, shared by others, trains: each token's log-probability counts once for every sequence.</summary>
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_TrainedPrefixes_MatchesCentralDifferencesOfTwin(string family)
    {
        TrainingBatch batch = TestModel.PrefixBatch(TestModel.Config(family), 1) with { Temperature = 0.8 };
        CheckGradient(family, batch with { Groups = [.. batch.Groups.Take(2)] });
    }

    private void CheckGradient(string family, TrainingBatch batch)
    {
        using TestPass pass = new(family, 2);
        double[] weights = Doubles(pass);
        ReferenceDecoder twin = new(pass.Config, weights);
        (float[] gradient, double value) = pass.Gradient(batch);
        value.ShouldBe(Loss(twin, batch), 1e-5);
        foreach (Parameter parameter in pass.Layout.All)
        {
            Span<double> tensor = weights.AsSpan((int)parameter.Offset, (int)parameter.Count);
            ReadOnlySpan<float> analytic = gradient.AsSpan((int)parameter.Offset, (int)parameter.Count);
            double norm = Math.Sqrt(Dot(analytic, [.. analytic.ToArray().Select(g => (double)g)]));
            double worst = 0;
            for (int d = 0; d < Directions; d++)
            {
                ulong key = CounterRandom.Key((ulong)parameter.Offset, (ulong)d);
                double[] direction = [.. Enumerable.Range(0, tensor.Length).Select(i => CounterRandom.Normal(key, (ulong)i))];
                double difference = Difference(tensor, direction, () => Loss(twin, batch));
                worst = Math.Max(worst, Math.Abs(Dot(analytic, direction) - difference) / Math.Max(norm, Math.Abs(difference)));
            }

            output.WriteLine($"{family} {parameter.Name}: worst relative error {worst:E2}, gradient norm {norm:E2}");
            norm.ShouldBeGreaterThan(0);
            worst.ShouldBeLessThan(1e-5, parameter.Name);
        }
    }

    private static double Difference(Span<double> tensor, double[] direction, Func<double> loss)
    {
        const double Step = 1e-5;
        double[] saved = tensor.ToArray();
        Move(tensor, saved, direction, Step);
        double above = loss();
        Move(tensor, saved, direction, -Step);
        double below = loss();
        saved.CopyTo(tensor);
        return (above - below) / (2 * Step);
    }

    private static void Move(Span<double> tensor, double[] from, double[] direction, double step)
    {
        for (int i = 0; i < tensor.Length; i++)
        {
            tensor[i] = from[i] + (step * direction[i]);
        }
    }

    /// <summary>The loss of <see cref="WeightedLogProbs"/>, in double precision throughout.</summary>
    private static double Loss(ReferenceDecoder twin, TrainingBatch batch)
    {
        double loss = 0;
        foreach (TrainingGroup group in batch.Groups)
        {
            foreach (TrainingSequence sequence in group.Sequences)
            {
                double[] logProbs = twin.LogProbs(group.Prompt, sequence.Tokens, batch.Temperature);
                for (int t = 0; t < logProbs.Length; t++)
                {
                    loss -= sequence.Mask[t] ? sequence.Advantages[t] * logProbs[t] / batch.Totals.Tokens : 0;
                }
            }
        }

        return loss;
    }

    private static double Dot(ReadOnlySpan<float> x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    private static double[] Doubles(TestPass pass) => [.. pass.Weights.Values.Span.ToArray().Select(w => (double)w)];
}

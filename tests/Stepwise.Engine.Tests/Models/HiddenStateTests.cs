using Stepwise.Engine.Models;
using Stepwise.Engine.Models.Reference;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>Hidden states and the gradient through them against the plain twin, and what neither depends on.</summary>
public sealed class HiddenStateTests(ITestOutputHelper output)
{
    private const double Step = 1e-5;

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void States_OfTrees_MatchTwin(string family)
    {
        using TestPass pass = new(family, 2);
        ReferenceDecoder twin = new(pass.Config, Doubles(pass));
        foreach (StateRequest request in TestTrees.Requests(pass.Config))
        {
            double[] expected = [.. Expected(twin, request, pass.Config.Width)];
            float[] actual = pass.States(request);
            actual.Length.ShouldBe(request.States * pass.Config.Width);
            double worst = actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max() / expected.Max(Math.Abs);
            output.WriteLine($"{family}: worst error {worst:E2} of the largest number");
            worst.ShouldBeLessThan(5e-6);
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void States_PathsAloneOrInTrainingAndOtherThreads_SameBits(string family)
    {
        foreach (int threads in (int[])[1, 2, 3])
        {
            using TestPass pass = new(family, threads);
            using TestPass first = new(family, 2);
            IReadOnlyList<StateRequest> requests = TestTrees.Requests(pass.Config);
            WeightedStates training = new();
            pass.StateGradient(training, [requests]);
            for (int r = 0; r < requests.Count; r++)
            {
                float[] tree = pass.States(requests[r]);
                TestModel.ShouldBeSameBits(tree, first.States(requests[r]), $"request {r} with {threads} threads");
                TestModel.ShouldBeSameBits(training.Seen[r], tree, $"request {r} in training");
                IEnumerable<float> alone = requests[r].Runs.SelectMany((run, i) => run.Positions.SelectMany(position =>
                {
                    int[] path = TestTrees.Path(requests[r], i)[..^(run.Tokens.Length - 1 - position)];
                    return pass.States(new StateRequest([new TokenRun(path, -1, [path.Length - 1])]));
                }));
                TestModel.ShouldBeSameBits(tree, [.. alone], $"paths of request {r} alone");
            }
        }
    }

    /// <summary>Per tensor and random direction u: ⟨gradient, u⟩ against (L(w + hu) − L(w − hu)) / 2h; an untied head has none.</summary>
    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_OfEveryTensor_MatchesCentralDifferencesOfTwin(string family)
    {
        using TestPass pass = new(family, 2);
        double[] weights = Doubles(pass);
        ReferenceDecoder twin = new(pass.Config, weights);
        IReadOnlyList<StateRequest> requests = [.. TestTrees.Requests(pass.Config).Take(2)];
        (float[] gradient, double value) = pass.StateGradient(new WeightedStates(), [requests]);
        double Loss() => requests.Sum(request => Expected(twin, request, pass.Config.Width).Select((s, i) => s * WeightedStates.Weight(i)).Sum());
        value.ShouldBe(Loss(), 1e-5);
        foreach (Parameter parameter in pass.Layout.All.Where(p => p != pass.Layout.Head || p == pass.Layout.Embedding))
        {
            Memory<double> tensor = weights.AsMemory((int)parameter.Offset, (int)parameter.Count);
            float[] analytic = gradient[(int)parameter.Offset..(int)(parameter.Offset + parameter.Count)];
            double[] saved = tensor.ToArray(), u = [.. saved.Select((_, i) => CounterRandom.Normal((ulong)parameter.Offset, (ulong)i))];
            double At(double h)
            {
                saved.Select((w, i) => w + (h * u[i])).ToArray().CopyTo(tensor);
                return Loss();
            }

            double difference = (At(Step) - At(-Step)) / (2 * Step), norm = Math.Sqrt(analytic.Sum(g => (double)g * g));
            saved.CopyTo(tensor);
            double error = Math.Abs(analytic.Zip(u, (g, d) => g * d).Sum() - difference) / Math.Max(norm, Math.Abs(difference));
            output.WriteLine($"{family} {parameter.Name}: relative error {error:E2}, gradient norm {norm:E2}");
            norm.ShouldBeGreaterThan(0);
            error.ShouldBeLessThan(1e-5, parameter.Name);
        }
    }

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Gradient_OtherThreadsAndRecomputed_SameBits(string family)
    {
        using TestPass pass = new(family, 1);
        IReadOnlyList<StateRequest> requests = TestTrees.Requests(pass.Config);
        (float[] expected, double loss) = pass.StateGradient(new WeightedStates(), [requests]);
        foreach ((int threads, bool recompute) in ((int, bool)[])[(2, false), (3, false), (2, true)])
        {
            using TestPass other = new(family, threads, recompute);
            (float[] gradient, double otherLoss) = other.StateGradient(new WeightedStates(), [requests]);
            TestModel.ShouldBeSameBits(gradient, expected, $"gradient with {threads} threads, recomputed: {recompute}");
            otherLoss.ShouldBe(loss);
        }
    }

    [Fact]
    public void Gradient_ARequestAtATime_SameWithinRounding()
    {
        using TestPass pass = new("qwen3", 2);
        IReadOnlyList<StateRequest> requests = TestTrees.Requests(pass.Config);
        (float[] expected, double loss) = pass.StateGradient(new WeightedStates(), [requests]);
        (float[] gradient, double cutLoss) = pass.StateGradient(new WeightedStates(), requests.Select(r => (IReadOnlyList<StateRequest>)[r]));
        cutLoss.ShouldBe(loss, 1e-9);
        gradient.Zip(expected, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-5f * expected.Max(Math.Abs));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void States_NoTree_Refused(int which)
    {
        using TestPass pass = new("llama", 1);
        TokenRun root = new([1, 2], -1, [1]);
        StateRequest request = new(which switch
        {
            0 => [root with { Parent = 0 }],
            1 => [root, root with { Parent = 1 }],
            2 => [root, root with { Parent = 0, Positions = [2] }],
            3 => [root with { Positions = [1, 1] }],
            _ => [.. Enumerable.Range(0, StateRequest.MaxDepth + 1).Select(i => root with { Parent = i - 1 })],
        });
        Should.Throw<ArgumentException>(() => pass.States(request));
    }

    [Fact]
    public void States_TooLongOrForeignOrEmpty_Refused()
    {
        using TestPass pass = new("llama", 1);
        foreach (int[] tokens in (int[][])[TestModel.Tokens(pass.Config, 1, 161), [17], []])
        {
            Should.Throw<InputException>(() => pass.States(new StateRequest([new TokenRun(tokens, -1, [])])));
        }
    }

    private static IEnumerable<double> Expected(ReferenceDecoder twin, StateRequest request, int width) =>
        request.Runs.Index().Where(run => run.Item.Positions.Length > 0).SelectMany(run =>
        {
            int[] path = TestTrees.Path(request, run.Index);
            double[] states = twin.States(path);
            int start = path.Length - run.Item.Tokens.Length;
            return run.Item.Positions.SelectMany(position => states[((start + position) * width)..((start + position + 1) * width)]);
        });

    private static double[] Doubles(TestPass pass) => [.. pass.Weights.Values.Span.ToArray().Select(w => (double)w)];
}

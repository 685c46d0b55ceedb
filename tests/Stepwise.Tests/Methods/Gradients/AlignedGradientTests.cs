using Stepwise.Methods.Gradients;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Gradients;

public sealed class AlignedGradientTests
{
    [Theory]
    // g = (3, 4), g′ = (2, 0): cosine 0.6, and 3/2 of g′ lie along it.
    [InlineData(0.5, 0, -1.5)]
    [InlineData(0.5, 0.25, -1.125)]
    [InlineData(0.5, 1, 0)]
    [InlineData(0.6, 0, 0)]
    public void Multiple_CosineAboveTheLimit_TakesBackWhatLiesAlong(double limit, double kept, double expected) =>
        new AlignedGradient { CosineLimit = limit, AlignedKept = kept }.Multiple(new(25, 4, 6)).ShouldBe(expected, 1e-15);

    [Theory]
    [InlineData(25, 4, -6)]
    [InlineData(25, 0, 0)]
    [InlineData(0, 4, 0)]
    public void Multiple_GradientThatTurnsBackOrIsTheFirst_IsLeft(double squares, double last, double product) =>
        new AlignedGradient { CosineLimit = 0 }.Multiple(new(squares, last, product)).ShouldBe(0);

    [Fact]
    public void Cosine_OfRoundedNumbers_IsAtMostOne()
    {
        new GradientAlignment(1, 1, 1.0000000000000002).Cosine.ShouldBe(1);
        new GradientAlignment(25, 4, 6).Cosine.ShouldNotBeNull().ShouldBe(0.6, 1e-15);
        new GradientAlignment(25, 0, 0).Cosine.ShouldBeNull();
    }

    [Fact]
    public async Task AdjustAsync_Policy_MeasuresTheCosine()
    {
        LossMetrics metrics = new();
        Remembering policy = new(new(25, 4, 6));

        await new AlignedGradient().AdjustAsync(policy, metrics);

        policy.Added.ShouldBe(-1.5);
        metrics.Means.Select(value => (value.Metric.Name, value.Value)).ShouldBe([("gradient.cosine", 0.6), ("gradient.alignedShare", 1.0)]);
    }

    [Fact]
    public void Require_PolicyWithoutMemory_IsRefused() =>
        Should.Throw<InputException>(() => ((IGradientControl)new AlignedGradient()).Require(new Stepwise.Tests.Training.CharacterPolicy(10))).Message.ShouldBe(
            "method.gradient aligned needs a policy with the capability GradientMemory, which CharacterPolicy lacks.");

    /// <summary>A policy whose gradients lie as they are said to.</summary>
    private sealed class Remembering(GradientAlignment alignment) : Stepwise.Tests.Policies.SamplingPolicy, IGradientMemory
    {
        public double Added { get; private set; }

        public ValueTask<GradientAlignment> AlignAsync(Func<GradientAlignment, double> multiple, CancellationToken cancellationToken = default)
        {
            Added = multiple(alignment);
            return new(alignment);
        }

        public override ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
            IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
            Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}

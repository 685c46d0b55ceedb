using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Engine.Optimizers;
using Stepwise.Engine.Tests.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Optimizers;

public sealed class AdamWOptimizerTests
{
    private static readonly ParameterLayout Layout = new(TestModel.Config("qwen2"));

    [Fact]
    public void Step_NoGradient_OnlyMatricesDecay()
    {
        using State state = new(new OptimizerOptions { WeightDecay = 0.25 });
        state.Weights.Span.Fill(2);
        ApplyResult applied = state.Step(0.5);
        foreach (Parameter parameter in Layout.All)
        {
            // 2 − 0.5 · 0.25 · 2
            float expected = parameter.Shape.Length == 2 ? 1.75f : 2;
            state.Weights.Span.Slice((int)parameter.Offset, (int)parameter.Count).ToArray().ShouldAllBe(w => w == expected, parameter.Name);
        }

        long decayed = Layout.All.Where(p => p.Shape.Length == 2).Sum(p => p.Count);
        applied.GradientNorm.ShouldBe(0);
        applied.UpdateNorm.ShouldBe(0.25 * Math.Sqrt(decayed), 1e-9);
    }

    [Fact]
    public void Step_TwoGradients_HandComputedWeightAndMoments()
    {
        using State state = new(new OptimizerOptions { ClipNorm = 0 });
        int last = (int)Layout.Count - 1;
        state.Gradient[last] = 1;
        state.Step(0.1);
        // m̂ = v̂ = 1
        state.Weights.Span[last].ShouldBe(-0.1f, 1e-6f);
        state.Gradient[last] = -0.5f;
        ApplyResult applied = state.Step(0.2);
        // m = 0.9 · 0.1 − 0.1 · 0.5, v = 0.999 · 0.001 + 0.001 · 0.25; m / 0.19 / √(v / 0.001999) = 0.266337
        state.Optimizer.FirstMoment.Span[last].ShouldBe(0.04f, 1e-8f);
        state.Optimizer.SecondMoment.Span[last].ShouldBe(0.001249f, 1e-9f);
        state.Weights.Span[last].ShouldBe(-0.1f - (0.2f * 0.266337f), 1e-6f);
        applied.GradientNorm.ShouldBe(0.5, 1e-9);
        applied.UpdateNorm.ShouldBe(0.2 * 0.266337, 1e-6);
        state.Weights.Span[..last].ToArray().ShouldAllBe(w => w == 0);
        state.Optimizer.Gradient.Span.ToArray().ShouldAllBe(g => g == 0);
        state.Optimizer.Steps.ShouldBe(2);
    }

    [Theory]
    [InlineData(2.0, 0.2)]
    [InlineData(10.5, 1.0)]
    [InlineData(0.0, 1.0)]
    public void Step_GradientOfNorm10_ClippedToTheLimit(double limit, double coefficient)
    {
        using State state = new(new OptimizerOptions { ClipNorm = limit });
        state.Gradient[0] = 6;
        state.Gradient[(int)Layout.Count - 1] = -8;
        state.Step(0.1).GradientNorm.ShouldBe(10, 1e-9);
        state.Optimizer.FirstMoment.Span[0].ShouldBe((float)(0.6 * coefficient), 1e-6f);
        state.Optimizer.FirstMoment.Span[(int)Layout.Count - 1].ShouldBe((float)(-0.8 * coefficient), 1e-6f);
    }

    [Fact]
    public void Step_LearningRateZero_MovesMomentsNotWeights()
    {
        using State state = new(new OptimizerOptions { WeightDecay = 0.1 });
        state.Weights.Span.Fill(2);
        state.Gradient.Fill(1);
        state.Step(0).UpdateNorm.ShouldBe(0);
        state.Weights.Span.ToArray().ShouldAllBe(w => w == 2);
        state.Optimizer.FirstMoment.Span.ToArray().ShouldAllBe(m => m > 0);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Step_GradientIsNotFinite_MovesNothingAndIsCleared(float value)
    {
        using State state = new(new OptimizerOptions { WeightDecay = 0.1 });
        state.Weights.Span.Fill(2);
        state.Gradient.Fill(1);
        state.Gradient[5] = value;

        ApplyResult applied = state.Step(0.1);

        double.IsFinite(applied.GradientNorm).ShouldBeFalse();
        (applied.UpdateNorm, state.Optimizer.Steps).ShouldBe((0, 0));
        state.Weights.Span.ToArray().ShouldAllBe(w => w == 2);
        state.Optimizer.FirstMoment.Span.ToArray().ShouldAllBe(m => m == 0);
        state.Gradient.ToArray().ShouldAllBe(g => g == 0);
    }

    private sealed unsafe class State : IDisposable
    {
        private readonly Workers _workers = new(2);

        public State(OptimizerOptions options)
        {
            Weights = new NativeBuffer<float>(Layout.Count);
            Optimizer = new AdamWOptimizer(Layout, options, _workers);
        }

        public NativeBuffer<float> Weights { get; }

        public AdamWOptimizer Optimizer { get; }

        public Span<float> Gradient => Optimizer.Gradient.Span;

        public ApplyResult Step(double learningRate) => Optimizer.Step(Weights.Pointer, learningRate);

        public void Dispose()
        {
            Weights.Dispose();
            Optimizer.Dispose();
            _workers.Dispose();
        }
    }
}

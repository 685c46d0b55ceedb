using Stepwise.Methods.Losses;

namespace Stepwise.Tests.Methods.Losses;

public sealed class SamplerCorrectionTests
{
    private static readonly double[] LogRatios = [0, Math.Log(3), Math.Log(0.25), Math.Log(1.5)];

    [Fact]
    public void Weights_Truncate_CapsTheRatio() =>
        new TruncatedCorrection().Weights(LogRatios).ShouldBe([1, 2, 0.25, 1.5], 1e-15);

    [Fact]
    public void Weights_Mask_LeavesOutWhatIsOutOfRange()
    {
        new MaskedCorrection().Weights(LogRatios).ShouldBe([1, 0, 0.25, 1.5], 1e-15);
        new MaskedCorrection { SmallestMismatch = 0.5 }.Weights(LogRatios).ShouldBe([1, 0, 0, 1.5], 1e-15);
    }

    [Fact]
    public void Weights_OfTheCompletion_AreItsProductsForEveryToken()
    {
        // 3 · 0.25 · 1.5 = 1.125.
        new TruncatedCorrection { MismatchOfCompletion = true, LargestMismatch = 1.1 }.Weights(LogRatios).ShouldBe([1.1, 1.1, 1.1, 1.1], 1e-15);
        new MaskedCorrection { MismatchOfCompletion = true, LargestMismatch = 1.1 }.Weights(LogRatios).ShouldBe([0, 0, 0, 0]);
        new MaskedCorrection { MismatchOfCompletion = true }.Weights(LogRatios).ShouldBe([1.125, 1.125, 1.125, 1.125], 1e-15);
    }

    [Fact]
    public void Weights_SamplerThatIsTheTrainer_AreExactlyOne()
    {
        ISamplerCorrection[] all = [new NoCorrection(), new TruncatedCorrection(), new MaskedCorrection(), new MaskedCorrection { MismatchOfCompletion = true }];

        all.SelectMany(correction => correction.Weights([0, 0])).ShouldAllBe(weight => weight == 1);
    }
}

using Stepwise.Evaluation.Judges;

namespace Stepwise.Tests.Evaluation.Judges;

public sealed class AgreementTests
{
    [Fact]
    public void Of_HandComputed_GivesKappa()
    {
        // p_o = 3/5; both say 0 twice, 1 twice and nothing once: p_e = (2·2 + 2·2 + 1·1) / 25.
        Agreement agreement = Agreement.Of([(0, 0), (0, 1), (1, 0), (1, 1), (null, null)]);
        (agreement.Traces, agreement.Same).ShouldBe((5, 3));
        agreement.Kappa.ShouldBe((0.6 - 0.36) / (1 - 0.36), 1e-12);
    }

    [Fact]
    public void Of_FullAgreementAndOpposites_AreOneAndBelowZero()
    {
        Agreement.Of([(0, 0), (1, 1), (-1, -1)]).Kappa.ShouldBe(1, 1e-12);
        Agreement.Of([(0, 1), (1, 0)]).Kappa.ShouldBe(-1, 1e-12);
        Agreement.Of([(2, 2), (2, 2)]).Kappa.ShouldBe(double.NaN);
    }

    [Fact]
    public void Calibration_HandComputed_GivesTheExpectedError()
    {
        // Band 0.2: one at 0.25, right; band 0.9: 0.9 right, 1.0 wrong, mean confidence 0.95 against 0.5.
        Calibration calibration = Calibration.Of([(0.25, true), (0.9, true), (1.0, false)]);

        calibration.Judgements.ShouldBe(3);
        calibration.Bands.Count(band => band.Count > 0).ShouldBe(2);
        calibration.Error.ShouldBe(((1 * 0.75) + (2 * 0.45)) / 3, 1e-12);
        Calibration.Of([]).Error.ShouldBe(double.NaN);
    }
}

using Stepwise.Judging.Trained;
using Stepwise.Training.Judges;

namespace Stepwise.Tests.Judging.Trained;

public sealed class HeadCalibrationTests
{
    [Fact]
    public void Fit_LogitsThatSayTooMuch_FindsTemperatureAndBias()
    {
        // The true hazard of a step is σ(z / 2.5 − 0.4).
        HeldOutTrace[] traces =
        [
            .. Enumerable.Range(0, 20_000).Select(t =>
            {
                ulong key = CounterRandom.Key(1, (ulong)t);
                double[] logits = [.. Enumerable.Range(0, 6).Select(s => 3 * CounterRandom.Normal(key, (ulong)s))];
                int first = Enumerable.Range(0, 6).FirstOrDefault(
                    s => CounterRandom.Uniform(CounterRandom.Key(key, 1), (ulong)s) < 1 / (1 + Math.Exp(0.4 - (logits[s] / 2.5))), 6) + 1;
                return new HeldOutTrace(logits, first);
            }),
        ];

        HeadCalibration calibration = HeadCalibration.Fit(traces);

        calibration.Temperature.ShouldBe(2.5, 0.1);
        calibration.Bias.ShouldBe(-0.4, 0.05);
        HeldOutReport.Of(calibration, traces).Steps.Error.ShouldBeLessThan(0.01);
        HeldOutReport.Of(HeadCalibration.None, traces).Steps.Error.ShouldBeGreaterThan(0.05);
    }

    /// <summary>Logits far from 0 and often wrong, as of a judge that was trained on easier errors: a whole step of Newton's overshoots.</summary>
    [Fact]
    public void Fit_LogitsFarFromZero_FindsWhatIsLikelier()
    {
        HeldOutTrace[] traces =
        [
            .. Enumerable.Range(0, 300).Select(t =>
            {
                ulong key = CounterRandom.Key(2, (ulong)t);
                double[] logits = [.. Enumerable.Range(0, 5).Select(s => CounterRandom.Uniform(key, (ulong)s) < 0.2 ? 9.0 : -7)];
                int said = Array.FindIndex(logits, z => z > 0) + 1;
                return new HeldOutTrace(logits, CounterRandom.Uniform(key, 9) < 0.4 && said > 0 ? said : 1 + CounterRandom.Integer(key, 8, 6));
            }),
        ];

        HeadCalibration calibration = HeadCalibration.Fit(traces);

        calibration.Temperature.ShouldBeInRange(3, 20);
        HeldOutReport.Of(calibration, traces).Steps.Error.ShouldBeLessThan(0.02);
    }

    /// <summary>The threshold's F1 is at least that of every threshold between two traces.</summary>
    [Fact]
    public void Fit_AnyTraces_ChoosesTheBestThreshold()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            HeldOutTrace[] traces =
            [
                .. Enumerable.Range(0, 12).Select(t =>
                {
                    ulong key = CounterRandom.Key(seed, (ulong)t);
                    return new HeldOutTrace([.. Enumerable.Range(0, 3).Select(s => CounterRandom.Normal(key, (ulong)s))], 1 + CounterRandom.Integer(key, 9, 4));
                }),
            ];
            if (!traces.Any(trace => trace.IsErroneous) || traces.All(trace => trace.IsErroneous))
            {
                continue;
            }

            HeadCalibration chosen = HeadCalibration.Fit(traces);

            double best = Enumerable.Range(0, 1001).Max(i => HeldOutReport.Of(chosen with { Threshold = i / 1000.0 }, traces).F1);
            HeldOutReport.Of(chosen, traces).F1.ShouldBeGreaterThanOrEqualTo(best, $"seed {seed}");
        }
    }

    [Fact]
    public void Fit_TracesOfOneKindOrToldApart_StaysFinite()
    {
        foreach (HeldOutTrace[] traces in (HeldOutTrace[][])[
            [new([1, 2], 3)], [new([1, 2], 1)], [], [new([-9, 9], 2), new([-9, -9], 3)], [new([9, -9], 2), new([9, 9], 3)]])
        {
            HeadCalibration calibration = HeadCalibration.Fit(traces);
            double.IsFinite(calibration.Temperature + calibration.Bias).ShouldBeTrue();
            calibration.Temperature.ShouldBeGreaterThan(0);
            calibration.Threshold.ShouldBeInRange(0, 1);
        }
    }

    /// <summary>F1 then chooses nothing: the calibrated probabilities decide.</summary>
    [Fact]
    public void Fit_NoCorrectTraces_StillNamesWrongSteps()
    {
        HeldOutTrace[] traces = [new([-9, 9], 2), new([9, -9], 1), new([-9, -9, 9], 3)];

        HeadCalibration calibration = HeadCalibration.Fit(traces);

        calibration.Threshold.ShouldBe(0.5);
        HeldOutReport.Of(calibration, traces).Placed.ShouldBe(3);
    }

    /// <summary>No wrong step is ever placed, so that F1 is 0 at every threshold and chooses none: the lowest would pass whatever may be right.</summary>
    [Fact]
    public void Fit_NoWrongStepIsEverPlaced_KeepsOneHalf()
    {
        HeldOutTrace[] traces = [new([9, -9], 2), new([8, -9], 2), new([-9, -9], 3)];

        HeadCalibration calibration = HeadCalibration.Fit(traces);

        Enumerable.Range(0, 101).Max(i => HeldOutReport.Of(calibration with { Threshold = i / 100.0 }, traces).F1).ShouldBe(0);
        calibration.Threshold.ShouldBe(0.5);
    }

    [Theory]
    [InlineData(0.5, 3)]
    [InlineData(0.4, 4)]
    public void Decide_NoErrorBelowTheThreshold_NamesTheLikeliestStep(double threshold, int expected)
    {
        (HeadCalibration.None with { Threshold = threshold }).Decide([0.1, 0.2, 0.3, 0.4]).ShouldBe(expected);
    }

    [Fact]
    public void Report_OfFourTraces_CountsAndBins()
    {
        // Hazards 0.05, 0.75 and 0.05 again.
        double low = Math.Log(0.05 / 0.95), high = Math.Log(3);

        HeldOutReport report = HeldOutReport.Of(
            HeadCalibration.None, [new([low, high], 2), new([high, low], 2), new([low], 2), new([high], 2)]);

        (report.Erroneous, report.Placed, report.Correct, report.Passed).ShouldBe((2, 1, 2, 1));
        report.F1.ShouldBe(0.5);
        (report.Steps.Bands[0].Count, report.Steps.Bands[7].Count, report.Steps.Judgements).ShouldBe((3, 3, 6));
        report.Steps.Bands[0].Confidence.ShouldBe(0.05, 1e-12);
        report.Steps.Bands[0].Right.ShouldBe(1.0 / 3, 1e-12);
        report.Steps.Bands[7].Confidence.ShouldBe(0.75, 1e-12);
        report.Steps.Bands[7].Right.ShouldBe(1.0 / 3, 1e-12);
        report.Steps.Error.ShouldBe(((3 * (1.0 / 3 - 0.05)) + (3 * (0.75 - (1.0 / 3)))) / 6, 1e-12);
    }
}

namespace Stepwise.Evaluation.Judges;

/// <summary>Judgements of one band of confidence.</summary>
/// <param name="Low">The band's lower end, included.</param>
/// <param name="High">Its upper end, included in the last band only.</param>
/// <param name="Count">Judgements in it.</param>
/// <param name="Confidence">Their mean confidence; NaN of none.</param>
/// <param name="Right">The share of them that is right; NaN of none.</param>
public sealed record CalibrationBand(double Low, double High, int Count, double Confidence, double Right);

/// <summary>Whether a judge is right as often as it says: the judgements with a confidence, by bands of it.</summary>
/// <param name="Bands">The bands, of equal width, in rising order.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBand> Bands)
{
    private const int Count = 10;

    /// <summary>Judgements with a confidence.</summary>
    public int Judgements => Bands.Sum(band => band.Count);

    /// <summary>
    /// The expected calibration error, <c>Σ n_b |right_b − confidence_b| / n</c>; NaN without judgements. Source: Naeini et al. 2015; Guo et al. 2017,
    /// arXiv 1706.04599.
    /// </summary>
    public double Error => Judgements == 0
        ? double.NaN
        : Bands.Where(band => band.Count > 0).Sum(band => band.Count * Math.Abs(band.Right - band.Confidence)) / Judgements;

    /// <summary>Sorts judgements into bands.</summary>
    /// <param name="judgements">Confidence in [0, 1], and whether the judgement is right.</param>
    public static Calibration Of(IEnumerable<(double Confidence, bool Right)> judgements)
    {
        ILookup<int, (double Confidence, bool Right)> bands = judgements.ToLookup(j => Math.Clamp((int)(j.Confidence * Count), 0, Count - 1));
        return new([.. Enumerable.Range(0, Count).Select(b => new CalibrationBand(
            b / (double)Count, (b + 1) / (double)Count, bands[b].Count(),
            bands[b].Select(j => j.Confidence).DefaultIfEmpty(double.NaN).Average(),
            bands[b].Select(j => j.Right ? 1.0 : 0.0).DefaultIfEmpty(double.NaN).Average()))]);
    }
}

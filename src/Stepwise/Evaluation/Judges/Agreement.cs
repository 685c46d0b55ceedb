namespace Stepwise.Evaluation.Judges;

/// <summary>How two judges agree on the same traces; what a judge says is the first wrong step, that there is none, or nothing.</summary>
/// <param name="Traces">Traces that both were asked about.</param>
/// <param name="Same">Those of which both say the same.</param>
/// <param name="Kappa">
/// Cohen's κ, <c>(p_o − p_e) / (1 − p_e)</c>: 1 is full agreement, 0 what chance would give; NaN of no trace, and where both say one thing of all.
/// Source: Cohen 1960, Educational and Psychological Measurement 20.
/// </param>
public sealed record Agreement(int Traces, int Same, double Kappa)
{
    /// <summary>Compares words on the same traces in the same order.</summary>
    /// <param name="words">
    /// What both say of each trace: the first wrong step, a number for none, and <see langword="null"/> for no judgement; compared as they are.
    /// </param>
    public static Agreement Of(IReadOnlyList<(int? One, int? Other)> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        double n = words.Count;
        int same = words.Count(w => w.One == w.Other);
        ILookup<int, int?> ones = words.ToLookup(w => w.One ?? int.MinValue, w => w.One), others = words.ToLookup(w => w.Other ?? int.MinValue, w => w.Other);
        double chance = ones.Sum(said => said.Count() / n * (others[said.Key].Count() / n));
        return new(words.Count, same, ((same / n) - chance) / (1 - chance));
    }
}

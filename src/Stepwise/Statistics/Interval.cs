namespace Stepwise.Statistics;

/// <summary>An estimate with its 95 % confidence interval.</summary>
/// <param name="Estimate">The estimate; NaN where there was nothing to estimate from.</param>
/// <param name="Low">Lower end; NaN where the spread is unknown.</param>
/// <param name="High">Upper end; NaN where the spread is unknown.</param>
public readonly record struct Interval(double Estimate, double Low, double High);

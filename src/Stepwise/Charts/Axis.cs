namespace Stepwise.Charts;

/// <summary>A range of round ends with ticks at multiples of 1, 2 or 5 times a power of ten.</summary>
internal sealed record Axis(double Low, double High, IReadOnlyList<double> Ticks)
{
    public static Axis Over(IEnumerable<double> values, int intervals)
    {
        double low = values.DefaultIfEmpty(0).Min(), high = values.DefaultIfEmpty(1).Max();
        if (high <= low)
        {
            high = low + Math.Max(1, Math.Abs(low));
        }

        double rough = (high - low) / intervals, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        long first = (long)Math.Floor((low / step) + 1e-9), last = (long)Math.Ceiling((high / step) - 1e-9);
        return new(first * step, last * step, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)]);
    }
}

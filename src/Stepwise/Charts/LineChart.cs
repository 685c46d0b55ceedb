using System.Text;

namespace Stepwise.Charts;

/// <summary>A point of a curve.</summary>
/// <param name="X">Abscissa.</param>
/// <param name="Y">Ordinate.</param>
/// <param name="Low">Lower end of the shaded interval; NaN for none.</param>
/// <param name="High">Upper end of the shaded interval; NaN for none.</param>
public readonly record struct ChartPoint(double X, double Y, double Low = double.NaN, double High = double.NaN);

/// <summary>A curve of a chart.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Points">Its points in ascending order of X; one with a number that is not finite is left out.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);

/// <summary>A line chart with shaded intervals, written as SVG; the same data give the same text.</summary>
public sealed class LineChart
{
    private const double Width = 840, Height = 460, Left = 72, Top = 56, Bottom = 400, LabelHeight = 17, LabelGap = 26;

    // Colours told apart with any colour vision (Okabe and Ito 2008), without the yellow, which is too light for a line on white.
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"];
    private static readonly string[] Dashes = ["", "7 3", "2 3"];

    /// <summary>The chart's title.</summary>
    public required string Title { get; init; }

    /// <summary>What the horizontal axis shows, with its unit.</summary>
    public required string XLabel { get; init; }

    /// <summary>What the vertical axis shows, with its unit.</summary>
    public required string YLabel { get; init; }

    /// <summary>The curves, in the order of their colours.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Whether ordinates are shares in [0, 1]: shown in percent, intervals cut at the ends.</summary>
    public bool Percent { get; init; }

    /// <summary>The chart as an SVG document.</summary>
    public string ToSvg()
    {
        ChartPoint[][] curves =
        [
            .. Series.Select(s => s.Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))
                .Select(p => Percent ? p with { Low = Math.Max(0, p.Low), High = Math.Min(1, p.High) } : p).ToArray()),
        ];
        IEnumerable<ChartPoint> all = curves.SelectMany(c => c);
        Axis x = Axis.Over(all.Select(p => p.X), 8);
        Axis y = Axis.Over(all.SelectMany(p => (double[])[p.Y, p.Low, p.High]).Where(double.IsFinite).Append(0), 5);
        double right = Width - Math.Clamp(LabelGap + 8 + (8 * Series.Select(s => s.Name.Length).DefaultIfEmpty(0).Max()), 40, 300);
        double X(double value) => Left + ((value - x.Low) / (x.High - x.Low) * (right - Left));
        double Y(double value) => Bottom - ((value - y.Low) / (y.High - y.Low) * (Bottom - Top));

        StringBuilder svg = new();
        void Line(FormattableString text) => svg.Append(FormattableString.Invariant(text)).Append('\n');

        Line($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="{Svg.Font}" font-size="13" fill="#333">""");
        Line($"""<title>{Svg.Text(Title)}</title>""");
        Line($"""<rect width="{Width}" height="{Height}" fill="#fff"/>""");
        Line($"""<text x="{Left}" y="30" font-size="17" font-weight="600" fill="#111">{Svg.Text(Title)}</text>""");
        foreach (double tick in y.Ticks)
        {
            Line($"""<path d="M{Left} {Y(tick):0.##}H{right:0.##}" stroke="#e3e3e3"/>""");
            string label = Percent ? Svg.Number(tick * 100) + " %" : Svg.Number(tick);
            Line($"""<text x="{Left - 10}" y="{Y(tick) + 4.5:0.##}" text-anchor="end">{label}</text>""");
        }

        foreach (double tick in x.Ticks)
        {
            Line($"""<path d="M{X(tick):0.##} {Bottom}v5" stroke="#555"/>""");
            Line($"""<text x="{X(tick):0.##}" y="{Bottom + 21}" text-anchor="middle">{Svg.Number(tick)}</text>""");
        }

        Line($"""<path d="M{Left} {Bottom}H{right:0.##}" stroke="#555"/>""");
        Line($"""<text x="{(Left + right) / 2:0.##}" y="{Bottom + 46}" text-anchor="middle">{Svg.Text(XLabel)}</text>""");
        Line($"""<text transform="translate(20 {(Top + Bottom) / 2:0.##}) rotate(-90)" text-anchor="middle">{Svg.Text(YLabel)}</text>""");

        for (int s = 0; s < curves.Length; s++)
        {
            ChartPoint[] band = [.. curves[s].Where(p => double.IsFinite(p.Low) && double.IsFinite(p.High))];
            if (band.Length > 1)
            {
                IEnumerable<string> edge =
                    [.. band.Select(p => At(X(p.X), Y(p.High))), .. band.Reverse().Select(p => At(X(p.X), Y(p.Low)))];
                Line($"""<polygon points="{string.Join(' ', edge)}" fill="{Colour(s)}" fill-opacity="0.15"/>""");
            }
        }

        // Curves lie above all bands, labels above all curves.
        for (int s = 0; s < curves.Length; s++)
        {
            string points = string.Join(' ', curves[s].Select(p => At(X(p.X), Y(p.Y))));
            Line($"""<polyline points="{points}" fill="none" stroke="{Colour(s)}" stroke-width="2.2" stroke-linejoin="round"{Dash(s)}/>""");
            if (curves[s].Length == 1)
            {
                Line($"""<circle cx="{X(curves[s][0].X):0.##}" cy="{Y(curves[s][0].Y):0.##}" r="3.5" fill="{Colour(s)}"/>""");
            }
        }

        int[] named = [.. Enumerable.Range(0, curves.Length).Where(s => curves[s].Length > 0)];
        double[] places = Spread([.. named.Select(s => Y(curves[s][^1].Y))]);
        for (int i = 0; i < named.Length; i++)
        {
            int s = named[i];
            ChartPoint last = curves[s][^1];
            string leader = At(X(last.X) + 3, Y(last.Y)) + "L" + At(right + LabelGap - 5, places[i]);
            string name = Svg.Text(Series[s].Name);
            Line($"""<path d="M{leader}" stroke="{Colour(s)}" stroke-opacity="0.6"/>""");
            Line($"""<text x="{right + LabelGap:0.##}" y="{places[i] + 4.5:0.##}" font-weight="600" fill="{Colour(s)}">{name}</text>""");
        }

        Line($"</svg>");
        return svg.ToString();
    }

    private static string Colour(int series) => Colours[series % Colours.Length];

    /// <summary>A second round through the colours is dashed.</summary>
    private static string Dash(int series) =>
        Dashes[series / Colours.Length % Dashes.Length] is { Length: > 0 } dash ? $" stroke-dasharray=\"{dash}\"" : "";

    private static string At(double x, double y) => FormattableString.Invariant($"{x:0.##},{y:0.##}");

    /// <summary>Moves labels apart until none overlaps another, keeping their order and staying within the plot where they fit.</summary>
    private static double[] Spread(double[] wanted)
    {
        int[] order = [.. Enumerable.Range(0, wanted.Length).OrderBy(i => wanted[i])];
        double[] places = [.. wanted];
        for (int i = 1; i < order.Length; i++)
        {
            places[order[i]] = Math.Max(places[order[i]], places[order[i - 1]] + LabelHeight);
        }

        double limit = Bottom + 2;
        foreach (int i in order.Reverse())
        {
            places[i] = Math.Min(places[i], limit);
            limit = places[i] - LabelHeight;
        }

        return places;
    }
}

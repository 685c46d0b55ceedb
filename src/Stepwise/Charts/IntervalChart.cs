using System.Text;
using Stepwise.Statistics;

namespace Stepwise.Charts;

/// <summary>A line of a chart of intervals.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Share">What it shows, in [0, 1]; without an interval a dot alone.</param>
/// <param name="Remark">What stands at its end.</param>
/// <param name="Strong">Whether the remark is to be seen first.</param>
public sealed record IntervalRow(string Name, Interval Share, string Remark, bool Strong = false);

/// <summary>A part of a chart of intervals, with an axis of its own.</summary>
/// <param name="Title">What its lines show.</param>
/// <param name="Rows">Its lines, from above.</param>
public sealed record IntervalPanel(string Title, IReadOnlyList<IntervalRow> Rows);

/// <summary>Shares with their intervals, one below the other, written as SVG; the same data give the same text.</summary>
public sealed class IntervalChart
{
    private const double Width = 840, Left = 24, Row = 26, Head = 44, Foot = 38, Letter = 7.3;

    /// <summary>The chart's title.</summary>
    public required string Title { get; init; }

    /// <summary>Its parts, from above.</summary>
    public required IReadOnlyList<IntervalPanel> Panels { get; init; }

    /// <summary>The chart as an SVG document.</summary>
    public string ToSvg()
    {
        IntervalRow[] rows = [.. Panels.SelectMany(panel => panel.Rows)];
        double left = Left + Room(rows.Select(row => row.Name), 300), right = Width - Room(rows.Select(row => row.Remark), 300);
        double height = Head + Panels.Sum(panel => Head + (Row * panel.Rows.Count) + Foot);
        StringBuilder svg = new();
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="{Svg.Font}" font-size="13" fill="#333">""");
        Line(svg, $"""<title>{Svg.Text(Title)}</title>""");
        Line(svg, $"""<rect width="{Width}" height="{height}" fill="#fff"/>""");
        Line(svg, $"""<text x="{Left}" y="30" font-size="17" font-weight="600" fill="#111">{Svg.Text(Title)}</text>""");
        double top = Head;
        foreach (IntervalPanel panel in Panels)
        {
            Draw(svg, panel, top, left, right);
            top += Head + (Row * panel.Rows.Count) + Foot;
        }

        Line(svg, $"</svg>");
        return svg.ToString();
    }

    private static void Draw(StringBuilder svg, IntervalPanel panel, double top, double left, double right)
    {
        Axis axis = Axis.Over(panel.Rows.SelectMany(row => (double[])[row.Share.Estimate, row.Share.Low, row.Share.High]).Where(double.IsFinite).Append(0), 5);
        double X(double share) => left + ((share - axis.Low) / (axis.High - axis.Low) * (right - left));
        double first = top + Head, bottom = first + (Row * panel.Rows.Count);
        Line(svg, $"""<text x="{Left}" y="{top + 24}" font-weight="600" fill="#111">{Svg.Text(panel.Title)}</text>""");
        foreach (double tick in axis.Ticks)
        {
            Line(svg, $"""<path d="M{X(tick):0.##} {first - 6}V{bottom}" stroke="#e3e3e3"/>""");
            Line(svg, $"""<text x="{X(tick):0.##}" y="{bottom + 18}" text-anchor="middle">{Svg.Number(100 * tick)} %</text>""");
        }

        for (int i = 0; i < panel.Rows.Count; i++)
        {
            (string name, Interval share, string remark, bool strong) = panel.Rows[i];
            double y = first + (Row * (i + 0.5)) - 4;
            Line(svg, $"""<text x="{left - 14:0.##}" y="{y + 4.5}" text-anchor="end">{Svg.Text(name)}</text>""");
            if (double.IsFinite(share.Low) && double.IsFinite(share.High))
            {
                Line(svg, $"""<path d="M{X(share.Low):0.##} {y}H{X(share.High):0.##}" stroke="#0072B2" stroke-width="3" stroke-opacity="0.5"/>""");
            }

            if (double.IsFinite(share.Estimate))
            {
                Line(svg, $"""<circle cx="{X(share.Estimate):0.##}" cy="{y}" r="4.5" fill="#0072B2"/>""");
            }

            Line(svg, $"""<text x="{right + 16:0.##}" y="{y + 4.5}"{(strong ? " font-weight=\"600\"" : "")}>{Svg.Text(remark)}</text>""");
        }
    }

    private static double Room(IEnumerable<string> texts, double most) => Math.Clamp(30 + (Letter * texts.Max(text => text.Length)), 60, most);

    private static void Line(StringBuilder svg, FormattableString line) => svg.Append(FormattableString.Invariant(line)).Append('\n');
}

using System.Xml.Linq;
using Stepwise.Charts;

namespace Stepwise.Tests.Charts;

public sealed class LineChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void ToSvg_TwoCurves_HasTitleTicksLabelsLinesAndBands()
    {
        LineChart chart = new()
        {
            Title = "Solve rate <GRPO & SGPO>",
            XLabel = "training steps",
            YLabel = "solve rate",
            Percent = true,
            Series =
            [
                new("GRPO", [new(0, 0), new(50, 0.06), new(100, 0.15)]),
                new("SGPO", [new(0, 0, -0.2, 0.01), new(50, 0.4, 0.35, 0.45), new(100, 0.63, 0.6, 0.67)]),
            ],
        };

        XElement root = XDocument.Parse(chart.ToSvg()).Root!;
        string[] texts = [.. root.Elements(Svg + "text").Select(t => t.Value)];

        foreach (string expected in new[] { "Solve rate <GRPO & SGPO>", "training steps", "solve rate", "GRPO", "SGPO", "0 %", "20 %", "80 %", "0", "40", "100" })
        {
            texts.Contains(expected, StringComparer.Ordinal).ShouldBeTrue(expected);
        }

        root.Elements(Svg + "polygon").Count().ShouldBe(1);
        XElement[] lines = [.. root.Elements(Svg + "polyline")];
        lines.Length.ShouldBe(2);
        lines.Select(line => line.Attribute("stroke")!.Value).Distinct(StringComparer.Ordinal).Count().ShouldBe(2);

        // The axes run from 0 to 100 and 0 to 80 %: the first point lies in the lower left corner, and 63 % at 63/80 of the height.
        double[] last = Numbers(lines[1])[^1];
        Numbers(lines[1])[0].ShouldBe([72, 400]);
        last[1].ShouldBe(400 - (0.63 / 0.8 * (400 - 56)), 0.01);
    }

    [Fact]
    public void ToSvg_LabelsAtTheSameHeight_DoNotOverlap()
    {
        LineChart chart = Chart([.. Enumerable.Range(0, 9).Select(i => new ChartSeries($"curve {i}", [new(0, 0), new(1, 0.5)]))]);

        double[] heights =
        [
            .. XDocument.Parse(chart.ToSvg()).Root!.Elements(Svg + "text").Where(t => t.Value.StartsWith("curve", StringComparison.Ordinal))
                .Select(t => double.Parse(t.Attribute("y")!.Value)).Order(),
        ];

        heights.Length.ShouldBe(9);
        heights.Zip(heights.Skip(1), (low, high) => high - low).Min().ShouldBeGreaterThan(16.9);
        heights[^1].ShouldBeLessThan(420);
    }

    [Fact]
    public void ToSvg_NothingOrOddNumbers_IsStillADrawing()
    {
        ChartSeries[] odd =
        [
            new("empty", []), new("one", [new(3, 4)]), new("flat", [new(0, -5), new(1, -5)]),
            new("not finite", [new(0, double.NaN), new(double.PositiveInfinity, 1), new(1, 2, double.NaN, double.PositiveInfinity)]),
            new("huge", [new(0, 1e300), new(1, -1e300)]),
        ];
        foreach (ChartSeries[] series in (ChartSeries[][])[[], .. odd.Select(s => new[] { s }), odd])
        {
            string svg = Chart(series).ToSvg();
            XDocument.Parse(svg).Root!.Name.LocalName.ShouldBe("svg");
            svg.ShouldNotContain("NaN");
            svg.ShouldNotContain("∞");
        }
    }

    [Fact]
    public void ToSvg_SameData_GivesTheSameText()
    {
        ChartSeries[] series = [new("a", [new(0, 0.1, 0, 0.2), new(1, 0.3, 0.2, 0.4)])];

        Chart(series).ToSvg().ShouldBe(Chart(series).ToSvg());
    }

    private static LineChart Chart(params ChartSeries[] series) => new() { Title = "t", XLabel = "x", YLabel = "y", Series = series };

    private static double[][] Numbers(XElement line) =>
        [.. line.Attribute("points")!.Value.Split(' ').Select(p => p.Split(',').Select(double.Parse).ToArray())];
}

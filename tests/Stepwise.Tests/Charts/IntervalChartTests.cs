using System.Xml.Linq;
using Stepwise.Charts;

namespace Stepwise.Tests.Charts;

public sealed class IntervalChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void ToSvg_TwoRows_HasDotsAndIntervalsAtTheirPlaces()
    {
        XElement root = Root(new IntervalPanel("solved", [new("a<b", new(0.2, 0.1, 0.4), "20 %"), new("c", new(0.4, 0.4, 0.4), "40 %", Strong: true)]));

        string[] texts = [.. root.Elements(Svg + "text").Select(text => text.Value)];
        texts.ShouldBe(["t", "solved", "0 %", "10 %", "20 %", "30 %", "40 %", "a<b", "20 %", "c", "40 %"]);
        root.Elements(Svg + "text").Where(text => text.Attribute("font-weight") is not null).Select(text => text.Value).ShouldBe(["t", "solved", "40 %"]);

        // An interval from 10 to 40 % is three fourths of an axis from 0 to 40 %, and begins at its first fourth.
        double[] ticks = [.. root.Elements(Svg + "text").Skip(2).Take(5).Select(text => (double)text.Attribute("x")!)];
        double[] dots = [.. root.Elements(Svg + "circle").Select(dot => (double)dot.Attribute("cx")!)];
        dots.ShouldBe([ticks[2], ticks[4]]);
        string[] intervals = [.. root.Elements(Svg + "path").Where(path => path.Attribute("stroke-width") is not null).Select(path => path.Attribute("d")!.Value)];
        intervals[0].ShouldStartWith(FormattableString.Invariant($"M{ticks[1]:0.##} "));
        intervals[0].ShouldEndWith(FormattableString.Invariant($"H{ticks[4]:0.##}"));
    }

    [Fact]
    public void ToSvg_WithoutAnInterval_HasADotAlone()
    {
        XElement root = Root(new IntervalPanel("", [new("a", new(0.5, double.NaN, double.NaN), ""), new("b", new(double.NaN, double.NaN, double.NaN), "–")]));

        root.Elements(Svg + "circle").Count().ShouldBe(1);
        root.Elements(Svg + "path").ShouldAllBe(path => path.Attribute("stroke-width") == null);
        root.ToString().ShouldNotContain("NaN");
    }

    [Fact]
    public void ToSvg_SeveralPanels_LieBelowEachOtherWithinTheDrawing()
    {
        IntervalPanel panel = new("p", [new("a", new(0.5, 0.4, 0.6), "")]);
        XElement root = Root(panel, panel, panel);

        double[] heights = [.. root.Elements(Svg + "circle").Select(dot => (double)dot.Attribute("cy")!)];
        heights.ShouldBe(heights.Order());
        heights.ShouldBeUnique();
        double height = double.Parse(root.Attribute("viewBox")!.Value.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture);
        root.Elements(Svg + "text").ShouldAllBe(text => (double)text.Attribute("y")! < height);
    }

    private static XElement Root(params IntervalPanel[] panels) => XDocument.Parse(new IntervalChart { Title = "t", Panels = panels }.ToSvg()).Root!;
}

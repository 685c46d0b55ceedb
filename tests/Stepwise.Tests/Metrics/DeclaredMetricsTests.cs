using Stepwise.Metrics;
using Stepwise.Statistics;

namespace Stepwise.Tests.Metrics;

public sealed class DeclaredMetricsTests
{
    [Fact]
    public void Of_DeclaredProperties_NamesUnitsAndPlace()
    {
        Metric[] metrics = [.. DeclaredMetrics.Of(typeof(Inner))];

        metrics.Select(m => m.Name).ShouldBe(["inner.count", "inner.longest", "inner.rate", "inner.rateLow", "inner.rateHigh"]);
        (metrics[0].Unit, metrics[0].Meaning, metrics[0].Reading, metrics[0].Headline).ShouldBe(("groups", "what was counted", "a rise is good", true));
        metrics[0].Source.ShouldBe($"{typeof(Inner).FullName}.Count");
        metrics[3].Meaning.ShouldBe("lower end of its 95 % interval: the rate");
    }

    [Fact]
    public void Read_NumbersOfEveryKind_AreThereAndUnknownOnesAreNot()
    {
        Outer outer = new()
        {
            Value = 1.5,
            Missing = null,
            Inner = new() { Count = 3, Longest = TimeSpan.FromMilliseconds(250), Rate = new(0.5, double.NaN, 0.75) },
        };

        DeclaredMetrics.Read(outer).Select(v => (v.Metric.Name, v.Value)).ShouldBe(
            [("value", 1.5), ("inner.count", 3), ("inner.longest", 0.25), ("inner.rate", 0.5), ("inner.rateHigh", 0.75)]);
        DeclaredMetrics.Read(outer with { Value = double.NaN }).ShouldNotContain(v => v.Metric.Name == "value");
        DeclaredMetrics.Read(outer with { Missing = 0 }).Single(v => v.Metric.Name is "missing").Value.ShouldBe(0);
    }

    [Fact]
    public void Read_PropertyThatIsNoNumber_IsAMistakeOfTheProgram() =>
        Should.Throw<InvalidOperationException>(() => DeclaredMetrics.Read(new NoNumber()).ToList()).Message.ShouldContain("String");

    [Fact]
    public void Metric_OfAStaticProperty_IsTheOneThatTheTypeDeclares()
    {
        Outer.Static.ShouldBeSameAs(DeclaredMetrics.Of(typeof(Outer)).Single(m => m.Name is "static"));
        DeclaredMetrics.Read(new Outer()).Select(v => v.Metric).ShouldNotContain(Outer.Static);
        Should.Throw<InvalidOperationException>(() => Metric.Of<Outer>("Inner")).Message.ShouldContain("declares no metric");
    }

    [Fact]
    public void Find_MetricWithoutAValue_IsNullAndNeverZero()
    {
        MetricValue[] values = [new(Outer.Static, 0)];

        values.Find(Outer.Static).ShouldBe(0);
        values.Find(DeclaredMetrics.Of(typeof(Inner)).First()).ShouldBeNull();
    }

    private sealed record Outer
    {
        [Metric("computed elsewhere", Unit = "nats")]
        public static Metric Static { get; } = Metric.Of<Outer>();

        [Metric("a value")]
        public double Value { get; init; }

        [Metric("a value that may be missing")]
        public long? Missing { get; init; }

        public Inner Inner { get; init; } = new();

        public int Undeclared { get; init; } = 7;
    }

    [MetricPrefix("inner")]
    private sealed record Inner
    {
        [Metric("what was counted", Unit = "groups", Reading = "a rise is good", Headline = true)]
        public int Count { get; init; }

        [Metric("the longest", Unit = "s")]
        public TimeSpan Longest { get; init; }

        [Metric("the rate", Unit = "share")]
        public Interval Rate { get; init; }
    }

    private sealed record NoNumber
    {
        [Metric("a word")]
        public string Word { get; init; } = "x";
    }
}

using Stepwise.Cli.Benchmarks;
using Stepwise.Cli.Display;
using Stepwise.Training;

namespace Stepwise.Cli.Tests.Display;

/// <summary>Columns stay apart whatever stands in them.</summary>
public sealed class TableTests
{
    private const int Columns = 21;

    public static TheoryData<double> Extremes =>
        [0, -0.0, -1, 1e-300, 99_999.95, 1_234_567, 1e15, -1e15, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Steps_AnyFigure_EveryColumnApart(double value)
    {
        StepTable table = new(steps: 1_000_000);
        StepReport usual = Steps.Report(1, 1_000_000), extreme = Extreme(value);

        string[] lines = [.. table.Lines(usual, 5), .. table.Lines(extreme, value), .. table.Lines(usual, 36_000), .. table.Lines(usual, 3.6e9)];

        foreach (string line in lines.Skip(1))
        {
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(Columns, line);
        }

        lines.Where(line => line.Contains("/1000000 ", StringComparison.Ordinal)).Count().ShouldBe(4);
    }

    [Theory]
    [InlineData(200, Columns)]
    [InlineData(119, 17)]
    [InlineData(79, 10)]
    [InlineData(59, 8)]
    [InlineData(20, 2)]
    [InlineData(5, 1)]
    public void Steps_NarrowTerminal_LeavesColumnsOutAndNeverWraps(int width, int columns)
    {
        string[] lines = [.. new StepTable(10).Lines(Steps.Report(5), 5, width)];

        lines[1..].ShouldAllBe(line => line.Length <= width);
        lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(columns);
    }

    [Fact]
    public void Lines_WiderCell_WidensTheColumnFromThereOnAndHeadsItAgain()
    {
        LineTable table = new(new("a", 2), new("b", 2));
        string[] lines = [.. table.Lines(["1", "2"]), .. table.Lines(["1234", "2"]), .. table.Lines(["1", "2"])];

        lines.ShouldBe([" a  b", " 1  2", "   a  b", "1234  2", "   1  2"]);
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Bench_AnyFigure_EveryColumnApart(double value)
    {
        Figure figure = new()
        {
            What = "attention: backward of all", Model = "m", Shape = "123456x123456x123456", Threads = 1024, Gflops = value, PeakGflops = 1,
            PeakGigabytesPerSecond = value, GigabytesPerSecond = value, TokensPerSecond = value, ManagedBytesPerStep = long.MaxValue,
        };

        string line = Figure.Table().Lines(figure.Cells()).Last();

        // Words of the first column, and a blank before each of the two %.
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4 + 11 + 2, line);
    }

    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "nan")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(double.NegativeInfinity, "-inf")]
    [InlineData(0.0625, "0.063")]
    [InlineData(-12.5, "-12.500")]
    [InlineData(1e300, "1.00e+300")]
    public void Fixed_AnyNumber_IsShort(double? number, string text) => Figures.Fixed(number, 3).ShouldBe(text);

    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(-5.0, "0:00")]
    [InlineData(36_000.0, "10:00:00")]
    [InlineData(1e300, "8888888:53:20")]
    public void Time_AnyEstimate_IsATime(double? seconds, string text) => Figures.Time(seconds).ShouldBe(text);

    private static StepReport Extreme(double value) => Steps.Report(1_000_000, 1_000_000) with
    {
        MeanReward = value,
        Updates = [new UpdateReport(value, value, value, value, long.MaxValue)],
        Ledger = Steps.Report(1).Ledger with
        {
            Trained = 12_345_678,
            AllPositiveGroup = 100_000,
            AllNegativeGroup = 100_000,
            Undecided = 1_000_000,
            NoJudgement = 10_000_000,
            Truncated = 1_000_000,
            Filtered = 100_000,
            Failed = 100_000,
            Tokens = long.MaxValue,
        },
        Times = new(
            TimeSpan.FromTicks(1), TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(300), TimeSpan.FromDays(10_000)),
    };
}

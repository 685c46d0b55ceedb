using System.Text.Json.Serialization;
using Stepwise.Cli.Display;
using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Cli.Benchmarks;

/// <summary>One measured figure; what does not apply is null.</summary>
internal sealed record Figure
{
    /// <summary>What was measured: the command's name, and its part where it has several.</summary>
    public required string What { get; init; }

    /// <summary>The model's folder or file, without the folders it is in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>How matrices are stored, where that was chosen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FrozenType? Weights { get; init; }

    /// <summary>The sizes: M×N×K; sequences×tokens; samples×new tokens; prompts×samples×new tokens.</summary>
    public required string Shape { get; init; }

    /// <summary>Number of threads.</summary>
    public required int Threads { get; init; }

    /// <summary>Width of the registers that the matrix tiles use.</summary>
    public int VectorBits { get; } = VectorWidth.Bits;

    /// <summary>10⁹ floating-point operations per second.</summary>
    public required double Gflops { get; init; }

    /// <summary>The processor's rate of fused multiply-adds at the time, in the unit of <see cref="Gflops"/>.</summary>
    public required double PeakGflops { get; init; }

    /// <summary><see cref="Gflops"/> over <see cref="PeakGflops"/>.</summary>
    public double ShareOfPeak => Gflops / PeakGflops;

    /// <summary>The rate at which memory is read in order, in 10⁹ bytes per second.</summary>
    public double PeakGigabytesPerSecond { get; init; }

    /// <summary>The rate at which the weights are read, in 10⁹ bytes per second, where no cache holds them from one token to the next.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GigabytesPerSecond { get; init; }

    /// <summary><see cref="GigabytesPerSecond"/> over <see cref="PeakGigabytesPerSecond"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ShareOfBandwidth => GigabytesPerSecond / PeakGigabytesPerSecond;

    /// <summary>Seconds of the whole.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Seconds { get; init; }

    /// <summary>Share of slot-steps without a live sample.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? IdleSlotShare { get; init; }

    /// <summary>Mean of |ℓ − ℓ'| over the drawn tokens, ℓ' with fp32 weights, in nats; of samples drawn with others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MeanLogProbDifference { get; init; }

    /// <summary>The largest of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LargestLogProbDifference { get; init; }

    /// <summary>Tokens computed or drawn per second.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TokensPerSecond { get; init; }

    /// <summary>Bytes of managed memory allocated per training step, on all threads.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ManagedBytesPerStep { get; init; }

    /// <summary>A figure of a measured round.</summary>
    public static Figure Of(string what, string shape, int threads, in Round round, string? model = null) => new()
    {
        What = what,
        Model = model is null ? null : Path.GetFileName(Path.TrimEndingDirectorySeparator(model)),
        Shape = shape,
        Threads = threads,
        Gflops = round.Gflops,
        PeakGflops = round.PeakGflops,
    };

    /// <summary>A table of figures.</summary>
    public static LineTable Table() => new(
        new("what", 19, Left: true), new("shape", 15, Left: true), new("threads", 7), new("GFLOP/s", 9), new("peak", 9), new("of peak", 9),
        new("GB/s", 9), new("peak", 9), new("of peak", 9), new("tokens/s", 9), new("managed bytes", 14), new(" model", 0, Left: true));

    /// <summary>The figure as a row of a table.</summary>
    public string[] Cells() =>
    [
        What, Shape, $"{Threads}", Figures.Fixed(Gflops, 1), Figures.Fixed(PeakGflops, 1), Share(ShareOfPeak, 1),
        ShareOfBandwidth is null ? "" : Figures.Fixed(GigabytesPerSecond, 1), ShareOfBandwidth is null ? "" : Figures.Fixed(PeakGigabytesPerSecond, 1),
        ShareOfBandwidth is { } share ? Share(share, 0) : "", TokensPerSecond is { } tokens ? Figures.Fixed(tokens, 0) : "",
        $"{ManagedBytesPerStep}", $" {Model}{(Weights == FrozenType.Bfloat16 ? " in BF16" : "")}",
    ];

    /// <summary>What the figure says beside its row; empty for most.</summary>
    public string More() => string.Join(", ", ((string[])
    [
        Seconds is { } seconds ? $"{seconds:0.0} s" : "",
        IdleSlotShare is { } idle ? $"{100 * idle:0.0} % of slot-steps idle" : "",
        MeanLogProbDifference is { } mean ? $"log-probabilities {mean:0.0000} nats from fp32 on average, {LargestLogProbDifference:0.000} at most" : "",
    ]).Where(text => text.Length > 0));

    private static string Share(double share, int decimals) => $"{Figures.Fixed(100 * share, decimals)} %";
}

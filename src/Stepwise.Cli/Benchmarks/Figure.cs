using System.Text.Json.Serialization;
using Stepwise.Engine.Kernels;
using Stepwise.Training;

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

    /// <summary>The columns of <see cref="ToLine"/>.</summary>
    public static string Header =>
        "what                shape           threads   GFLOP/s      peak   of peak      GB/s      peak of peak  tokens/s  managed bytes  model";

    /// <summary>The figure as a line of a table, and one more where it has figures of its own.</summary>
    public string ToLine()
    {
        string read = ShareOfBandwidth is { } share ? $"{GigabytesPerSecond,10:0.0}{PeakGigabytesPerSecond,10:0.0}{100 * share,6:0} %" : $"{"",28}";
        string line = ($"{What,-20}{Shape,-16}{Threads,7}{Gflops,10:0.0}{PeakGflops,10:0.0}{100 * ShareOfPeak,8:0.0} %{read}"
            + $"{TokensPerSecond,10:0}{ManagedBytesPerStep,15}  {Model} {(Weights == FrozenType.Bfloat16 ? "in BF16" : "")}").TrimEnd();
        string[] more =
        [
            Seconds is { } seconds ? $"{seconds:0.0} s" : "",
            IdleSlotShare is { } idle ? $"{100 * idle:0.0} % of slot-steps idle" : "",
            MeanLogProbDifference is { } mean ? $"log-probabilities {mean:0.0000} nats from fp32 on average, {LargestLogProbDifference:0.000} at most" : "",
        ];
        string rest = string.Join(", ", more.Where(m => m.Length > 0));
        return rest.Length == 0 ? line : $"{line}\n  {rest}";
    }
}

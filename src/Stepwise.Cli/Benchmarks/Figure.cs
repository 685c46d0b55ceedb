using System.Text.Json.Serialization;

namespace Stepwise.Cli.Benchmarks;

/// <summary>One measured figure; what does not apply is null.</summary>
internal sealed record Figure
{
    /// <summary>What was measured: matmul, train or sample.</summary>
    public required string What { get; init; }

    /// <summary>The model's folder or file, without the folders it is in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>The sizes: M×N×K; sequences×tokens; samples×new tokens.</summary>
    public required string Shape { get; init; }

    /// <summary>Number of threads.</summary>
    public required int Threads { get; init; }

    /// <summary>10⁹ floating-point operations per second.</summary>
    public required double Gflops { get; init; }

    /// <summary>The processor's rate of fused multiply-adds at the time, in the unit of <see cref="Gflops"/>.</summary>
    public required double PeakGflops { get; init; }

    /// <summary><see cref="Gflops"/> over <see cref="PeakGflops"/>.</summary>
    public double ShareOfPeak => Gflops / PeakGflops;

    /// <summary>Tokens trained or drawn per second.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TokensPerSecond { get; init; }

    /// <summary>Bytes of managed memory allocated per training step, on all threads.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ManagedBytesPerStep { get; init; }

    /// <summary>The columns of <see cref="ToLine"/>.</summary>
    public static string Header =>
        "what    shape           threads   GFLOP/s      peak     share  tokens/s  managed bytes/step  model";

    /// <summary>The figure as a line of a table.</summary>
    public string ToLine() =>
        ($"{What,-8}{Shape,-16}{Threads,7}{Gflops,10:0.0}{PeakGflops,10:0.0}{100 * ShareOfPeak,8:0.0} %"
        + $"{TokensPerSecond,10:0}{ManagedBytesPerStep,20}  {Model}").TrimEnd();
}

namespace Stepwise.Sandboxing;

/// <summary>What a program in a sandbox may take; what takes more is ended.</summary>
/// <remarks>CPU time, memory and written files are bounded per process, as the system counts them; clock, processes and output over all of them.</remarks>
public sealed record SandboxLimits
{
    /// <summary>CPU time of a process in seconds, at least 1.</summary>
    public int CpuSeconds { get; init; } = 10;

    /// <summary>Time by the clock, the sandbox's start included.</summary>
    public TimeSpan Clock { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Address space of a process in bytes.</summary>
    public long MemoryBytes { get; init; } = 512L << 20;

    /// <summary>Processes and threads at once. Together they take this times <see cref="MemoryBytes"/> at most.</summary>
    public int Processes { get; init; } = 16;

    /// <summary>Bytes read of what it writes on standard output.</summary>
    public int OutputBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of its files, all together; they are gone at the end.</summary>
    public int FileBytes { get; init; } = 16 << 20;
}

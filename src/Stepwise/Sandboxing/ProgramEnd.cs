using System.Globalization;

namespace Stepwise.Sandboxing;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code, 128 and the signal where it was killed; <see langword="null"/> where it was ended from outside.</param>
/// <param name="Reason">How, in words.</param>
/// <param name="Error">The end of what it wrote on standard error, untrusted.</param>
public sealed record ProgramEnd(int? ExitCode, string Reason, string Error)
{
    /// <summary>The reason, and the last line of standard error where there is one.</summary>
    public override string ToString() =>
        Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() is { } line
            ? $"{Reason}: {line}" : Reason;

    /// <summary>The reason, and all there is of standard error, in one line.</summary>
    internal string InFull => Error.Length == 0 ? Reason : $"{Reason}: {Escaped.Line(Error.Trim().ReplaceLineEndings(" "), 600)}";

    /// <summary>What an exit code says.</summary>
    internal static string Of(int code, SandboxLimits limits) => code switch
    {
        128 + 24 => string.Create(CultureInfo.InvariantCulture, $"the program took more than {limits.CpuSeconds} s of CPU time"),
        128 + 25 => "the program wrote too large a file",
        > 128 and < 192 => string.Create(CultureInfo.InvariantCulture, $"the program was killed by signal {code - 128}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"the program ended with exit code {code}"),
    };
}

using System.Globalization;

namespace Stepwise.Cli;

/// <summary>
/// The limit on open files. The runtime keeps every assembly open, and what it cannot open later ends a run in strange words or none, so
/// too low a limit is said before anything else is opened.
/// </summary>
internal static class OpenFiles
{
    // A training run has been seen to need 110; shards of a model come on top.
    private const int Needed = 128;

    private const string Limits = "/proc/self/limits";

    /// <summary>What is wrong with the limit of this process; <see langword="null"/> where nothing is, or where it is not known.</summary>
    public static string? Complaint() => File.Exists(Limits) ? Complaint(File.ReadLines(Limits)) : null;

    /// <summary>As <see cref="Complaint()"/>, of the lines of <c>/proc/self/limits</c>.</summary>
    internal static string? Complaint(IEnumerable<string> lines)
    {
        string[]? fields = lines.FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            ?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is { Length: > 3 } && int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit < Needed
            ? $"Error: at most {limit} files may be open at once here, and the program needs {Needed}. Raise the limit: ulimit -n 1024."
            : null;
    }
}

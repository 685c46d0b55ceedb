namespace Stepwise.Cli;

/// <summary>
/// The process's standard streams, and what becomes of them where its parent closed one: the number then belongs to a file that the runtime
/// opened for itself, which must be neither read nor written.
/// </summary>
internal static class StandardStreams
{
    private const string Descriptors = "/proc/self/fd";

    // The lowest bits of a descriptor's flags say whether it is read, written, or both.
    private const int AccessMode = 3;
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;

    /// <summary>Whether a standard stream is what the parent handed over; told where the system has /proc.</summary>
    /// <param name="number">0, 1 or 2.</param>
    public static bool IsOpen(int number)
    {
        if (!Directory.Exists(Descriptors))
        {
            return true;
        }

        int unfit = number == 0 ? WriteOnly : ReadOnly;
        return Target(number) is { } target && Access(number) != unfit && !target.StartsWith("/memfd:", StringComparison.Ordinal)
            && !IsOwnPipe(number, target);
    }

    /// <summary>Whether both ends of a pipe are in this process: then nobody else is behind it.</summary>
    private static bool IsOwnPipe(int number, string target) =>
        target.StartsWith("pipe:", StringComparison.Ordinal) && Directory.EnumerateFileSystemEntries(Descriptors)
            .Select(path => int.Parse(Path.GetFileName(path)))
            .Any(other => other > 2 && string.Equals(Target(other), target, StringComparison.Ordinal) && Access(other) == 1 - Access(number));

    private static string? Target(int number) => Attempt(() => new FileInfo($"{Descriptors}/{number}").LinkTarget);

    private static int? Access(int number) => Attempt(() => (int?)(Convert.ToInt32(
        File.ReadLines($"/proc/self/fdinfo/{number}").First(line => line.StartsWith("flags:", StringComparison.Ordinal))[6..].Trim(), 8)
        & AccessMode));

    /// <summary>Descriptors of other threads may be closed meanwhile.</summary>
    private static T? Attempt<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}

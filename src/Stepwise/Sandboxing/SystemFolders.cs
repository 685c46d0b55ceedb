namespace Stepwise.Sandboxing;

/// <summary>What a sandbox shows of the system beside <c>/usr</c>, to read.</summary>
internal static class SystemFolders
{
    private static readonly string[] Programs = ["/bin", "/sbin", "/lib", "/lib32", "/lib64"];

    /// <summary>Folders that are links into <c>/usr</c>, as on most systems.</summary>
    public static IReadOnlyList<(string Path, string Target)> Linked { get; } =
        [.. Programs.Select(path => (path, new DirectoryInfo(path).LinkTarget)).Where(f => f.LinkTarget is not null).Select(f => (f.path, f.LinkTarget!))];

    /// <summary>Folders and files that are none: programs, and what the loader needs to find libraries and names of programs.</summary>
    public static IReadOnlyList<string> Bound { get; } =
    [
        .. Programs.Where(path => Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null),
        .. ((string[])["/etc/ld.so.cache", "/etc/alternatives"]).Where(Path.Exists),
    ];
}

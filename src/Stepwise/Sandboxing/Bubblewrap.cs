using System.Globalization;

namespace Stepwise.Sandboxing;

/// <summary>Bubblewrap's namespaces: <c>bwrap</c> on the path, 0.7 or later.</summary>
public sealed record Bubblewrap : Sandbox
{
    /// <inheritdoc/>
    public override string Name => "bwrap";

    /// <inheritdoc/>
    protected override string Remedy => "Install bubblewrap (apt-get install bubblewrap), where the system allows user namespaces.";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Wrap(SandboxLimits limits, IReadOnlyList<string> command) =>
    [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/usr", "/usr",
        .. SystemFolders.Linked.SelectMany(f => (string[])["--symlink", f.Target, f.Path]),
        .. SystemFolders.Bound.SelectMany(path => (string[])["--ro-bind", path, path]),
        "--proc", "/proc", "--dev", "/dev", "--size", limits.FileBytes.ToString(CultureInfo.InvariantCulture), "--tmpfs", "/tmp",
        "--remount-ro", "/", "--chdir", "/tmp", "--", .. command,
    ];
}

using System.Globalization;

namespace Stepwise.Sandboxing;

/// <summary>User, mount, process and network namespaces, made by <c>unshare</c> and a script of a few mounts.</summary>
public sealed record Namespaces : Sandbox
{
    // A root of its own in memory, with the system's folders to read; then no way back, and no capability. The first process of a process
    // namespace takes no signal that it does not expect, so that it is a shell which waits.
    private const string Script =
        """
        set -e
        mount -t tmpfs -o mode=755,size=1m none /tmp
        cd /tmp
        mkdir old proc dev tmp etc
        readable() {
          if [ -d "$1" ]; then mkdir -p ".$1"; else : >".$1"; fi
          mount --bind "$1" ".$1"
          mount -o remount,bind,ro ".$1"
        }
        size=$1 links=$2 bound=$3
        shift 3
        for link in $links; do ln -s "${link#*:}" ".${link%%:*}"; done
        for path in $bound; do readable "$path"; done
        for device in null zero random urandom; do : >dev/$device; mount --bind /dev/$device dev/$device; done
        mount -t proc proc proc
        mount -t tmpfs -o "mode=1777,size=$size,nr_inodes=4096" none tmp
        pivot_root . old
        umount -l /old
        mount -o remount,bind,ro /
        cd /tmp
        exec setpriv --bounding-set -all --inh-caps -all --no-new-privs sh -c '"$@"; exit $?' sh "$@"
        """;

    /// <inheritdoc/>
    public override string Name => "unshare";

    /// <inheritdoc/>
    protected override string Remedy => "It needs util-linux, and user namespaces that the system allows.";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Wrap(SandboxLimits limits, IReadOnlyList<string> command) =>
    [
        "unshare", "--user", "--map-root-user", "--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child=KILL",
        "/bin/sh", "-c", Script, "sh", limits.FileBytes.ToString(CultureInfo.InvariantCulture),
        string.Join(' ', SystemFolders.Linked.Select(f => $"{f.Path}:{f.Target}")), string.Join(' ', ["/usr", .. SystemFolders.Bound]),
        .. command,
    ];
}

using Stepwise.Options;

namespace Stepwise.Sandboxing;

/// <summary>The sandboxes that a recipe can name.</summary>
public sealed class SandboxCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("auto", new AnySandbox(), "bwrap where it can be used, otherwise unshare.", "ours"),
        new("bwrap", new Bubblewrap(), "Bubblewrap: namespaces of the kernel, by a small program made for it.", "github.com/containers/bubblewrap"),
        new("unshare", new Namespaces(), "The same namespaces, by util-linux alone.", "unshare(1)"),
        new("none", new NoSandbox(), "None: programs run as this one does, with its rights, files and network; only their resources are bounded.", "ours"),
    ];
}

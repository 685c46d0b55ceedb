namespace Stepwise.Sandboxing;

/// <summary>No sandbox: a program has the rights of this one, and only its time, memory, files and output are bounded. For programs that are trusted.</summary>
public sealed record NoSandbox : Sandbox
{
    /// <inheritdoc/>
    public override string Name => "none";

    /// <inheritdoc/>
    protected override string Remedy => "It needs util-linux.";

    /// <inheritdoc/>
    protected override bool CountsProcesses => false;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Wrap(SandboxLimits limits, IReadOnlyList<string> command) => command;

    /// <inheritdoc/>
    protected override DirectoryInfo? Folder()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("stepwise-");
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            // The program is not root.
            folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        }

        return folder;
    }
}

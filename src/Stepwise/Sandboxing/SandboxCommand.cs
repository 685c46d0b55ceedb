namespace Stepwise.Sandboxing;

/// <summary>A program to run in a sandbox, with the one file that it finds in its folder.</summary>
/// <param name="FileName">The file's name, without folders.</param>
/// <param name="Content">The file's content.</param>
/// <param name="Command">The program and its arguments; the program is looked for under <c>/usr</c>.</param>
public sealed record SandboxCommand(string FileName, ReadOnlyMemory<byte> Content, IReadOnlyList<string> Command)
{
    /// <summary>What is to be installed for it to run.</summary>
    public string Needs { get; init; } = Command[0];
}

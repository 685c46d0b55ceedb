using Stepwise.Options;

namespace Stepwise.Tasks.Code;

/// <summary>The languages that a recipe can name.</summary>
public sealed class CodeLanguageCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("python", new Python(), "Python 3, by python3 under /usr.", "python.org"),
        new("csharp", new CSharp(), "C#, by the compiler and runtime of the .NET SDK under /usr; a run compiles first.", "dotnet.microsoft.com"),
    ];
}

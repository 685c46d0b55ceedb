using Stepwise.Files;
using Stepwise.Tests.Runs;
using Stepwise.Tests.Training;

namespace Stepwise.Tests.Files;

public sealed class PolicyFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task WriteAsync_FolderOfASimilarName_IsLeftAlone()
    {
        Directory.CreateDirectory(folder.In("out.partial"));
        File.WriteAllText(folder.In("out.partial", "mine"), "");
        using CharacterPolicy policy = new(context: 9);

        await PolicyFolder.WriteBesideAsync(folder.In("out"), policy);

        File.ReadAllText(folder.In("out", "weights")).ShouldBe("1");
        Directory.GetFileSystemEntries(folder.Path).Order(StringComparer.Ordinal).ShouldBe([folder.In("out"), folder.In("out.partial")]);
        Directory.GetFiles(folder.In("out.partial")).ShouldBe([folder.In("out.partial", "mine")]);
    }
}

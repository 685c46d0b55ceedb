using Stepwise.Files;
using Stepwise.Tests.Runs;
using Stepwise.Tests.Training;

namespace Stepwise.Tests.Files;

public sealed class PolicyFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAsync_FolderOfASimilarName_IsLeftAlone()
    {
        Directory.CreateDirectory(_folder.In("out.partial"));
        File.WriteAllText(_folder.In("out.partial", "mine"), "");
        using CharacterPolicy policy = new(context: 9);

        await PolicyFolder.WriteBesideAsync(_folder.In("out"), policy);

        File.ReadAllText(_folder.In("out", "weights")).ShouldBe("1");
        Directory.GetFileSystemEntries(_folder.Path).Order(StringComparer.Ordinal).ShouldBe([_folder.In("out"), _folder.In("out.partial")]);
        Directory.GetFiles(_folder.In("out.partial")).ShouldBe([_folder.In("out.partial", "mine")]);
    }
}

using Stepwise.Files;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Files;

public sealed class WholeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_OverAnEarlierFile_LeavesOnlyTheNewOne()
    {
        WholeFile.Write(_folder.In("a.md"), "a long first text");
        WholeFile.Write(_folder.In("a.md"), "é\n");

        File.ReadAllBytes(_folder.In("a.md")).ShouldBe([0xC3, 0xA9, (byte)'\n']);
        Directory.GetFileSystemEntries(_folder.Path).ShouldBe([_folder.In("a.md")]);
    }

    [Fact]
    public void Write_CannotBeWritten_IsARunExceptionAndTheEarlierFileStays()
    {
        File.WriteAllText(_folder.In("a.md"), "before");
        Directory.CreateDirectory(_folder.In("a.md.partial"));

        Should.Throw<RunException>(() => WholeFile.Write(_folder.In("a.md"), "after")).Message.ShouldContain("a.md: cannot be written");
        File.ReadAllText(_folder.In("a.md")).ShouldBe("before");
    }
}

using Stepwise.Files;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Files;

public sealed class WholeFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Write_OverAnEarlierFile_LeavesOnlyTheNewOne()
    {
        WholeFile.Write(folder.In("a.md"), "a long first text");
        WholeFile.Write(folder.In("a.md"), "é\n");

        File.ReadAllBytes(folder.In("a.md")).ShouldBe([0xC3, 0xA9, (byte)'\n']);
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder.In("a.md")]);
    }

    [Fact]
    public void Write_CannotBeWritten_IsARunExceptionAndTheEarlierFileStays()
    {
        File.WriteAllText(folder.In("a.md"), "before");
        Directory.CreateDirectory(folder.In("a.md.partial"));

        Should.Throw<RunException>(() => WholeFile.Write(folder.In("a.md"), "after")).Message.ShouldContain("a.md: cannot be written");
        File.ReadAllText(folder.In("a.md")).ShouldBe("before");
    }
}

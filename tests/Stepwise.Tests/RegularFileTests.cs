using System.Diagnostics;
using Stepwise.Evaluation.Judges;
using Stepwise.Problems;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests;

/// <summary>What never ends or waits for a writer is refused before a byte of it is read.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pipe")]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    public void OpenRead_PipeOrDevice_Refused(string target)
    {
        string path = Special(target);
        Should.Throw<IOException>(() => RegularFile.OpenRead(path)).Message.ShouldContain("only a regular file is read");
        Should.Throw<InputException>(() => ProblemFile.Read(path)).Message.ShouldContain("only a regular file is read");
        Should.Throw<InputException>(() => LabelledTrace.Read(path, [])).Message.ShouldContain("only a regular file is read");
    }

    [Fact]
    public void OpenRead_FileBehindALink_IsRead()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "file"), "text");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), Path.Combine(_folder.Path, "file"));
        using FileStream file = RegularFile.OpenRead(Path.Combine(_folder.Path, "link"));
        file.Length.ShouldBe(4);
    }

    [Fact]
    public void OpenRead_MissingOrFolder_AsFileSays()
    {
        Should.Throw<FileNotFoundException>(() => RegularFile.OpenRead(Path.Combine(_folder.Path, "absent")));
        Should.Throw<UnauthorizedAccessException>(() => RegularFile.OpenRead(_folder.Path));
    }

    private string Special(string target)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes and devices are looked for on Linux.");
        string path = Path.Combine(_folder.Path, "special");
        if (target is not "pipe")
        {
            return File.CreateSymbolicLink(path, target).FullName;
        }

        using Process make = Process.Start("mkfifo", path);
        make.WaitForExit();
        return path;
    }
}

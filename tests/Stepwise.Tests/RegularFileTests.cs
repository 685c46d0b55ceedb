using System.Diagnostics;
using Stepwise.Evaluation.Judges;
using Stepwise.Judging.Models;
using Stepwise.Judging.Paid;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Runs;
using Stepwise.Training;
using Stepwise.Training.Judges;

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
    public void OpenRead_Missing_AsFileSays()
    {
        Should.Throw<FileNotFoundException>(() => RegularFile.OpenRead(Path.Combine(_folder.Path, "absent")));
    }

    /// <summary>Where a file is to be, a folder is called one: it is neither missing nor forbidden.</summary>
    [Fact]
    public void Folder_InPlaceOfAFile_IsCalledOne()
    {
        string folder = _folder.Path + Path.DirectorySeparatorChar + "records.jsonl";
        Directory.CreateDirectory(folder);

        Should.Throw<IOException>(() => RegularFile.OpenRead(folder)).Message.ShouldStartWith("it is a folder");
        Should.Throw<InputException>(() => RolloutFile.Read(folder).Count()).Message.ShouldContain("it is a folder");
        Should.Throw<InputException>(() => JudgePrompt.Read(folder)).Message.ShouldContain("it is a folder");
        Should.Throw<InputException>(() => AnswerCache.Open(folder)).Message.ShouldContain("it is a folder");
        foreach (IChecked options in new IChecked[]
        {
            new DataOptions { Rollouts = folder }, new RolloutSource { Path = folder }, new FileSource { Path = folder }, new MathOptions { Train = folder },
        })
        {
            Should.Throw<OptionException>(options.Check).Message.ShouldBe($" names {folder}, which is a folder; name a file.");
        }

        Should.Throw<OptionException>(new DataOptions { Rollouts = folder + "x" }.Check).Message.ShouldEndWith(", which does not exist.");
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

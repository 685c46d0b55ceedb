using System.Diagnostics;
using Stepwise.Engine.Formats;

namespace Stepwise.Engine.Tests.Files;

public sealed class InputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_PipeOrDeviceInAModelsPlace_RefusedByName()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes and devices are looked for on Linux.");
        string[] names = ["tokenizer.json", "config.json", "pipe.gguf"];
        foreach (string name in names)
        {
            using Process make = Process.Start("mkfifo", _folder.File(name));
            make.WaitForExit();
        }

        File.CreateSymbolicLink(_folder.File("zero.gguf"), "/dev/zero");
        Refuses("tokenizer.json", () => TokenizerFile.Read(_folder.Path));
        Refuses("config.json", () => WeightSource.Open(_folder.Path));
        Refuses("pipe.gguf", () => WeightSource.Open(_folder.File("pipe.gguf")));
        Refuses("zero.gguf", () => WeightSource.Open(_folder.File("zero.gguf")));
    }

    private void Refuses(string name, Func<object> read) =>
        Should.Throw<InputException>(read).Message.ShouldBe(
            $"{_folder.File(name)}: cannot be read: it is a pipe, a socket or a device; only a regular file is read. Write its content to a file first.");
}

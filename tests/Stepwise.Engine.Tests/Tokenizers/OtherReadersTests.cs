using System.Diagnostics;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Tokenizers;
using Stepwise.Problems;
using Stepwise.Engine.Tests.Formats;
using Stepwise.Engine.Tests.Runs;

namespace Stepwise.Engine.Tests.Tokenizers;

/// <summary>
/// Written tokenizers in the reference library and in its sibling in JavaScript; built only where tests/tokenizers-js/node_modules is there.
/// </summary>
public sealed class OtherReadersTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(ModelExportTests.Families), MemberType = typeof(ModelExportTests))]
    public async Task Export_GoldenFamilyToGgufAndBack_SameIds(string name)
    {
        using HuggingFaceFolder golden = ModelExportTests.Golden(name, _folder);
        string gguf = _folder.File("model.gguf"), back = Directory.CreateDirectory(_folder.File("back")).FullName;
        ModelExport.WriteGguf(golden, gguf, WeightType.F16, cancellationToken: TestContext.Current.CancellationToken);
        using GgufFile model = new(gguf);
        ModelExport.WriteFolder(model, back, WeightType.F16, cancellationToken: TestContext.Current.CancellationToken);
        await ShouldReadTheSame(back, "tiny-320");
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("qwen3")]
    [InlineData("llama3")]
    [InlineData("tiny-320")]
    public Task Write_ReadFromFolderAndFromGguf_SameIdsAndChats(string name)
    {
        BpeTokenizer tokenizer = TokenizerFile.Read(SharedFolder.Require("tokenizers", name));
        TokenizerFile.Write(tokenizer, Directory.CreateDirectory(_folder.File("folder")).FullName);
        TokenizerFile.Write(ModelExportTests.ThroughGguf(tokenizer), Directory.CreateDirectory(_folder.File("gguf")).FullName);
        return Task.WhenAll(ShouldReadTheSame(_folder.File("folder"), name), ShouldReadTheSame(_folder.File("gguf"), name));
    }

    [Fact]
    public async Task Export_SmolLm2FromGguf_SameIdsAndChats()
    {
        using GgufFile model = new(SharedFolder.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        ModelExport.WriteFolder(model, _folder.Path, WeightType.BF16, cancellationToken: TestContext.Current.CancellationToken);
        await ShouldReadTheSame(_folder.Path, "smollm2");
    }

    private async Task ShouldReadTheSame(string folder, string golden)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "tokenizers-js", "compare.mjs");
        using Process node = Process.Start(new ProcessStartInfo(
            "node", [Path.GetFullPath(script), folder, SharedFolder.Require("tokenizers", golden)])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string text = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(text);
        node.ExitCode.ShouldBe(0, text);
        text.Split('\n').Count(line => line.EndsWith(" same", StringComparison.Ordinal)).ShouldBe(2);
    }
}

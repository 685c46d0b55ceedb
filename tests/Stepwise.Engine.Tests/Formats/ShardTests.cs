using Stepwise.Engine.Formats;

namespace Stepwise.Engine.Tests.Formats;

public sealed class ShardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShardTests() => ShardedFolder.Write(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_ThreeTypesInTwoShards_InTheIndexsOrder()
    {
        using HuggingFaceFolder folder = new(_folder.Path);
        folder.Names.ShouldBe(["a", "b", "c"]);
        folder.Contains("b").ShouldBeTrue();
        folder.Contains("d").ShouldBeFalse();
        folder.Shape("b").ShouldBe([1L, 2]);
        float[] a = new float[2], b = new float[2], c = new float[3];
        folder.Read("a", a);
        folder.Read("b", b);
        folder.Read("c", c);
        a.ShouldBe([1.25f, -2]);
        b.ShouldBe([7, 0.125f]);
        c.ShouldBe([0.5f, -3, 5.9604645e-8f]);
        Should.Throw<InputException>(() => folder.Read("d", a)).Message.ShouldContain("\"d\"");
    }

    [Fact]
    public void HuggingFaceFolder_OneFileBesideTheIndex_OneFileWins()
    {
        SafetensorsTests.WriteSample(_folder.File(HuggingFaceFolder.WeightsName), new float[6], new long[3]);
        using HuggingFaceFolder folder = new(_folder.Path);
        folder.Names.ShouldBe(["b", "a", "scalar", "none"]);
    }

    [Fact]
    public void HuggingFaceFolder_WeightsInAnotherForm_NamedWithWhatToDo()
    {
        File.Delete(_folder.File(HuggingFaceFolder.IndexName));
        File.WriteAllText(_folder.File("pytorch_model.bin"), "");
        string message = Should.Throw<InputException>(() => new HuggingFaceFolder(_folder.Path)).Message;
        message.ShouldContain("model.safetensors: no such file; \"pytorch_model.bin\" alone is not read");
    }

    [Theory]
    [InlineData("../model-00002-of-00002.safetensors")]
    [InlineData("..\\model.safetensors")]
    [InlineData("/etc/model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData(".safetensors")]
    [InlineData("..safetensors")]
    [InlineData("config.json")]
    [InlineData("model\0.safetensors")]
    [InlineData("")]
    public void HuggingFaceFolder_ShardNameThatIsNoPlainName_Refused(string name)
    {
        ShardedFolder.WriteIndex(_folder, ("a", ShardedFolder.First), ("b", name));
        string message = Should.Throw<InputException>(() => new HuggingFaceFolder(_folder.Path)).Message;
        message.ShouldContain(HuggingFaceFolder.IndexName);
        message.ShouldContain("weight_map.b");
        message.ShouldContain("in the same folder");
    }

    [Fact]
    public void HuggingFaceFolder_IndexAndShardsDisagree_TensorAndFilesNamed()
    {
        Refusal(("a", ShardedFolder.First), ("b", ShardedFolder.Second), ("c", ShardedFolder.First), ("d", ShardedFolder.Second))
            .ShouldContain($"places \"d\" in {ShardedFolder.Second}, which does not hold it");
        Refusal(("a", ShardedFolder.First), ("b", ShardedFolder.Second))
            .ShouldContain($"{ShardedFolder.First}: holds \"c\", which {HuggingFaceFolder.IndexName} does not list");
        Refusal(("a", ShardedFolder.First), ("b", ShardedFolder.Second), ("c", ShardedFolder.Second))
            .ShouldContain($"{ShardedFolder.First}: holds \"c\", which {HuggingFaceFolder.IndexName} places in {ShardedFolder.Second}");
        Refusal(("a", "other.safetensors")).ShouldContain("other.safetensors: no such file");
        Refusal().ShouldContain("no tensors");
    }

    private string Refusal(params (string Tensor, string File)[] map)
    {
        ShardedFolder.WriteIndex(_folder, map);
        return Should.Throw<InputException>(() => new HuggingFaceFolder(_folder.Path)).Message;
    }
}

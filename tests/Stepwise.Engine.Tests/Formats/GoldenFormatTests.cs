using Stepwise.Engine.Files;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Formats;

public sealed class GoldenFormatTests(ITestOutputHelper output)
{
    [Fact]
    public void Decode_GoldenBlocks_SameBitsAsReference()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(SharedFolder.Require("golden", "gguf", "blocks.safetensors"));
        string[] types = [.. golden.Tensors.Keys.Where(k => k.EndsWith(".raw", StringComparison.Ordinal)).Select(k => k[..^4])];
        types.Append("F32").Order(StringComparer.Ordinal).ShouldBe(GgufTensorType.All.Select(f => f.Name).Order(StringComparer.Ordinal));
        foreach (string type in types)
        {
            NumberFormat format = GgufTensorType.All.Single(f => string.Equals(f.Name, type, StringComparison.Ordinal));
            byte[] raw = new byte[golden.Tensor($"{type}.raw").Count];
            golden.ReadExact<byte>($"{type}.raw", raw);
            float[] expected = Floats(golden, $"{type}.values");
            format.Bytes(expected.Length).ShouldBe(raw.Length, type);
            float[] actual = new float[expected.Length];
            format.Decode(raw, actual);
            int same = actual.Zip(expected).Count(v => BitConverter.SingleToUInt32Bits(v.First) == BitConverter.SingleToUInt32Bits(v.Second));
            output.WriteLine($"{type}: {same} of {expected.Length} values have the reference's bits");
            same.ShouldBe(expected.Length, type);
        }
    }

    [Theory]
    [InlineData("llama-tied")]
    [InlineData("qwen3")]
    public void Read_GgufOfGoldenModel_SameConfigNamesAndBitsAsFolder(string name)
    {
        using GgufFile gguf = new(SharedFolder.Require("golden", "gguf", $"{name}.gguf"));
        using HuggingFaceFolder folder = new(SharedFolder.Require("golden", "models", name));
        (gguf.Config with { StopTokens = [], InitializerRange = 0 }).ShouldBe(folder.Config with { StopTokens = [], InitializerRange = 0 });
        gguf.Config.StopTokens.ShouldBe(folder.Config.StopTokens);
        gguf.Names.Order(StringComparer.Ordinal).ShouldBe(folder.Names.Order(StringComparer.Ordinal));
        foreach (string tensor in folder.Names)
        {
            gguf.Shape(tensor).ShouldBe(folder.Shape(tensor), tensor);
            float[] expected = new float[folder.Shape(tensor).Aggregate(1L, (a, b) => a * b)];
            float[] actual = new float[expected.Length];
            folder.Read(tensor, expected);
            gguf.Read(tensor, actual);
            ShouldBeSameBits(actual, expected);
        }
    }

    [Theory]
    [InlineData("llama-tied", "LlamaForCausalLM", 48, 112, 3, 6, 2, 8, true)]
    [InlineData("llama3-scaled-rope", "LlamaForCausalLM", 64, 160, 3, 4, 1, 16, false)]
    [InlineData("mistral-window", "MistralForCausalLM", 48, 128, 2, 4, 2, 16, false)]
    [InlineData("qwen2-tied", "Qwen2ForCausalLM", 56, 144, 2, 7, 7, 8, true)]
    [InlineData("qwen2-yarn", "Qwen2ForCausalLM", 64, 96, 2, 4, 2, 16, false)]
    [InlineData("qwen3", "Qwen3ForCausalLM", 64, 176, 3, 4, 2, 32, false)]
    [InlineData("qwen3-tied-bf16", "Qwen3ForCausalLM", 32, 80, 4, 2, 1, 64, true)]
    [InlineData("smollm3", "SmolLM3ForCausalLM", 48, 128, 4, 4, 2, 12, true)]
    public void Config_GoldenFolder_ReadInBothSpellingsAndBackAfterWriting(
        string name, string architecture, int width, int feedForward, int layers, int heads, int keyValueHeads, int headSize, bool tied)
    {
        using HuggingFaceFolder folder = new(SharedFolder.Require("golden", "models", name));
        ModelConfig config = folder.Config;
        config.Architecture.Name.ShouldBe(architecture);
        new[] { config.Width, config.FeedForwardWidth, config.Layers, config.Heads, config.KeyValueHeads, config.HeadSize }
            .ShouldBe([width, feedForward, layers, heads, keyValueHeads, headSize]);
        config.TiedHead.ShouldBe(tied);
        config.VocabularySize.ShouldBe(320);
        config.ContextLength.ShouldBe(256);
        config.StopTokens.ShouldBe([2]);
        config.InitializerRange.ShouldBe(0.08);
        config.RopeTheta.ShouldBe(name switch
        {
            "llama-tied" or "mistral-window" => 10000.0,
            "llama3-scaled-rope" => 500000.0,
            "smollm3" => 5000000.0,
            _ => 1000000.0,
        });
        config.RmsNormEpsilon.ShouldBe(config.Architecture.ModelType is "llama" or "mistral" ? 1e-5 : 1e-6);
        config.RopeScaling.ShouldBe(name switch
        {
            "llama3-scaled-rope" => new Llama3RopeScaling(8, 1, 4, 64),
            "qwen2-yarn" => new YarnRopeScaling(4, 64),
            _ => new DefaultRopeScaling(),
        });
        config.SlidingWindow.ShouldBe(name is "mistral-window" ? 16 : null);
        config.LayersWithoutWindow.ShouldBeEmpty();
        config.LayersWithoutRope.ShouldBe(name is "smollm3" ? [3] : []);
        ModelConfigTests.ShouldBeSame(ModelConfigFile.Parse("config.json", ModelConfigFile.Format(config)), config);
    }

    [Fact]
    public void Read_SmolLm2_ConfigAndFirstLayerFinite()
    {
        using GgufFile file = new(SharedFolder.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        ModelConfig expected = new()
        {
            Architecture = ModelArchitecture.Llama,
            Width = 576,
            FeedForwardWidth = 1536,
            Layers = 30,
            Heads = 9,
            KeyValueHeads = 3,
            HeadSize = 64,
            VocabularySize = 49152,
            ContextLength = 8192,
            RmsNormEpsilon = 1e-5,
            RopeTheta = 100000.0,
            TiedHead = true,
            StopTokens = file.Config.StopTokens,
        };
        file.Config.ShouldBe(expected);
        file.Config.StopTokens.ShouldBe([2]);
        file.Names.Count.ShouldBe((30 * 9) + 2);
        foreach (string name in file.Names.Where(n => n.StartsWith("model.layers.0.", StringComparison.Ordinal)).Append("model.norm.weight"))
        {
            float[] values = new float[file.Shape(name).Aggregate(1L, (a, b) => a * b)];
            file.Read(name, values);
            values.All(float.IsFinite).ShouldBeTrue(name);
            values.Any(v => v != 0).ShouldBeTrue(name);
        }
    }

    internal static float[] Floats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensor(name).Count];
        file.Read(name, values);
        return values;
    }

    private static void ShouldBeSameBits(float[] actual, float[] expected) =>
        Array.ConvertAll(actual, BitConverter.SingleToUInt32Bits).AsSpan()
            .SequenceEqual(Array.ConvertAll(expected, BitConverter.SingleToUInt32Bits)).ShouldBeTrue();
}

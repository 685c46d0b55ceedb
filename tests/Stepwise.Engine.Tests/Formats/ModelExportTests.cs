using System.Text.Json;
using Stepwise.Engine.Files;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Formats.Quantization;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tests.Models;
using Stepwise.Engine.Tokenizers;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Formats;

/// <summary>Models that were exported are the models they were made from.</summary>
public sealed class ModelExportTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Every golden family.</summary>
    public static TheoryData<string> Families =>
    [
        "llama-tied", "llama3-scaled-rope", "mistral-window", "qwen2-tied", "qwen2-yarn", "qwen3", "qwen3-tied-bf16", "smollm3",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("llama-tied")]
    [InlineData("qwen3")]
    public void GgufFile_Golden_GivesTheReferencesLogits(string name)
    {
        using GgufFile gguf = new(SharedFolder.Require("golden", "gguf", $"{name}.gguf"));
        using SafetensorsFile golden = SafetensorsFile.Open(SharedFolder.Require("golden", "models", name, "golden.safetensors"));
        for (int i = 0; i < 4; i++)
        {
            float[] expected = GoldenFormatTests.Floats(golden, $"logits.{i}");
            float[] actual = ModelLogits.Of(gguf, Tokens(golden, i));
            double worst = actual.Zip(expected, (a, b) => Math.Abs((double)a - b)).Max();
            output.WriteLine($"{name}.gguf sequence {i}: logits {worst:E2}");
            worst.ShouldBeLessThan(1e-4);
        }
    }

    [Theory]
    [InlineData("llama-tied")]
    [InlineData("qwen3")]
    public void GgufFile_Golden_TokenizerGivesTheReferencesIds(string name)
    {
        using GgufFile gguf = new(SharedFolder.Require("golden", "gguf", $"{name}.gguf"));
        ShouldEncodeAsReference(gguf.ReadTokenizer(), "tiny-320");
        gguf.ReadTokenizer().StopTokens.ShouldBe([2]);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void WriteGguf_GoldenFamilyInF32_SameBitsOfConfigWeightsAndLogits(string name)
    {
        using HuggingFaceFolder folder = Golden(name);
        string path = _folder.File("model.gguf");
        ExportedWeights weights = WriteGguf(folder, path, WeightType.F32).ShouldHaveSingleItem();
        weights.LargestError.ShouldBe(0);
        weights.Format.ShouldBe("F32");
        using GgufFile gguf = new(path);
        ShouldBeTheSame(gguf, folder, name);
        ShouldEncodeAsReference(gguf.ReadTokenizer(), "tiny-320");
        File.Exists(path + ".partial").ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void WriteFolder_FromGgufOfGoldenFamily_SameBitsOfConfigWeightsAndLogits(string name)
    {
        using HuggingFaceFolder folder = Golden(name);
        _ = WriteGguf(folder, _folder.File("model.gguf"), WeightType.F32);
        using GgufFile gguf = new(_folder.File("model.gguf"));
        string back = Directory.CreateDirectory(_folder.File("back")).FullName;
        _ = WriteFolder(gguf, back, WeightType.F32);
        using HuggingFaceFolder copy = new(back);
        ShouldBeTheSame(copy, folder, name);
        ShouldEncodeAsReference(copy.ReadTokenizer(), "tiny-320");
        copy.ReadTokenizer().StopTokens.ShouldBe(gguf.ReadTokenizer().StopTokens);
    }

    [Theory]
    [InlineData("llama-tied", WeightType.F16, "torch_dtype", "float16")]
    [InlineData("llama3-scaled-rope", WeightType.F32, "torch_dtype", "float32")]
    [InlineData("smollm3", WeightType.BF16, "dtype", "bfloat16")]
    public void WriteFolder_FromFolder_OnlyTypeOfWeightsChanges(string name, WeightType type, string key, string value)
    {
        using HuggingFaceFolder folder = Golden(name);
        string copy = Directory.CreateDirectory(_folder.File("copy")).FullName;
        ExportedWeights weights = WriteFolder(folder, copy, type).ShouldHaveSingleItem();
        weights.Tensors.ShouldBe(folder.Names.Count);
        weights.Bytes.ShouldBe(folder.Names.Sum(n => folder.Shape(n).Aggregate(1L, (a, b) => a * b)) * (type == WeightType.F32 ? 4 : 2));
        foreach (string file in Directory.GetFiles(folder.Location).Where(f => f.Contains("tokenizer", StringComparison.Ordinal)))
        {
            File.ReadAllBytes(Path.Combine(copy, Path.GetFileName(file))).ShouldBe(File.ReadAllBytes(file));
        }

        string[] folders = [copy, folder.Location];
        JsonElement[] configs = [.. folders.Select(f => JsonElement.Parse(File.ReadAllText(Path.Combine(f, "config.json"))))];
        configs[0].GetProperty(key).GetString().ShouldBe(value);
        configs[0].EnumerateObject().Where(p => !p.NameEquals(key)).Select(p => p.ToString())
            .ShouldBe(configs[1].EnumerateObject().Where(p => !p.NameEquals(key)).Select(p => p.ToString()));
    }

    [Theory]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.Q8)]
    public void WriteGguf_NarrowType_ValuesAreThoseOfTheFormatAndErrorIsTheLargest(WeightType type)
    {
        NumberFormat format = type switch
        {
            WeightType.F16 => NumberFormat.F16,
            WeightType.BF16 => NumberFormat.BF16,
            _ => Q8.Symmetric,
        };
        using HuggingFaceFolder folder = Golden("qwen2-yarn");
        string path = _folder.File("model.gguf");
        IReadOnlyList<ExportedWeights> weights = WriteGguf(folder, path, type);
        using GgufFile gguf = new(path);
        double largest = 0;
        foreach (string tensor in folder.Names)
        {
            float[] original = Read(folder, tensor), expected = [.. original];
            if (folder.Shape(tensor).Count == 2)
            {
                byte[] encoded = new byte[format.Bytes(original.Length)];
                format.Encode(original, encoded);
                format.Decode(encoded, expected);
            }

            float[] actual = Read(gguf, tensor);
            actual.ShouldBe(expected, tensor);
            largest = Math.Max(largest, actual.Zip(original, (a, b) => Math.Abs((double)a - b)).Max());
        }

        weights.Select(w => w.Format).ShouldBe([format.Name, "F32"]);
        weights[0].LargestError.ShouldBe(largest);
        weights[1].LargestError.ShouldBe(0);
        largest.ShouldBeGreaterThan(0);
        new FileInfo(path).Length.ShouldBeGreaterThan(weights.Sum(w => w.Bytes));
    }

    [Fact]
    public void WriteGguf_RowsThatAreNoWholeBlocks_InF16()
    {
        using HuggingFaceFolder folder = Golden("llama-tied");
        IReadOnlyList<ExportedWeights> weights = WriteGguf(folder, _folder.File("model.gguf"), WeightType.Q8);

        // Width 48 and feed-forward width 112 are no multiples of 32.
        weights.Select(w => w.Format).ShouldBe(["F16", "F32"]);
    }

    [Fact]
    public void WriteGguf_FromGguf_TokenizerKeysAsTheyWere()
    {
        using GgufFile original = new(SharedFolder.Require("golden", "gguf", "qwen3.gguf"));
        _ = WriteGguf(original, _folder.File("model.gguf"), WeightType.BF16);
        using GgufFile copy = new(_folder.File("model.gguf"));
        (string Key, object Value)[] keys = [.. original.Metadata.Below("tokenizer.")];
        keys.Length.ShouldBe(9);
        foreach ((string key, object value) in copy.Metadata.Below("tokenizer."))
        {
            value.ShouldBe(keys.Single(k => string.Equals(k.Key, key, StringComparison.Ordinal)).Value, key);
        }

        copy.Metadata.Below("tokenizer.").Count().ShouldBe(9);
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("qwen3")]
    [InlineData("llama3")]
    public void GgufTokenizer_WrittenAndRead_SameIdsStopsAndTemplate(string name)
    {
        BpeTokenizer original = TokenizerFile.Read(SharedFolder.Require("tokenizers", name));
        BpeTokenizer copy = ThroughGguf(original);
        copy.VocabularySize.ShouldBe(original.VocabularySize);
        copy.StopTokens.ShouldBe(original.StopTokens);
        copy.Definition.ChatTemplate.ShouldBe(original.Definition.ChatTemplate);
        ShouldEncodeAsReference(copy, name);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(70000f)]
    public void WriteFolder_NumberBeyondTheType_RefusedByTensor(float value)
    {
        GgufBuilder builder = WholeLlama(value);
        File.WriteAllBytes(_folder.File("big.gguf"), builder.Build());
        using GgufFile source = new(_folder.File("big.gguf"));
        string message = Should.Throw<InputException>(() => WriteGguf(source, _folder.File("out.gguf"), WeightType.F16)).Message;
        message.ShouldContain("model.embed_tokens.weight");
        message.ShouldContain("F16");
        File.Exists(_folder.File("out.gguf")).ShouldBeFalse();
        File.Exists(_folder.File("out.gguf.partial")).ShouldBeFalse();
        if (float.IsFinite(value))
        {
            WriteGguf(source, _folder.File("out.gguf"), WeightType.BF16).Count.ShouldBe(2);
        }
    }

    [Fact]
    public void WriteFolder_Q8_RefusedAsAnEncodingOfGguf()
    {
        using HuggingFaceFolder folder = Golden("llama-tied");
        Should.Throw<InputException>(() => WriteFolder(folder, _folder.Path, WeightType.Q8)).Message.ShouldContain("Q8_0");
    }

    [Fact]
    public void WriteGguf_Cancelled_LeavesNothing()
    {
        using HuggingFaceFolder folder = Golden("llama-tied");
        using CancellationTokenSource stop = new();
        Progress progress = new(p =>
        {
            if (p.Written == 3)
            {
                stop.Cancel();
            }
        });
        Should.Throw<OperationCanceledException>(() =>
            ModelExport.WriteGguf(folder, _folder.File("out.gguf"), WeightType.F32, progress, stop.Token));
        Directory.GetFiles(_folder.Path, "out*").ShouldBeEmpty();
    }

    [Fact]
    public void WriteGguf_WhatGgufCannotSay_Refused()
    {
        ModelConfig sound = new()
        {
            Architecture = ModelArchitecture.SmolLm3,
            Width = 4,
            FeedForwardWidth = 4,
            Layers = 5,
            Heads = 2,
            KeyValueHeads = 1,
            HeadSize = 2,
            VocabularySize = 4,
            ContextLength = 8,
            LayersWithoutRope = [3],
        };
        GgufModelConfig.Write(sound, "here").ShouldNotBeEmpty();
        Refuses(sound with { LayersWithoutRope = [0] }, "no positions");
        Refuses(sound with { SlidingWindow = 4, LayersWithoutWindow = [1] }, "no sliding window");
        Refuses(sound with { RopeScaling = new Llama3RopeScaling(8, 1, 5, 64) }, "Llama3RopeScaling");
        Refuses(sound with { RopeScaling = new YarnRopeScaling(8, 64) { BetaFast = 16 } }, "YarnRopeScaling");
        Refuses(sound with { RopeScaling = new LinearRopeScaling(8) { AttentionFactor = 2 } }, "LinearRopeScaling");

        static void Refuses(ModelConfig config, string what)
        {
            string message = Should.Throw<InputException>(() => GgufModelConfig.Write(config, "here")).Message;
            message.ShouldStartWith("here: ");
            message.ShouldContain(what);
        }
    }

    /// <summary>A tokenizer written as the keys of a GGUF file, with three ids to spare, and read back.</summary>
    internal static BpeTokenizer ThroughGguf(BpeTokenizer tokenizer)
    {
        Dictionary<string, object> values = new(StringComparer.Ordinal);
        foreach ((string key, object value) in GgufTokenizer.Write(tokenizer.Definition, tokenizer.VocabularySize + 3))
        {
            values.Add(key, value switch
            {
                uint number => (long)number,
                int[] numbers => numbers.Select(n => (object)(long)n).ToArray(),
                _ => value,
            });
        }

        return GgufTokenizer.Read(new GgufMetadata("written.gguf", values));
    }

    private static IReadOnlyList<ExportedWeights> WriteGguf(IWeightSource source, string path, WeightType type) =>
        ModelExport.WriteGguf(source, path, type, cancellationToken: TestContext.Current.CancellationToken);

    private static IReadOnlyList<ExportedWeights> WriteFolder(IWeightSource source, string folder, WeightType type) =>
        ModelExport.WriteFolder(source, folder, type, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>The tiny Llama with every tensor its configuration asks for; the embedding holds a number.</summary>
    private static GgufBuilder WholeLlama(float embedding)
    {
        GgufBuilder builder = GgufBuilder.TinyLlama();
        builder.Tensor("blk.0.attn_norm.weight", [4]).Tensor("blk.0.attn_v.weight", [4, 2]).Tensor("blk.0.attn_output.weight", [4, 4])
            .Tensor("blk.0.ffn_norm.weight", [4]).Tensor("blk.0.ffn_gate.weight", [4, 4]).Tensor("blk.0.ffn_up.weight", [4, 4])
            .Tensor("blk.0.ffn_down.weight", [4, 4]);
        return builder.Set("token_embd.weight", embedding);
    }

    private HuggingFaceFolder Golden(string name) => Golden(name, _folder);

    /// <summary>A golden model with the tokenizer tiny-320: those folders have none of their own.</summary>
    internal static HuggingFaceFolder Golden(string name, TemporaryFolder place)
    {
        string folder = Directory.CreateDirectory(place.File(name)).FullName;
        string[] files = Directory.GetFiles(SharedFolder.Require("golden", "models", name));
        foreach (string file in files.Append(SharedFolder.Require("tokenizers", "tiny-320", "tokenizer.json")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return new HuggingFaceFolder(folder);
    }

    private void ShouldBeTheSame(IWeightSource actual, HuggingFaceFolder expected, string name)
    {
        ModelConfigTests.ShouldBeSame(actual.Config with { InitializerRange = expected.Config.InitializerRange }, expected.Config);
        foreach (string tensor in expected.Names)
        {
            actual.Shape(tensor).ShouldBe(expected.Shape(tensor), tensor);
            ShouldBeSameBits(Read(actual, tensor), Read(expected, tensor), tensor);
        }

        using SafetensorsFile golden = SafetensorsFile.Open(SharedFolder.Require("golden", "models", name, "golden.safetensors"));
        int[] tokens = Tokens(golden, 3);
        ShouldBeSameBits(ModelLogits.Of(actual, tokens), ModelLogits.Of(expected, tokens), "logits");
        output.WriteLine($"{name}: {expected.Names.Count} tensors and the logits of {tokens.Length} positions have the same bits");
    }

    private static void ShouldEncodeAsReference(BpeTokenizer tokenizer, string name)
    {
        foreach (string line in File.ReadLines(SharedFolder.Require("tokenizers", name, "encodings.jsonl")))
        {
            JsonElement json = JsonElement.Parse(line);
            int[] ids = [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            tokenizer.Encode(json.GetProperty("text").GetString()!).ShouldBe(ids);
        }
    }

    private static int[] Tokens(SafetensorsFile golden, int sequence)
    {
        int[] tokens = new int[golden.Tensor($"tokens.{sequence}").Count];
        golden.ReadExact<int>($"tokens.{sequence}", tokens);
        return tokens;
    }

    private static float[] Read(IWeightSource source, string tensor)
    {
        float[] values = new float[source.Shape(tensor).Aggregate(1L, (a, b) => a * b)];
        source.Read(tensor, values);
        return values;
    }

    private static void ShouldBeSameBits(float[] actual, float[] expected, string what) =>
        Array.ConvertAll(actual, BitConverter.SingleToUInt32Bits).AsSpan()
            .SequenceEqual(Array.ConvertAll(expected, BitConverter.SingleToUInt32Bits)).ShouldBeTrue(what);

    private sealed class Progress(Action<ExportProgress> report) : IProgress<ExportProgress>
    {
        public void Report(ExportProgress value) => report(value);
    }
}

using System.Text;
using Stepwise.Engine.Files;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tests.Models;
using Stepwise.Engine.Tests.Tokenizers;
using Stepwise.Engine.Tokenizers;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Formats;

/// <summary>Mutated files are read or refused with an <see cref="InputException"/>; nothing else, and without large allocations.</summary>
public sealed class FuzzTests : IDisposable
{
    private const int Mutations = 1500;
    private const long MaxAllocatedBytes = 64 << 20;

    private static readonly byte[] Telling = [0, 1, 0x7F, 0x80, 0xFF, .. "\"{}[,9-\\"u8];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SafetensorsFile_Mutated_ReadOrRefused()
    {
        string path = _folder.File("x.safetensors");
        SafetensorsTests.WriteSample(path, new float[6], new long[3]);
        Fuzz(File.ReadAllBytes(path), seed: 1, content =>
        {
            File.WriteAllBytes(path, content);
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (SafetensorsTensor tensor in file.Tensors.Values.Where(t => t.Type.Weights() is not null))
            {
                file.Read(tensor.Name, new float[tensor.Count]);
            }
        });
    }

    [Fact]
    public void GgufFile_Mutated_ReadOrRefused() =>
        Fuzz(GgufBuilder.TinyLlama().Build(), seed: 2, content => ReadGguf(content, "ab<|end|>"));

    [Fact]
    public void GgufFile_OfEveryBlockTypeMutated_ReadOrRefused()
    {
        GgufBuilder builder = GgufBuilder.TinyLlama();
        foreach ((int layer, NumberFormat format) in GgufTensorType.All.Index())
        {
            byte[] blocks = new byte[format.Bytes(256)];
            for (int i = 0; i < blocks.Length; i++)
            {
                blocks[i] = (byte)CounterRandom.Integer(CounterRandom.Key(6, (ulong)layer), (ulong)i, 256);
            }

            builder.Blocks($"blk.{layer}.ffn_up.weight", [256, 1], GgufTensorType.Of(format), blocks);
        }

        Fuzz(builder.Build(), seed: 6, content => ReadGguf(content, "ab<|end|>"));
    }

    [Theory]
    [InlineData("llama-tied")]
    [InlineData("qwen3")]
    public void GgufFile_GoldenMutated_ReadOrRefused(string name)
    {
        byte[] content = File.ReadAllBytes(SharedFolder.Require("golden", "gguf", $"{name}.gguf"));
        Fuzz(content, seed: 7, mutated => ReadGguf(mutated, "the 12 é<|eos|>"), mutations: 300, within: 20_000);
    }

    [Fact]
    public void TokenizerJson_Mutated_ReadOrRefused() =>
        Fuzz(TokenizerJson.Write(BpeTokenizerTests.Small().Definition), seed: 3, content =>
        {
            BpeTokenizer tokenizer = new(TokenizerJson.Parse("tokenizer.json", content));
            _ = tokenizer.Decode(tokenizer.Encode("abab <|end|> 12 é"));
        });

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void ModelConfigFile_Mutated_ReadOrRefused(string family)
    {
        byte[] written = ModelConfigFile.Format(TestModel.Config(family));
        byte[] sound = family is "qwen3" ? Encoding.UTF8.GetBytes(ModelConfigTests.Sound) : written;
        Fuzz(sound, seed: 4, content =>
        {
            ModelConfig config = ModelConfigFile.Parse("config.json", content);
            config.RopeScaling.InverseFrequencies(config.HeadSize, config.RopeTheta).All(float.IsFinite).ShouldBeTrue();
            _ = ModelConfigFile.Parse("config.json", ModelConfigFile.WithType(content, SafetensorsType.BF16));
        });
    }

    [Fact]
    public void SafetensorsIndex_Mutated_ReadOrRefused()
    {
        ShardedFolder.Write(_folder);
        string path = _folder.File(HuggingFaceFolder.IndexName);
        Fuzz(File.ReadAllBytes(path), seed: 5, content =>
        {
            File.WriteAllBytes(path, content);
            using HuggingFaceFolder folder = new(_folder.Path);
            foreach (string name in folder.Names)
            {
                folder.Read(name, new float[folder.Shape(name).Aggregate(1L, (a, b) => a * b)]);
            }
        });
    }

    [Fact]
    public void PostProcessor_Mutated_ReadOrRefused() =>
        Fuzz(
            TokenizerJson.Write(BpeTokenizerTests.Small().Definition with { TextStart = [259, 1], Merges = [], Vocabulary = new(StringComparer.Ordinal) { ["a"] = 1 } }),
            seed: 5,
            content => _ = new BpeTokenizer(TokenizerJson.Parse("tokenizer.json", content)).Encode(new Problems.TextPrompt("a<|end|>")));

    private void ReadGguf(byte[] content, string text)
    {
        string path = _folder.File("x.gguf");
        File.WriteAllBytes(path, content);
        using GgufFile file = new(path);
        foreach (string name in file.Names)
        {
            file.Read(name, new float[file.Shape(name).Aggregate(1L, (a, b) => a * b)]);
        }

        _ = file.ReadTokenizer().Encode(text);
    }

    /// <summary>Reads mutations of a sound file.</summary>
    /// <param name="sound">The file.</param>
    /// <param name="seed">Decides the mutations.</param>
    /// <param name="read">Reads a file to the end.</param>
    /// <param name="mutations">How many files are made.</param>
    /// <param name="within">Bytes from the beginning that are mutated; 0 for all.</param>
    internal static void Fuzz(byte[] sound, int seed, Action<byte[]> read, int mutations = Mutations, int within = 0)
    {
        read(sound);
        int refused = 0;
        ulong key = CounterRandom.Key((ulong)seed, 0);
        ReadOnlySpan<byte> head = within == 0 ? sound : sound.AsSpan(0, within), rest = sound.AsSpan(head.Length);
        for (int i = 0; i < mutations; i++)
        {
            byte[] content = [.. Mutate(head, CounterRandom.Key(key, (ulong)i)), .. rest];
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(content);
            }
            catch (InputException)
            {
                refused++;
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(MaxAllocatedBytes, $"mutation {i}");
        }

        refused.ShouldBeGreaterThan(mutations / 20);
    }

    /// <summary>One to four of: change a byte, set a byte to a telling value, remove a slice, repeat a slice, cut the end off.</summary>
    internal static byte[] Mutate(ReadOnlySpan<byte> sound, ulong key)
    {
        List<byte> content = [.. sound];
        int changes = 1 + CounterRandom.Integer(key, 0, 4);
        for (ulong at = 1; changes > 0 && content.Count > 1; changes--, at += 8)
        {
            int place = CounterRandom.Integer(key, at, content.Count);
            int length = Math.Min(content.Count - place, 1 + CounterRandom.Integer(key, at + 1, 16));
            switch (CounterRandom.Integer(key, at + 2, 10))
            {
                case < 4:
                    content[place] ^= (byte)(1 << CounterRandom.Integer(key, at + 3, 8));
                    break;
                case < 7:
                    content[place] = Telling[CounterRandom.Integer(key, at + 3, Telling.Length)];
                    break;
                case 7:
                    content.RemoveRange(place, length);
                    break;
                case 8:
                    content.InsertRange(place, content.GetRange(place, length));
                    break;
                default:
                    content.RemoveRange(content.Count - length, length);
                    break;
            }
        }

        return [.. content];
    }
}

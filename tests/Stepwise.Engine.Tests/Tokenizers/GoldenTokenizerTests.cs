using System.Collections.Concurrent;
using System.Text.Json;
using FsCheck.Fluent;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Tokenizers;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Tokenizers;

public sealed class GoldenTokenizerTests
{
    private static readonly ConcurrentDictionary<string, BpeTokenizer> Loaded = new(StringComparer.Ordinal);

    [Theory]
    [InlineData("smollm2")]
    [InlineData("tiny-320")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    public void Encode_GoldenTexts_SameIdsAndTextAsReference(string name)
    {
        BpeTokenizer tokenizer = Read(name);
        int texts = 0, tokens = 0;
        foreach (JsonElement line in Lines(name, "encodings.jsonl"))
        {
            string text = line.GetProperty("text").GetString()!;
            int[] ids = Ids(line);
            tokenizer.Encode(text).ShouldBe(ids, text);
            tokenizer.Decode(ids, skipSpecial: false).ShouldBe(line.GetProperty("decoded").GetString());
            texts++;
            tokens += ids.Length;
        }

        Print($"{name}: {texts} texts of {tokens} tokens, ids and decoded texts identical");
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("tiny-320")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    public void Decode_GoldenIds_SameTextAsReferenceAndAsAssembled(string name)
    {
        BpeTokenizer tokenizer = Read(name);
        int sequences = 0;
        foreach (JsonElement line in Lines(name, "decodings.jsonl"))
        {
            sequences++;
            int[] ids = Ids(line);
            string without = line.GetProperty("text_without_special").GetString()!;
            tokenizer.Decode(ids, skipSpecial: false).ShouldBe(line.GetProperty("text").GetString());
            tokenizer.Decode(ids).ShouldBe(without);
            (string text, int[] ends) = Utf8Assembler.Assemble(tokenizer, ids);
            text.ShouldBe(without);
            ends.Length.ShouldBe(ids.Length);
            ends.Zip(ends.Skip(1)).All(pair => pair.First <= pair.Second).ShouldBeTrue();
        }

        Print($"{name}: {sequences} random sequences of ids, texts with and without special tokens identical");
    }

    [Theory]
    [InlineData("tiny-320")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    public void Decode_AnyUnicodeEncoded_SameTextInTheTokenizersNormalForm(string name)
    {
        BpeTokenizer tokenizer = Read(name);
        Properties.Check(Prop.ForAll(BpeTokenizerTests.Texts().ToArbitrary(), text =>
        {
            string expected = tokenizer.Definition.Normalizes ? NormalizationFormC.Of(text).ToString() : text;
            tokenizer.Decode(tokenizer.Encode(text), skipSpecial: false).ShouldBe(expected);
        }));
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    public void Encode_GoldenChats_SameTextAndIdsAsReference(string name)
    {
        BpeTokenizer tokenizer = Read(name);
        int chats = 0;
        foreach (JsonElement line in Lines(name, "chats.jsonl"))
        {
            string text = tokenizer.Render(Chat(line), line.GetProperty("add_generation_prompt").GetBoolean());
            text.ShouldBe(line.GetProperty("text").GetString());
            tokenizer.Encode(text).ShouldBe(Ids(line));
            chats++;
        }

        Print($"{name}: {chats} chats, texts and ids identical");
    }

    [Fact]
    public void Encode_TokenizerOfGgufFile_SameAsTokenizerJson()
    {
        using GgufFile file = new(SharedFolder.Require("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        BpeTokenizer gguf = file.ReadTokenizer();
        BpeTokenizer json = Read("smollm2");
        gguf.VocabularySize.ShouldBe(json.VocabularySize);
        gguf.StopTokens.ShouldBe(json.StopTokens);
        gguf.StopTokens.ShouldBe([2]);
        foreach (JsonElement line in Lines("smollm2", "encodings.jsonl"))
        {
            gguf.Encode(line.GetProperty("text").GetString()!).ShouldBe(Ids(line));
        }

        foreach (JsonElement line in Lines("smollm2", "chats.jsonl"))
        {
            gguf.Render(Chat(line), line.GetProperty("add_generation_prompt").GetBoolean())
                .ShouldBe(line.GetProperty("text").GetString());
        }
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("tiny-320")]
    public void Write_ReadBack_SameIdsStopsAndTemplate(string name)
    {
        BpeTokenizer original = Read(name);
        using TemporaryFolder folder = new();
        TokenizerFile.Write(original, folder.Path);
        BpeTokenizer copy = TokenizerFile.Read(folder.Path);
        copy.VocabularySize.ShouldBe(original.VocabularySize);
        copy.StopTokens.ShouldBe(original.StopTokens);
        copy.Definition.ChatTemplate.ShouldBe(original.Definition.ChatTemplate);
        foreach (JsonElement line in Lines(name, "encodings.jsonl"))
        {
            copy.Encode(line.GetProperty("text").GetString()!).ShouldBe(Ids(line));
        }
    }

    private static BpeTokenizer Read(string name) =>
        Loaded.GetOrAdd(SharedFolder.Require("tokenizers", name), folder => TokenizerFile.Read(folder));

    private static IEnumerable<JsonElement> Lines(string name, string file) =>
        File.ReadLines(SharedFolder.Require("tokenizers", name, file)).Select(line => JsonElement.Parse(line));

    private static int[] Ids(JsonElement line) => [.. line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private static ChatPrompt Chat(JsonElement line) => new(
    [
        .. line.GetProperty("messages").EnumerateArray()
            .Select(m => new ChatMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!)),
    ])
    {
        Variables = line.TryGetProperty("enable_thinking", out JsonElement thinking)
            ? new Dictionary<string, object>(StringComparer.Ordinal) { ["enable_thinking"] = thinking.GetBoolean() }
            : [],
    };

    private static void Print(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}

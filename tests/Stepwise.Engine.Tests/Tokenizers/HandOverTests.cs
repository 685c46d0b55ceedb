using System.Text.Json;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Tests.Formats;
using Stepwise.Engine.Tokenizers;
using Stepwise.Tests;

namespace Stepwise.Engine.Tests.Tokenizers;

/// <summary>Tokenizers that are written are the same to readers that number tokens by the vocabulary, as the reference library does.</summary>
public sealed class HandOverTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_SpecialTokensBeforeAndBetweenOthers_InTheVocabularyUnderTheirIds()
    {
        GgufBuilder builder = GgufBuilder.TinyLlama().Texts("tokenizer.ggml.tokens", "<|start|>", "a", "<|think|>", "b", "ab", "<|end|>")
            .Add("tokenizer.ggml.token_type", 9, w =>
            {
                w.Write(5u);
                w.Write(6UL);
                Array.ForEach([3, 1, 4, 1, 1, 3], w.Write);
            })
            .Integer("tokenizer.ggml.eos_token_id", 5);
        File.WriteAllBytes(_folder.File("tiny.gguf"), builder.Build());
        using GgufFile gguf = new(_folder.File("tiny.gguf"));
        ShouldBeWrittenUnderTheSameIds(gguf);
        JsonElement.Parse(File.ReadAllText(_folder.File("tokenizer.json"))).GetProperty("added_tokens").EnumerateArray()
            .Select(t => t.GetProperty("id").GetInt32()).ShouldBe([0, 2, 5]);
        JsonElement.Parse(File.ReadAllText(_folder.File("tokenizer_config.json")))
            .GetProperty("clean_up_tokenization_spaces").GetBoolean().ShouldBeFalse();
    }

    [Theory]
    [InlineData("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf")]
    [InlineData("golden", "gguf", "llama-tied.gguf")]
    [InlineData("golden", "gguf", "qwen3.gguf")]
    public void Write_TokenizerOfGguf_EveryTokenInTheVocabularyUnderItsId(params string[] path)
    {
        using GgufFile gguf = new(SharedFolder.Require(path));
        ShouldBeWrittenUnderTheSameIds(gguf);
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("qwen3")]
    [InlineData("llama3")]
    [InlineData("tiny-320")]
    public void Write_TokenizerOfFolder_EveryTokenInTheVocabularyUnderItsId(string name)
    {
        BpeTokenizer tokenizer = TokenizerFile.Read(SharedFolder.Require("tokenizers", name));
        TokenizerFile.Write(tokenizer, _folder.Path);
        Vocabulary().ShouldBe(tokenizer.Definition.Tokens.Distinct().ToDictionary(t => t.Token, t => t.Id, StringComparer.Ordinal), ignoreOrder: true);
    }

    private void ShouldBeWrittenUnderTheSameIds(GgufFile gguf)
    {
        string[] tokens = gguf.Metadata.Texts("tokenizer.ggml.tokens");
        TokenizerFile.Write(gguf.ReadTokenizer(), _folder.Path);
        Vocabulary().OrderBy(t => t.Value).ShouldBe(tokens.Select((token, id) => KeyValuePair.Create(token, id)));
    }

    private Dictionary<string, int> Vocabulary() => JsonElement.Parse(File.ReadAllText(_folder.File("tokenizer.json")))
        .GetProperty("model").GetProperty("vocab").EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetInt32(), StringComparer.Ordinal);
}

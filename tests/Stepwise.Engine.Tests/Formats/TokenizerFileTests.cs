using Stepwise.Engine.Formats;
using Stepwise.Engine.Tokenizers;
using Stepwise.Problems;

namespace Stepwise.Engine.Tests.Formats;

/// <summary>What each file of a tokenizer says, and which goes before which.</summary>
public sealed class TokenizerFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"eos_token": "b"}""", """{"eos_token": "a", "bos_token": {"content": "c"}}""", 0, "c")]
    [InlineData("""{"eos_token": "b", "added_tokens_decoder": {}}""", """{"eos_token": "a", "bos_token": "c"}""", 1, null)]
    [InlineData(null, """{"eos_token": "a", "bos_token": "c"}""", 0, "c")]
    public void Read_SpecialTokensMap_GoesBeforeTheSettingsUnlessTheyListTheAddedTokens(string? settings, string map, int stop, string? begin)
    {
        Write(settings, ("special_tokens_map.json", map));
        BpeTokenizer tokenizer = TokenizerFile.Read(_folder.Path);
        tokenizer.StopTokens.ShouldBe([stop]);
        tokenizer.Definition.SpecialTokens.GetValueOrDefault("bos_token").ShouldBe(begin);
    }

    [Theory]
    [InlineData("{}", "added_tokens.json", """{"<|x|>": 4}""", true)]
    [InlineData("""{"added_tokens_decoder": {}}""", "added_tokens.json", """{"<|x|>": 4}""", false)]
    [InlineData("""{"added_tokens_decoder": {"4": {"content": "<|x|>", "special": true}}}""", "other", "{}", true)]
    public void Read_AddedTokenThatTheVocabularyLacks_Added(string settings, string name, string content, bool added)
    {
        Write(settings, (name, content));
        BpeTokenizer tokenizer = TokenizerFile.Read(_folder.Path);
        tokenizer.Encode("a<|x|>").ShouldBe(added ? [0, 4] : [0]);
    }

    [Theory]
    [InlineData("{}", """{"<|end|>": 7}""", "added_tokens.json: \"<|end|>\": tokenizer.json gives the token \"<|end|>\" the id 3, not 7")]
    [InlineData("""{"added_tokens_decoder": {"x": {"content": "y"}}}""", "{}", "the key must be a token's id")]
    [InlineData("""{"added_tokens_decoder": {"4": {"content": "y", "lstrip": true}}}""", "{}", "found true; allowed: false")]
    [InlineData("""{"eos_token": "none"}""", "{}", "allowed: a token of the vocabulary")]
    public void Read_SettingsThatDoNotFit_Refused(string settings, string added, string message)
    {
        Write(settings, ("added_tokens.json", added));
        Should.Throw<InputException>(() => TokenizerFile.Read(_folder.Path)).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("""{"bos_token": "b", "add_bos_token": true}""", new[] { 1, 0 })]
    [InlineData("""{"bos_token": "b", "add_bos_token": false}""", new[] { 0 })]
    [InlineData("""{"bos_token": "b"}""", new[] { 0 })]
    [InlineData("""{"add_bos_token": true}""", new[] { 0 })]
    public void Read_AddBosToken_DecidesWhetherATextBeginsWithIt(string settings, int[] ids)
    {
        Write(settings);
        TokenizerFile.Read(_folder.Path).Encode(new TextPrompt("a")).ShouldBe(ids);
    }

    [Theory]
    [InlineData(null, "one", "one")]
    [InlineData("two", "one", "two")]
    public void Read_ChatTemplateJson_WhereNothingElseHasOne(string? settings, string old, string expected)
    {
        Write(settings is null ? "{}" : $$"""{"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "{{settings}}"}]}""",
            ("chat_template.json", $$"""{"chat_template": "{{old}}"}"""));
        TokenizerFile.Read(_folder.Path).Definition.ChatTemplate.ShouldBe(expected);
    }

    [Fact]
    public void Read_VocabularyInAnotherForm_NamesItAndWhatToDo()
    {
        File.WriteAllText(_folder.File("vocab.json"), "{}");
        string message = Should.Throw<InputException>(() => TokenizerFile.Read(_folder.Path)).Message;
        message.ShouldContain("tokenizer.json: no such file; vocab.json alone is not read");
    }

    [Fact]
    public void ReadOver_Nothing_IsTheModels()
    {
        TokenizerDefinition read = TokenizerFile.ReadOver(_folder.Path, Model()).Definition, model = Model().Definition;
        read.Tokens.ShouldBe(model.Tokens);
        read.StopTokens.ShouldBe(model.StopTokens);
        (read.ChatTemplate, read.TurnEnd).ShouldBe((model.ChatTemplate, "<|end|>"));
    }

    [Fact]
    public void ReadOver_OwnTemplateAndSettings_GoBeforeTheModels()
    {
        Write("""{"eos_token": "b"}""", ("chat_template.jinja", "{{ messages[-1].content }}c"));
        BpeTokenizer own = TokenizerFile.ReadOver(_folder.Path, Model());
        own.StopTokens.ShouldBe([1, 3]);
        own.Definition.ChatTemplate.ShouldBe("{{ messages[-1].content }}c");
        own.Definition.ChatTemplateOrigin.ShouldBe(_folder.File("chat_template.jinja"));
        own.Definition.TurnEnd.ShouldBeNull();
    }

    [Fact]
    public void ReadOver_OtherIds_RefusedByTheFirstToken()
    {
        TokenizerFile.Write(TokenizerFile.CreateCharacterLevel("bac", "<|end|>"), _folder.Path);
        string message = Should.Throw<InputException>(() => TokenizerFile.ReadOver(_folder.Path, Model())).Message;
        message.ShouldStartWith(_folder.File("tokenizer.json"));
        message.ShouldContain("the token \"a\" has the id 0 there and 1 here");
        TokenizerFile.Write(TokenizerFile.CreateCharacterLevel("ab", "<|end|>"), _folder.Path);
        Should.Throw<InputException>(() => TokenizerFile.ReadOver(_folder.Path, Model())).Message.ShouldContain("\"c\" has the id 2 there and none here");
    }

    private static BpeTokenizer Model() => new((TokenizerFile.CreateCharacterLevel("abc", "<|end|>").Definition with
    {
        ChatTemplate = "{{ messages[-1].content }}<|end|>",
    }).WithChatStop());

    private void Write(string? settings, params ReadOnlySpan<(string Name, string Content)> files)
    {
        TokenizerFile.Write(TokenizerFile.CreateCharacterLevel("abc", "<|end|>"), _folder.Path);
        File.Delete(_folder.File("tokenizer_config.json"));
        File.Delete(_folder.File("generation_config.json"));
        if (settings is not null)
        {
            File.WriteAllText(_folder.File("tokenizer_config.json"), settings);
        }

        foreach ((string name, string content) in files)
        {
            File.WriteAllText(_folder.File(name), content);
        }
    }
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Tokenizers;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Engine.Tests.Tokenizers;

public sealed class BpeTokenizerTests
{
    [Fact]
    public void Encode_AnyUnicode_DecodesToTheSameText() => Properties.Check(Prop.ForAll(
        Texts().ToArbitrary(),
        text =>
        {
            BpeTokenizer tokenizer = Small();
            tokenizer.Decode(tokenizer.Encode(text), skipSpecial: false).ShouldBe(text);
            foreach (PreTokenizer words in new[] { PreTokenizer.Gpt2, PreTokenizer.SingleDigitsGpt2, PreTokenizer.Qwen2, PreTokenizer.Llama3 })
            {
                BpeTokenizer other = new(tokenizer.Definition with { PreTokenizer = words });
                other.Decode(other.Encode(text), skipSpecial: false).ShouldBe(text);
            }
        }));

    [Fact]
    public void Assemble_AnyBytes_TextOfDecodeAndEndsOfEveryPrefix() => Properties.Check(Prop.ForAll(
        Gen.ListOf(Gen.Choose(0, 258)).ToArbitrary(),
        list =>
        {
            int[] ids = [.. list];
            BpeTokenizer tokenizer = Small();
            (string text, int[] ends) = Utf8Assembler.Assemble(tokenizer, ids);
            text.ShouldBe(tokenizer.Decode(ids));
            int previous = 0;
            foreach (int end in ends)
            {
                end.ShouldBeInRange(previous, text.Length);
                previous = end;
            }

            previous.ShouldBe(text.Length);
        }));

    [Fact]
    public void Assemble_CharacterOverThreeTokens_CompleteAtItsLast()
    {
        BpeTokenizer tokenizer = Small();
        int[] ids = [.. "a€b"u8.ToArray().Select(b => (int)b)];
        Utf8Assembler.Assemble(tokenizer, ids).TextEnds.ShouldBe([1, 1, 1, 2, 3]);
        (string text, int[] ends) = Utf8Assembler.Assemble(tokenizer, ids.AsSpan(0, 3));
        text.ShouldBe("a\uFFFD");
        ends.ShouldBe([1, 1, 2]);
    }

    [Fact]
    public void Encode_MergesOfEqualRank_LeftmostFirstAndLowerRankBeforeLeft()
    {
        BpeTokenizer tokenizer = Small();
        tokenizer.Encode("aaa").ShouldBe([257, 'a']);
        tokenizer.Encode("aab").ShouldBe(['a', 256]);
        tokenizer.Encode("abab").ShouldBe([258]);
    }

    [Fact]
    public void Encode_OneWordOfManyLetters_MergedThroughout()
    {
        int[] ids = Small().Encode(new string('a', 200_001));
        ids.Length.ShouldBe(100_001);
        ids[..^1].All(id => id == 257).ShouldBeTrue();
    }

    [Fact]
    public void Merge_OneWordOfManyLetters_WorkInProportion()
    {
        const int Length = 300_000;
        Dictionary<ulong, (int Rank, int Id)> merges = [];
        for (int id = 1, rank = 0; id <= 20; id++)
        {
            merges.Add(BytePairMerger.Pair(id, id), (rank++, id + 1));
        }

        int[] symbols = new int[Length];
        Array.Fill(symbols, 1);
        int left = new BytePairMerger(merges).Merge(symbols, out int offered);
        left.ShouldBe(int.PopCount(Length));
        offered.ShouldBeInRange(Length - 1, 3 * Length);
        TestContext.Current.TestOutputHelper!.WriteLine($"{Length} letters: {offered} pairs offered");
    }

    [Fact]
    public void Encode_AddedTokens_LeftmostLongest()
    {
        BpeTokenizer tokenizer = Small();
        BpeTokenizer longer = new(tokenizer.Definition with
        {
            AddedTokens = [.. tokenizer.Definition.AddedTokens, new AddedToken(260, "<|end|><|end|>", Special: false)],
        });
        longer.Encode("x<|end|><|end|><|end|>").ShouldBe(['x', 260, 259]);
        longer.Decode([260, 259]).ShouldBe("<|end|><|end|>");
        longer.Bytes(259).Length.ShouldBe(0);
        longer.Bytes(259, skipSpecial: false).ToArray().ShouldBe("<|end|>"u8.ToArray());
    }

    [Fact]
    public void Encode_IgnoreMerges_WordOfTheVocabularyTakenWhole()
    {
        TokenizerDefinition definition = Small().Definition;
        definition.Vocabulary.Add("xyz", 300);
        BpeTokenizer tokenizer = new(definition with { IgnoreMerges = true });
        tokenizer.Encode("xyz").ShouldBe([300]);
        tokenizer.VocabularySize.ShouldBe(301);
        tokenizer.Decode([299]).ShouldBe("");
        Should.Throw<ArgumentOutOfRangeException>(() => tokenizer.Bytes(301).Length);
        Should.Throw<ArgumentOutOfRangeException>(() => tokenizer.Bytes(-1).Length);
    }

    [Fact]
    public void CreateCharacterLevel_WrittenAndRead_SameIds()
    {
        BpeTokenizer tokenizer = TokenizerFile.CreateCharacterLevel("0123456789+-= \n", "<|end|>");
        tokenizer.VocabularySize.ShouldBe(16);
        tokenizer.Encode("12 + 3\n<|end|>?").ShouldBe([1, 2, 13, 10, 13, 3, 14, 15]);
        using TemporaryFolder folder = new();
        TokenizerFile.Write(tokenizer, folder.Path);
        BpeTokenizer copy = TokenizerFile.Read(folder.Path);
        copy.StopTokens.ShouldBe([15]);
        copy.Encode("12 + 3\n<|end|>?").ShouldBe([1, 2, 13, 10, 13, 3, 14, 15]);
        copy.Decode([1, 2, 14, 15]).ShouldBe("12\n");
        Should.Throw<ArgumentException>(() => TokenizerFile.CreateCharacterLevel("aa", "<|end|>"));
        Should.Throw<ArgumentException>(() => TokenizerFile.CreateCharacterLevel("é", "<|end|>"));
    }

    [Theory]
    [InlineData("{}", 1)]
    [InlineData("""{"eos_token_id": null}""", 1)]
    [InlineData("""{"eos_token_id": 2}""", 2)]
    public void Read_GenerationConfig_HidesTheConfigOnlyWhereItNamesStops(string generation, int expected)
    {
        using TemporaryFolder folder = new();
        TokenizerFile.Write(TokenizerFile.CreateCharacterLevel("abc", "<|end|>"), folder.Path);
        File.Delete(folder.File("tokenizer_config.json"));
        File.WriteAllText(folder.File("config.json"), """{"eos_token_id": 1}""");
        File.WriteAllText(folder.File("generation_config.json"), generation);
        TokenizerFile.Read(folder.Path).StopTokens.ShouldBe([expected]);
    }

    [Fact]
    public void Encode_ChatWithoutTemplate_InputException()
    {
        BpeTokenizer tokenizer = Small();
        tokenizer.Encode(new TextPrompt("ab")).ShouldBe([256]);
        string message = Should.Throw<InputException>(() => tokenizer.Encode(new ChatPrompt([new ChatMessage("user", "ab")]))).Message;
        message.ShouldBe("small: the model has no chat template; use a model made for chats, or ask in plain text (in a recipe task.chat: false).");
    }

    [Fact]
    public void Encode_ChatTemplateThatNeedsMore_RefusedOnlyWhereAChatIsAskedFor()
    {
        BpeTokenizer tokenizer = new((Small().Definition with { ChatTemplate = "a\n{% include 'x' %}" }).WithChatStop());
        tokenizer.Encode("ab").ShouldBe([256]);
        tokenizer.StopTokens.ShouldBe([259]);
        string message = Should.Throw<InputException>(() => tokenizer.Encode(new ChatPrompt([new ChatMessage("user", "ab")]))).Message;
        message.ShouldStartWith("small: chat template, line 2: the tag \"include\" is not supported");
    }

    [Fact]
    public void Encode_TextPrompt_BeginTokenBeforeItAndNotBeforeAChat()
    {
        BpeTokenizer tokenizer = new(Small().Definition with
        {
            TextStart = [258],
            ChatTemplate = "{{ messages[0].content }}",
        });
        tokenizer.Encode(new TextPrompt("ab")).ShouldBe([258, 256]);
        tokenizer.Encode("ab").ShouldBe([256]);
        tokenizer.Encode(new ChatPrompt([new ChatMessage("user", "ab")])).ShouldBe([256]);
    }

    [Theory]
    [InlineData("{{ messages[-1].content }}<|stop|>\n", new[] { 259, 260 })]
    [InlineData("{{ messages[-1].content }} <|end|>", new[] { 259 })]
    [InlineData("{{ messages[-1].content }} then <|stop|>", new[] { 259 })]
    [InlineData("{{ messages[0].content }}", new[] { 259 })]
    [InlineData("{{ raise_exception('no') }}", new[] { 259 })]
    public void WithChatStop_TokenBehindTheAnswer_AmongTheStops(string template, int[] stops)
    {
        TokenizerDefinition small = Small().Definition;
        TokenizerDefinition definition = small with
        {
            ChatTemplate = template,
            AddedTokens = [.. small.AddedTokens, new AddedToken(260, "<|stop|>", Special: true)],
        };
        definition.WithChatStop().StopTokens.ShouldBe(stops);
    }

    [Fact]
    public void Read_ChatTemplateInTwoPlaces_FileOfItsOwnIsTheTemplate()
    {
        using TemporaryFolder folder = new();
        TokenizerFile.Write(new BpeTokenizer(Small().Definition with { ChatTemplate = "one" }), folder.Path);
        ChatPrompt chat = new([new ChatMessage("user", "ab")]);
        TokenizerFile.Read(folder.Path).Render(chat).ShouldBe("one");
        File.WriteAllText(folder.File("chat_template.jinja"), "{{ eos_token }}{{ bos_token }}");
        TokenizerFile.Read(folder.Path).Render(chat).ShouldBe("<|end|>");
        File.WriteAllText(folder.File("chat_template.jinja"), "{{ bos_token. }}");
        Should.Throw<InputException>(() => TokenizerFile.Read(folder.Path).Render(chat)).Message.ShouldStartWith(folder.File("chat_template.jinja"));
    }

    [Fact]
    public void Parse_PostProcessor_TokensBeforeATextKeptAndOtherKindsRefused()
    {
        TokenizerDefinition definition = Small().Definition with { TextStart = [259, 258] };
        string json = Encoding.UTF8.GetString(TokenizerJson.Write(definition));
        TokenizerJson.Parse("tokenizer.json", Encoding.UTF8.GetBytes(json)).TextStart.ShouldBe([259, 258]);
        string sequence = json.Replace("\"post_processor\": {", "\"post_processor\": {\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\"}]},\"x\": {", StringComparison.Ordinal);
        TokenizerJson.Parse("tokenizer.json", Encoding.UTF8.GetBytes(sequence)).TextStart.ShouldBeEmpty();
        Refuses("TemplateProcessing", "BertProcessing", "post_processor.type");
        Refuses("\"id\": \"A\"", "\"id\": \"A\"}}, {\"SpecialToken\": {\"id\": \"<|end|>\"", "tokens behind the text");

        void Refuses(string sound, string wrong, string named)
        {
            json.ShouldContain(sound);
            byte[] utf8 = Encoding.UTF8.GetBytes(json.Replace(sound, wrong, StringComparison.Ordinal));
            Should.Throw<InputException>(() => TokenizerJson.Parse("tokenizer.json", utf8)).Message.ShouldContain(named);
        }
    }

    [Fact]
    public void BpeTokenizer_NotSound_RefusedWithReason()
    {
        TokenizerDefinition sound = Small().Definition;
        Refuses(sound with { Merges = [("a", "q")] }, "merge 0");
        Refuses(sound with { AddedTokens = [new AddedToken(5, "<|x|>", true)] }, "the id 5");
        Refuses(sound with { AddedTokens = [new AddedToken(5, "a", true)] }, "\"a\"");
        Refuses(sound with { AddedTokens = [new AddedToken(400, "", true)] }, "empty");
        Refuses(sound with { AddedTokens = [new AddedToken(400, "x y", true), new AddedToken(401, "x y", true)] }, "twice");
        Refuses(sound with { AddedTokens = [new AddedToken(int.MaxValue, "x y", true)] }, "2147483647");
        Refuses(sound with { StopTokens = [9999] }, "9999");

        static void Refuses(TokenizerDefinition definition, string reason) =>
            Should.Throw<InputException>(() => new BpeTokenizer(definition)).Message.ShouldContain(reason);
    }

    [Theory]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"WordPiece\"", "model.type")]
    [InlineData("\"unk_token\": null", "\"unk_token\": \"a\"", "model.unk_token")]
    [InlineData("\"byte_fallback\": false", "\"byte_fallback\": true", "model.byte_fallback")]
    [InlineData("\"add_prefix_space\": false", "\"add_prefix_space\": true", "add_prefix_space")]
    [InlineData("\"lstrip\": false", "\"lstrip\": true", "added_tokens.[0].lstrip")]
    [InlineData("\"normalizer\": null", "\"normalizer\": {\"type\":\"NFKC\"}", "normalizer.type")]
    [InlineData("\"id\": 259", "\"id\": -1", "added_tokens.[0].id")]
    [InlineData("\"aa\": 257", "\"aa\": 256", "the id 256")]
    public void Parse_OneThingWrong_RefusedByKey(string sound, string wrong, string named)
    {
        string json = Encoding.UTF8.GetString(TokenizerJson.Write(Small().Definition));
        json.ShouldContain(sound);
        byte[] utf8 = Encoding.UTF8.GetBytes(json.Replace(sound, wrong, StringComparison.Ordinal));
        string message = Should.Throw<InputException>(() => new BpeTokenizer(TokenizerJson.Parse("tokenizer.json", utf8))).Message;
        message.ShouldStartWith("tokenizer.json");
        message.ShouldContain(named);
    }

    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("a\u0323\u0307", "\u1EA1\u0307")]
    [InlineData("a\u0307\u0323", "\u1EA1\u0307")]
    [InlineData("a\u0307\u0307", "\u0227\u0307")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("e\u0300 \u0301", "\u00E8 \u0301")]
    public void NormalizationFormC_KnownTexts_Composed(string text, string expected) =>
        NormalizationFormC.Of(text).ToString().ShouldBe(expected);

    [Fact]
    public void NormalizationFormC_AnyUnicode_SameWithAndWithoutTheQuickCheck()
    {
        Properties.Check(Prop.ForAll(Texts().ToArbitrary(), Same));
        for (int code = 0; code <= 0x10FFFF; code++)
        {
            if (Rune.IsValid(code))
            {
                Same(new Rune(code).ToString());
            }
        }

        static void Same(string text)
        {
            if (!NormalizationFormC.Of(text).SequenceEqual(NormalizationFormC.Compose(text)))
            {
                Assert.Fail($"{text} is in another normal form without the quick check");
            }
        }
    }

    /// <summary>All bytes as tokens of their own value, the merges ab, aa, abab, and &lt;|end|&gt;.</summary>
    internal static BpeTokenizer Small()
    {
        Dictionary<string, int> vocabulary = Enumerable.Range(0, 256)
            .ToDictionary(b => ByteAlphabet.Character((byte)b).ToString(), b => b, StringComparer.Ordinal);
        vocabulary.Add("ab", 256);
        vocabulary.Add("aa", 257);
        vocabulary.Add("abab", 258);
        return new BpeTokenizer(new TokenizerDefinition
        {
            Origin = "small",
            Vocabulary = vocabulary,
            Merges = [("a", "b"), ("a", "a"), ("ab", "ab")],
            AddedTokens = [new AddedToken(259, "<|end|>", Special: true)],
            StopTokens = [259],
        });
    }

    /// <summary>Texts of any characters, with those that the pre-tokenizers treat apart more often.</summary>
    internal static Gen<string> Texts()
    {
        Gen<Rune> rune = Gen.OneOf(
            Gen.Choose(0, 0x7F),
            Gen.Choose(0x80, 0x2FFF),
            Gen.Choose(0x3000, 0xD7FF),
            Gen.Choose(0xE000, 0x10FFFF),
            Gen.Elements(' ', '\n', 'a', 'b', '1', '\'').Select(c => (int)c))
            .Select(code => new Rune(code));
        return Gen.ListOf(rune).Select(runes => string.Concat(runes));
    }
}

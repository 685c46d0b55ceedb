using System.Text;
using System.Text.Json;
using Stepwise.Engine.Formats;

namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// Byte-level BPE tokenizers as Hugging Face files: <c>tokenizer.json</c>, and beside it, where present, <c>tokenizer_config.json</c> (chat
/// template, special tokens), <c>chat_template.jinja</c> (goes before the other template), and the first of <c>generation_config.json</c> and
/// <c>config.json</c> that names stop tokens.
/// </summary>
public static class TokenizerFile
{
    /// <summary>The name of the file that holds the vocabulary.</summary>
    public const string Name = "tokenizer.json";

    private const string SettingsName = "tokenizer_config.json";
    private const string TemplateName = "chat_template.jinja";
    private const string GenerationName = "generation_config.json";
    private const string StopKey = "eos_token_id";
    private const int MaxBytes = 1 << 27;

    /// <summary>The tokens that chat templates find by these names.</summary>
    private static readonly string[] SpecialTokenNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Reads the tokenizer of a folder.</summary>
    /// <param name="folder">The folder; <see cref="Name"/> must be in it.</param>
    /// <exception cref="InputException">A file is missing or not sound, or the tokenizer is of a kind that is not supported.</exception>
    public static BpeTokenizer Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        TokenizerDefinition definition = TokenizerJson.Parse(path, InputFile.ReadWhole(path, MaxBytes));
        List<int> stops = [];
        if (Optional(folder, SettingsName) is { } settings)
        {
            Dictionary<string, string> special = SpecialTokens(settings);
            definition = definition with
            {
                ChatTemplate = ChatTemplate(settings),
                ChatTemplateOrigin = Path.Combine(folder, SettingsName),
                SpecialTokens = special,
            };
            if (special.TryGetValue("eos_token", out string? eos))
            {
                stops.Add(definition.Find(eos) ?? throw settings.Get("eos_token").Unexpected("a token of the vocabulary"));
            }
        }

        string template = Path.Combine(folder, TemplateName);
        if (File.Exists(template))
        {
            definition = definition with
            {
                ChatTemplate = Encoding.UTF8.GetString(InputFile.ReadWhole(template, MaxBytes)),
                ChatTemplateOrigin = template,
            };
        }

        stops.AddRange(ModelConfigFile.TokenIds(
            Optional(folder, GenerationName)?.Find(StopKey) ?? Optional(folder, HuggingFaceFolder.ConfigName)?.Find(StopKey)));
        return new BpeTokenizer((definition with { StopTokens = [.. stops.Distinct()] }).WithChatStop());
    }

    /// <summary>
    /// A tokenizer of one token per character and one that ends a completion. Ids are the characters' places, the end token comes last.
    /// </summary>
    /// <param name="characters">Different ASCII characters. Other characters in a text are lost.</param>
    /// <param name="endToken">The text of the end token, longer than one character, for example <c>&lt;|end|&gt;</c>.</param>
    /// <exception cref="ArgumentException">A character is not ASCII or comes twice, or the end token is shorter than two.</exception>
    public static BpeTokenizer CreateCharacterLevel(string characters, string endToken)
    {
        if (characters.Any(c => !char.IsAscii(c)) || characters.Distinct().Count() != characters.Length)
        {
            throw new ArgumentException("The characters must be different ASCII characters.", nameof(characters));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(endToken.Length, 2, nameof(endToken));
        return new BpeTokenizer(new TokenizerDefinition
        {
            Origin = "character-level tokenizer",
            Vocabulary = characters.Select((c, i) => (Text: ByteAlphabet.Character((byte)c).ToString(), Id: i))
                .ToDictionary(t => t.Text, t => t.Id, StringComparer.Ordinal),
            AddedTokens = [new AddedToken(characters.Length, endToken, Special: true)],
            StopTokens = [characters.Length],
        });
    }

    /// <summary>
    /// Writes the tokenizer into a folder, so that <see cref="Read"/> and the reference library load it. Stop tokens that neither it nor the
    /// folder's configuration says go to <c>generation_config.json</c>.
    /// </summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="folder">A folder that exists and has its <c>config.json</c>, if it is to have one.</param>
    /// <exception cref="RunException">A file cannot be written.</exception>
    public static void Write(BpeTokenizer tokenizer, string folder)
    {
        TokenizerDefinition definition = tokenizer.Definition;
        AtomicFile.Write(Path.Combine(folder, Name), TokenizerJson.Write(definition));
        AtomicFile.Write(Path.Combine(folder, SettingsName), TokenizerJson.WriteSettings(definition));
        if (!Read(folder).StopTokens.Order().SequenceEqual(tokenizer.StopTokens.Order()))
        {
            AtomicFile.Write(
                Path.Combine(folder, GenerationName),
                JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal) { [StopKey] = tokenizer.StopTokens }));
        }
    }

    private static JsonInput? Optional(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonInput.Parse(path, InputFile.ReadWhole(path, MaxBytes)) : null;
    }

    private static Dictionary<string, string> SpecialTokens(JsonInput settings)
    {
        Dictionary<string, string> tokens = new(StringComparer.Ordinal);
        foreach (string name in SpecialTokenNames)
        {
            if (settings.Find(name) is { } token)
            {
                tokens.Add(name, (token.Kind == JsonValueKind.Object ? token.Get("content") : token).Text());
            }
        }

        return tokens;
    }

    private static string? ChatTemplate(JsonInput settings) => settings.Find("chat_template") switch
    {
        { Kind: JsonValueKind.Array } named => named.Items()
            .FirstOrDefault(t => t.Get("name").Text() is "default")?.Get("template").Text(),
        var template => template?.Text(),
    };
}

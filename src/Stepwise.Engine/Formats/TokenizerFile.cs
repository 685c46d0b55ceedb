using System.Globalization;
using System.Text;
using System.Text.Json;
using Stepwise.Engine.Files;
using Stepwise.Engine.Tokenizers;
using Stepwise.Files;

namespace Stepwise.Engine.Formats;

/// <summary>
/// Byte-level BPE tokenizers as Hugging Face files: <c>tokenizer.json</c>, and beside it, where present, <c>tokenizer_config.json</c>,
/// <c>special_tokens_map.json</c> and <c>added_tokens.json</c>; the chat template, of <c>chat_template.jinja</c>,
/// <c>tokenizer_config.json</c> and <c>chat_template.json</c> the first that has one; and the first of <c>generation_config.json</c> and
/// <c>config.json</c> that names stop tokens.
/// </summary>
public static class TokenizerFile
{
    /// <summary>The name of the file that holds the vocabulary.</summary>
    public const string Name = TokenizerJson.FileName;

    private const string TemplateName = "chat_template.jinja";
    private const string TemplateJsonName = "chat_template.json";
    private const string GenerationName = "generation_config.json";
    private const string StopKey = "eos_token_id";
    private const int MaxBytes = 1 << 27;

    /// <summary>Vocabularies in other forms, which a folder without <see cref="Name"/> may have.</summary>
    private static readonly string[] OtherNames = ["vocab.json", "tokenizer.model", "tekken.json", "vocab.txt"];

    /// <summary>The files beside <see cref="Name"/> that are read.</summary>
    internal static IReadOnlyList<string> Companions { get; } =
    [
        TokenizerSettings.Name, TokenizerSettings.MapName, TokenizerSettings.AddedName, TemplateName, TemplateJsonName, GenerationName,
    ];

    /// <summary>Reads the tokenizer of a folder.</summary>
    /// <param name="folder">The folder; <see cref="Name"/> must be in it.</param>
    /// <exception cref="InputException">A file is missing or not sound, or the tokenizer is of a kind that is not supported.</exception>
    public static BpeTokenizer Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path) && OtherNames.FirstOrDefault(n => File.Exists(Path.Combine(folder, n))) is { } other)
        {
            throw new InputException(
                $"{path}: no such file; {other} alone is not read. Load the tokenizer in transformers and save it, which writes {Name}.");
        }

        return Complete(folder, Parse(path));
    }

    /// <summary>The tokenizer of a folder of adapters: what the folder has goes before what its base model has.</summary>
    /// <param name="folder">The folder, with some or none of the files.</param>
    /// <param name="model">The base model's tokenizer.</param>
    /// <exception cref="InputException">A file is not sound, or a token of the model is not there under the model's id.</exception>
    internal static BpeTokenizer ReadOver(string folder, BpeTokenizer model)
    {
        TokenizerDefinition below = model.Definition;
        string path = Path.Combine(folder, Name);
        if (!File.Exists(path))
        {
            return Complete(folder, below);
        }

        TokenizerDefinition own = Parse(path);
        foreach ((string token, int id) in below.Tokens)
        {
            if (own.Find(token) is var found && found != id)
            {
                throw own.Error(
                    $"does not fit the base model ({below.Origin}): the token {Quoted.Of(token)} has the id {id} there and "
                    + $"{found?.ToString(CultureInfo.InvariantCulture) ?? "none"} here. Take the base model that the adapters were trained "
                    + "on");
            }
        }

        return Complete(folder, own with
        {
            ChatTemplate = below.ChatTemplate,
            ChatTemplateOrigin = below.ChatTemplateOrigin ?? below.Origin,
            SpecialTokens = below.SpecialTokens,
            StopTokens = below.StopTokens,
        });
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
    /// Writes the tokenizer into a folder, so that <see cref="Read"/> and the reference library load it. Stop tokens go to
    /// <c>generation_config.json</c> where the folder's <c>config.json</c> does not name all of them.
    /// </summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="folder">A folder that exists and has its <c>config.json</c>, if it is to have one.</param>
    /// <exception cref="RunException">A file cannot be written.</exception>
    public static void Write(BpeTokenizer tokenizer, string folder)
    {
        TokenizerDefinition definition = tokenizer.Definition;
        WholeFile.Write(Path.Combine(folder, Name), TokenizerJson.Write(definition));
        WholeFile.Write(Path.Combine(folder, TokenizerSettings.Name), TokenizerJson.WriteSettings(definition));
        int[] stated = ModelConfigFile.TokenIds(Optional(folder, HuggingFaceFolder.ConfigName)?.Find(StopKey));
        if (!stated.Order().SequenceEqual(tokenizer.StopTokens.Order()))
        {
            WholeFile.Write(
                Path.Combine(folder, GenerationName),
                JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, IReadOnlyList<int>>(StringComparer.Ordinal) { [StopKey] = tokenizer.StopTokens }));
        }
    }

    private static TokenizerDefinition Parse(string path) => TokenizerJson.Parse(path, InputFile.ReadWhole(path, MaxBytes));

    private static BpeTokenizer Complete(string folder, TokenizerDefinition definition)
    {
        if (Optional(folder, TemplateJsonName) is { } old)
        {
            definition = definition.WithTemplate(TokenizerSettings.ChatTemplate(old), Path.Combine(folder, TemplateJsonName));
        }

        JsonInput? settings = Optional(folder, TokenizerSettings.Name);
        definition = TokenizerSettings.Apply(
            definition, settings, Optional(folder, TokenizerSettings.MapName), Optional(folder, TokenizerSettings.AddedName));
        if (settings is not null)
        {
            definition = definition.WithTemplate(TokenizerSettings.ChatTemplate(settings), Path.Combine(folder, TokenizerSettings.Name));
        }

        string template = Path.Combine(folder, TemplateName);
        if (File.Exists(template))
        {
            definition = definition.WithTemplate(Encoding.UTF8.GetString(InputFile.ReadWhole(template, MaxBytes)), template);
        }

        int[] stops = ModelConfigFile.TokenIds(
            Optional(folder, GenerationName)?.Find(StopKey) ?? Optional(folder, HuggingFaceFolder.ConfigName)?.Find(StopKey));
        return new BpeTokenizer((definition with { StopTokens = [.. definition.StopTokens.Concat(stops).Distinct()] }).WithChatStop());
    }

    private static JsonInput? Optional(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonInput.Parse(path, InputFile.ReadWhole(path, MaxBytes)) : null;
    }
}

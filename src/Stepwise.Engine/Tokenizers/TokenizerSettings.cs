using System.Globalization;
using System.Text.Json;
using Stepwise.Engine.Files;

namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// What stands beside the vocabulary of a tokenizer, as transformers reads it: special tokens by their names, added tokens that
/// <c>tokenizer.json</c> lacks, whether a text begins with the begin token, and chat templates.
/// </summary>
internal static class TokenizerSettings
{
    public const string Name = "tokenizer_config.json";

    /// <summary>Old files: special tokens by their names. Goes before <see cref="Name"/>, unless that lists the added tokens.</summary>
    public const string MapName = "special_tokens_map.json";

    /// <summary>Old files: the ids of added tokens. Not read where <see cref="Name"/> lists them.</summary>
    public const string AddedName = "added_tokens.json";

    private const string AddedKey = "added_tokens_decoder";

    /// <summary>The tokens that chat templates find by these names.</summary>
    private static readonly string[] SpecialTokenNames =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>The definition with what the files say.</summary>
    /// <exception cref="InputException">A file is not sound, or does not fit the vocabulary.</exception>
    public static TokenizerDefinition Apply(TokenizerDefinition definition, JsonInput? settings, JsonInput? map, JsonInput? added)
    {
        bool listed = settings?.Find(AddedKey) is not null;
        definition = definition with
        {
            AddedTokens = [.. definition.AddedTokens, .. Missing(definition, listed ? Listed(settings!.Get(AddedKey)) : Old(added))],
        };
        JsonInput[] named = [.. new[] { listed ? null : map, settings }.OfType<JsonInput>()];
        if (named.Length == 0)
        {
            return definition;
        }

        Dictionary<string, string> special = new(StringComparer.Ordinal);
        foreach (string name in SpecialTokenNames)
        {
            if (named.Select(file => file.Find(name)).FirstOrDefault(token => token is not null) is { } token)
            {
                JsonInput content = token.Kind == JsonValueKind.Object ? token.Get("content") : token;
                special.Add(name, content.Text());
                if (name is "eos_token")
                {
                    int eos = definition.Find(content.Text()) ?? throw content.Unexpected("a token of the vocabulary");
                    definition = definition with { StopTokens = [.. definition.StopTokens.Prepend(eos).Distinct()] };
                }
            }
        }

        return definition with { SpecialTokens = special, TextStart = TextStart(definition, special, settings?.Find("add_bos_token")) };
    }

    /// <summary>The chat template of a file; of several, the one named <c>default</c>. <see langword="null"/> where it has none.</summary>
    public static string? ChatTemplate(JsonInput file) => file.Find("chat_template") switch
    {
        { Kind: JsonValueKind.Array } named => named.Items()
            .FirstOrDefault(t => t.Get("name").Text() is "default")?.Get("template").Text(),
        var template => template?.Text(),
    };

    private static IReadOnlyList<int> TextStart(TokenizerDefinition definition, Dictionary<string, string> special, JsonInput? begins)
    {
        if (begins is null || !special.TryGetValue("bos_token", out string? token) || definition.Find(token) is not { } bos)
        {
            return definition.TextStart;
        }

        IEnumerable<int> others = definition.TextStart.Where(id => id != bos);
        return begins.Flag() ? [bos, .. others] : [.. others];
    }

    private static IEnumerable<(AddedToken Token, JsonInput Place)> Listed(JsonInput tokens) => tokens.Members().Select(entry =>
        int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            ? (TokenizerJson.Added(entry.Value, id), entry.Value)
            : throw entry.Value.Error("the key must be a token's id"));

    private static IEnumerable<(AddedToken Token, JsonInput Place)> Old(JsonInput? tokens) => tokens?.Members().Select(entry =>
        (new AddedToken((int)entry.Value.Integer(0, BpeTokenizer.MaxVocabulary - 1), entry.Key, Special: false), entry.Value)) ?? [];

    private static IEnumerable<AddedToken> Missing(TokenizerDefinition definition, IEnumerable<(AddedToken Token, JsonInput Place)> tokens)
    {
        foreach ((AddedToken token, JsonInput place) in tokens)
        {
            int? id = definition.Find(token.Content);
            if (id is null)
            {
                yield return token;
            }
            else if (id != token.Id)
            {
                throw place.Error($"{TokenizerJson.FileName} gives the token {Quoted.Of(token.Content)} the id {id}, not {token.Id}");
            }
        }
    }
}

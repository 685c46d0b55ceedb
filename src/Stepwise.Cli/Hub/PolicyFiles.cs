using System.Text.Json;

namespace Stepwise.Cli.Hub;

/// <summary>Which files of a repository a policy is loaded from.</summary>
internal static class PolicyFiles
{
    public const string Weights = "model" + Extension;
    public const string Index = Weights + ".index.json";

    private const string Config = "config.json";
    private const string Extension = ".safetensors";
    private const int MostNamed = 10;
    private const int LongestName = 80;

    private static readonly string[] Others =
    [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "merges.txt", "tokenizer.model", "chat_template.jinja", "chat_template.json",
    ];

    /// <summary>The files to download; where the weights are in shards, their index and without the shards.</summary>
    /// <param name="listing">The repository's files.</param>
    /// <param name="file">A single file that is asked for, or <see langword="null"/>.</param>
    /// <param name="where">The repository, for messages.</param>
    /// <exception cref="InputException">The repository does not have it, or holds no model in safetensors files.</exception>
    public static List<HubFile> Choose(HubListing listing, string? file, string where)
    {
        if (file is not null)
        {
            return [Own(listing.Files.GetValueOrDefault(file), where) ?? throw new InputException($"{where}: has no file {Quoted.Of(file)}.{Gguf(listing)}")];
        }

        HubFile? weights = listing.Files.GetValueOrDefault(Weights) ?? listing.Files.GetValueOrDefault(Index);
        if (weights is null || !listing.Files.TryGetValue(Config, out HubFile? config))
        {
            throw new InputException($"{where}: has no {(weights is null ? Weights : Config)}; a policy needs both.{Gguf(listing)}");
        }

        return [config, .. Others.Where(listing.Files.ContainsKey).Select(name => listing.Files[name]), weights];
    }

    /// <summary>The shards that an index names.</summary>
    /// <param name="index">The index's content.</param>
    /// <param name="listing">The repository's files.</param>
    /// <param name="where">The repository, for messages.</param>
    /// <exception cref="InputException">The content is no index, or the repository lacks a shard.</exception>
    public static List<HubFile> Shards(byte[] index, HubListing listing, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(index);
            return
            [
                .. document.RootElement.GetProperty("weight_map").EnumerateObject().Select(p => p.Value.GetString() ?? "")
                    .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                    .Select(name => Own(listing.Files.GetValueOrDefault(name), where) is { } shard && IsShard(name)
                        ? shard
                        : throw new InputException($"{where}: {Index} names {Quoted.Of(name)}, which is not there as a shard.")),
            ];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InputException($"{where}: {Index} is not an index of weights ({error.Message.TrimEnd('.')}).", error);
        }
    }

    private static bool IsShard(string name) => name.EndsWith(Extension, StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal);

    /// <summary>A file whose name here is its own, and not that of one with which a pull keeps account.</summary>
    private static HubFile? Own(HubFile? file, string where) => file is null || !PullFolder.Keeps(file.Name)
        ? file
        : throw new InputException($"{where}: {Quoted.Of(file.Path)} has a name that pull keeps for itself; it cannot be downloaded.");

    private static string Gguf(HubListing listing)
    {
        string[] found = [.. listing.Files.Keys.Where(path => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
        return found.Length == 0
            ? ""
            : $" It has GGUF files, to be named by --file: {string.Join(", ", found.Take(MostNamed).Select(name => Escaped.Line(name, LongestName)))}"
                + $"{(found.Length > MostNamed ? " …" : "")}.";
    }
}

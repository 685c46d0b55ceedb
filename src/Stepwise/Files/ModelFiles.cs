using System.Text.Json;

namespace Stepwise.Files;

/// <summary>The files of a model that an engine reads; whatever else lies beside them is no part of the model.</summary>
internal static class ModelFiles
{
    private const string AdapterConfig = "adapter_config.json";
    private const string Base = "base_model_name_or_path";
    private const string Weights = "model.safetensors";
    private const string Index = Weights + ".index.json";

    // Far above any of these files; a larger one is refused by the engine that reads it.
    private const long MaxJsonBytes = 64 << 20;

    private static readonly string[] Names =
    [
        AdapterConfig, "adapter_model.safetensors", "added_tokens.json", "chat_template.jinja", "chat_template.json", "config.json",
        "generation_config.json", Weights, Index, "optimizer.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json",
    ];

    /// <summary>Whether a file of this name would be read from a folder that has it.</summary>
    public static bool IsRead(string name) => Names.Contains(name, StringComparer.Ordinal);

    /// <summary>
    /// Name and path of every file of a model's folder, and of the model that its adapters are for, at most <see cref="PolicyPath.MostAdapters"/> deep, in
    /// the names' order.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file cannot be read.</exception>
    public static IReadOnlyList<(string Name, string Path)> Of(string folder) =>
        [.. All(folder, over: 0).OrderBy(file => file.Name, StringComparer.Ordinal)];

    private static IEnumerable<(string Name, string Path)> All(string folder, int over) =>
        over == PolicyPath.MostAdapters ? [] : Own(folder).Concat(OfBase(folder, over));

    private static IEnumerable<(string Name, string Path)> Own(string folder)
    {
        bool sharded = !File.Exists(Path.Combine(folder, Weights));
        IEnumerable<string> names = Names.Where(name => sharded || name is not Index);
        if (sharded && Json(Path.Combine(folder, Index)) is { } index
            && index.TryGetProperty("weight_map", out JsonElement map) && map.ValueKind == JsonValueKind.Object)
        {
            names = names.Concat(map.EnumerateObject().Select(entry => Text(entry.Value)).Where(IsPlain).Distinct(StringComparer.Ordinal));
        }

        return names.Select(name => (Name: name, Path: Path.Combine(folder, name))).Where(file => File.Exists(file.Path));
    }

    private static IEnumerable<(string Name, string Path)> OfBase(string folder, int over)
    {
        if (Json(Path.Combine(folder, AdapterConfig)) is not { } config || !config.TryGetProperty(Base, out JsonElement named)
            || Text(named) is not { Length: > 0 } path)
        {
            return [];
        }

        path = Path.Combine(folder, path);
        return File.Exists(path) ? [("base", path)]
            : Directory.Exists(path) ? All(path, over + 1).Select(file => ("base/" + file.Name, file.Path))
            : [];
    }

    /// <summary>The object in a file; <see langword="null"/> where there is none, which the engine that reads it says better.</summary>
    private static JsonElement? Json(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using FileStream stream = RegularFile.OpenRead(path);
            if (stream.Length > MaxJsonBytes)
            {
                return null;
            }

            byte[] text = new byte[stream.Length];
            stream.ReadExactly(text);
            JsonElement root = StrictJson.Parse(text).RootElement;
            return root.ValueKind == JsonValueKind.Object ? root : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static bool IsPlain(string name) => name.Length > 0 && string.Equals(Path.GetFileName(name), name, StringComparison.Ordinal);
}

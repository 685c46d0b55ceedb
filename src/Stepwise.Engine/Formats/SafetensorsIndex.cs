using Stepwise.Engine.Files;

namespace Stepwise.Engine.Formats;

/// <summary>
/// Reads <c>model.safetensors.index.json</c>, which says which of several safetensors files holds a tensor. It is untrusted: a file's name
/// may lead nowhere but into the index's own folder.
/// </summary>
internal static class SafetensorsIndex
{
    private const int MaxBytes = 64 << 20;
    private const int MaxNameLength = 255;
    private const string Extension = ".safetensors";

    /// <summary>File name by tensor name, in the file's order.</summary>
    /// <exception cref="InputException">The file is missing or not sound.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path) => Parse(path, InputFile.ReadWhole(path, MaxBytes));

    /// <summary>File name by tensor name, in the file's order.</summary>
    /// <exception cref="InputException">The content is not sound.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string path, ReadOnlyMemory<byte> utf8)
    {
        JsonInput map = JsonInput.Parse(path, utf8).Get("weight_map");
        OrderedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach ((string tensor, JsonInput value) in map.Members())
        {
            string file = value.Text();
            files.Add(tensor, IsPlainName(file) ? file : throw value.Unexpected(
                "the name of a file in the same folder, of letters, digits, '-', '_' and '.', ending with .safetensors"));
        }

        return files.Count > 0 ? files : throw map.Error("no tensors");
    }

    private static bool IsPlainName(string name) => name.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0])
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name.EndsWith(Extension, StringComparison.Ordinal);
}

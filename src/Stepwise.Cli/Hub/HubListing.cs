using System.Text.Json;

namespace Stepwise.Cli.Hub;

/// <summary>What a repository holds at a commit.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Files">Its files by path.</param>
internal sealed record HubListing(string Commit, IReadOnlyDictionary<string, HubFile> Files)
{
    // Far above any repository of one model.
    private const int MostFiles = 100_000;

    // Twice the sizes of all files are still a number: 46 terabytes.
    private const long LargestFile = long.MaxValue / (2 * MostFiles);

    /// <summary>Reads the answer to <c>/api/models/{repository}/revision/{revision}?blobs=true</c>, or of <c>datasets</c>.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="where">Its address, for messages.</param>
    /// <exception cref="InputException">It is not as described, or a name leads out of the repository.</exception>
    public static HubListing Parse(ReadOnlyMemory<byte> json, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            Dictionary<string, HubFile> files = new(StringComparer.Ordinal);
            foreach (JsonElement sibling in root.GetProperty("siblings").EnumerateArray())
            {
                HubFile file = ReadFile(sibling, where);
                if (!files.TryAdd(file.Path, file) || files.Count > MostFiles)
                {
                    throw new InputException($"{where}: lists {Quoted.Of(file.Path)} twice, or more than {MostFiles} files.");
                }
            }

            return new(Hexadecimal(root.GetProperty("sha"), 40), files);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InputException($"{where}: the answer is not a hub's listing of a repository ({error.Message.TrimEnd('.')}). Check --endpoint.", error);
        }
    }

    private static HubFile ReadFile(JsonElement sibling, string where)
    {
        string path = HubNames.FilePath(sibling.GetProperty("rfilename").GetString() ?? "", where);
        bool stored = sibling.TryGetProperty("lfs", out JsonElement lfs) && lfs.ValueKind == JsonValueKind.Object;
        long size = (stored ? lfs : sibling).GetProperty("size").GetInt64();
        HubChecksum checksum = stored
            ? new(HubChecksumKind.Sha256, Hexadecimal(lfs.GetProperty("sha256"), 64))
            : new(HubChecksumKind.GitBlob, Hexadecimal(sibling.GetProperty("blobId"), 40));
        return size is >= 0 and <= LargestFile
            ? new(path, size, checksum)
            : throw new FormatException($"the size of {Quoted.Of(path)} is {size}; allowed is 0 to {LargestFile}");
    }

    private static string Hexadecimal(JsonElement value, int length) =>
        value.GetString() is { } text && text.Length == length && text.All(char.IsAsciiHexDigitLower)
            ? text
            : throw new FormatException($"found a checksum that is not {length} hexadecimal digits");
}

using Stepwise.Problems;

namespace Stepwise.Cli.Hub;

/// <summary>Which files of a dataset's repository are problems that a recipe can name.</summary>
internal static class DatasetFiles
{
    private const int MostNamed = 20;
    private const int LongestName = 80;

    /// <summary>The file to download: the one that is asked for, or the only one there is.</summary>
    /// <param name="listing">The repository's files.</param>
    /// <param name="file">The file that is asked for, or <see langword="null"/>.</param>
    /// <param name="where">The repository, for messages.</param>
    /// <exception cref="InputException">It is not there or no file of problems, or there are none or several to choose from.</exception>
    public static List<HubFile> Choose(HubListing listing, string? file, string where)
    {
        HubFile[] found =
        [
            .. listing.Files.Values.Where(f => RecordFile.Reads(f.Path) && !PullFolder.Keeps(f.Name)).OrderBy(f => f.Path, StringComparer.Ordinal),
        ];
        if (file is not null)
        {
            return [Array.Find(found, f => string.Equals(f.Path, file, StringComparison.Ordinal)) ?? throw new InputException(
                $"{where}: has no file of problems {Quoted.Of(file)}; expected is one that ends with {RecordFile.Endings}.{Named(found)}")];
        }

        return found switch
        {
            [HubFile only] => [only],
            [] => throw new InputException($"{where}: has no file of problems; expected is one that ends with {RecordFile.Endings}."),
            _ => throw new InputException($"{where}: has {found.Length} files of problems; choose one with --file.{Named(found)}"),
        };
    }

    private static string Named(HubFile[] found) => found.Length == 0 ? "" :
        $" There are {string.Join(", ", found.Take(MostNamed).Select(f => Escaped.Line(f.Path, LongestName)))}{(found.Length > MostNamed ? ", …" : "")}.";
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Stepwise.Cli.Hub;

/// <summary>How a hub identifies a file's content.</summary>
internal enum HubChecksumKind
{
    /// <summary>SHA-256 of the content: files in large file storage.</summary>
    Sha256,

    /// <summary>SHA-1 of git's blob, the content behind a header with its length: all others.</summary>
    GitBlob,
}

/// <summary>A checksum.</summary>
/// <param name="Kind">What it is a sum of.</param>
/// <param name="Value">Lower-case hexadecimal.</param>
internal sealed record HubChecksum(HubChecksumKind Kind, string Value)
{
    /// <summary>A hash that content of this size is appended to.</summary>
    public IncrementalHash Start(long size)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(Kind == HubChecksumKind.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (Kind == HubChecksumKind.GitBlob)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        }

        return hash;
    }

    /// <summary>Whether the content appended to a hash of <see cref="Start"/> has this checksum.</summary>
    public bool Matches(IncrementalHash hash) => string.Equals(Convert.ToHexStringLower(hash.GetCurrentHash()), Value, StringComparison.Ordinal);
}

/// <summary>A file of a repository.</summary>
/// <param name="Path">Its path there.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Checksum">Its checksum.</param>
internal sealed record HubFile(string Path, long Size, HubChecksum Checksum)
{
    /// <summary>The last part of the path: its name here, where a pulled folder is flat.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}

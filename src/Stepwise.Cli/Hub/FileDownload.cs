using System.Net;
using System.Security.Cryptography;

namespace Stepwise.Cli.Hub;

/// <summary>Downloads one file: goes on with what is there of it, checks it whole, then gives it its name.</summary>
/// <param name="open">Asks for the content from a byte on.</param>
/// <param name="file">The file.</param>
/// <param name="folder">Where it goes.</param>
/// <param name="retry">Tries again what failed.</param>
/// <param name="onBytes">Told how many more bytes are there, and whether they were downloaded now.</param>
internal sealed class FileDownload(
    Func<long, CancellationToken, Task<HubAnswer>> open, HubFile file, string folder, HubRetry retry, Action<long, bool> onBytes)
{
    /// <summary>A connection that brought this much before it was cut counts as no failed attempt.</summary>
    private const long Worthwhile = 1 << 20;

    /// <summary>How the names of files end that are not whole.</summary>
    public const string Extension = ".part";

    private readonly string _target = Path.Combine(folder, file.Name);
    private readonly byte[] _buffer = new byte[1 << 17];

    /// <summary>The file while it is not whole; named after its content, so that another revision's is not gone on with.</summary>
    private string Partial => PartialOf(_target, file);

    /// <summary>How much of a file, whole or not, a folder holds.</summary>
    public static long BytesThere(string folder, HubFile file)
    {
        string target = Path.Combine(folder, file.Name);
        return new[] { target, PartialOf(target, file) }.Select(path => new FileInfo(path)).Where(found => found.Exists).Sum(found => found.Length);
    }

    private static string PartialOf(string target, HubFile file) => $"{target}.{file.Checksum.Value[..12]}{Extension}";

    /// <summary>Downloads the file unless it is there.</summary>
    /// <exception cref="InputException">It may not be read.</exception>
    /// <exception cref="RunException">The hub failed too often, the content is not what was listed, or the disk failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await IsThereAsync(cancellationToken).ConfigureAwait(false))
        {
            onBytes(file.Size, false);
            return;
        }

        try
        {
            using (FileStream part = new(Partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
            using (IncrementalHash hash = file.Checksum.Start(file.Size))
            {
                await TakeUpAsync(part, hash, cancellationToken).ConfigureAwait(false);
                while (part.Length < file.Size)
                {
                    await retry.RunAsync(token => ContinueAsync(part, hash, token), cancellationToken).ConfigureAwait(false);
                }

                if (!file.Checksum.Matches(hash))
                {
                    part.SetLength(0);
                    throw new RunException(
                        $"{file.Path}: what was downloaded has another checksum than the hub lists ({file.Checksum.Value}), and was removed. "
                        + "Give the same command again to download this file anew.");
                }

                part.Flush(flushToDisk: true);
            }

            File.Move(Partial, _target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException(
                $"{_target}: cannot be written ({error.Message.TrimEnd('.')}). Free space or rights there; the same command goes on.", error);
        }
    }

    /// <summary>Whether the whole file is there from an earlier attempt; one of another revision is removed.</summary>
    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_target))
        {
            return false;
        }

        using (FileStream whole = File.OpenRead(_target))
        using (IncrementalHash hash = file.Checksum.Start(file.Size))
        {
            if (whole.Length == file.Size)
            {
                await AppendAsync(whole, hash, cancellationToken).ConfigureAwait(false);
                if (file.Checksum.Matches(hash))
                {
                    return true;
                }
            }
        }

        File.Delete(_target);
        return false;
    }

    /// <summary>Takes up what an interrupted attempt left.</summary>
    private async Task TakeUpAsync(FileStream part, IncrementalHash hash, CancellationToken cancellationToken)
    {
        if (part.Length > file.Size)
        {
            part.SetLength(0);
        }

        await AppendAsync(part, hash, cancellationToken).ConfigureAwait(false);
        onBytes(part.Length, false);
    }

    private async Task AppendAsync(FileStream stream, IncrementalHash hash, CancellationToken cancellationToken)
    {
        int read;
        while ((read = await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(_buffer, 0, read);
        }
    }

    /// <summary>One connection: brings the rest of the file, or a good deal of it.</summary>
    private async Task<bool> ContinueAsync(FileStream part, IncrementalHash hash, CancellationToken cancellationToken)
    {
        long start = part.Length;
        try
        {
            using HubAnswer answer = await open(start, cancellationToken).ConfigureAwait(false);
            CheckAnswer(answer, start);
            using Stream content = await answer.Message.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            if (answer.Message.StatusCode == HttpStatusCode.OK)
            {
                // Of a server that does not send parts, what is there comes again.
                await SkipAsync(content, start, cancellationToken).ConfigureAwait(false);
            }

            await AppendRestAsync(content, part, hash, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HubFailure) when (part.Length - start >= Worthwhile)
        {
            return false;
        }
    }

    private void CheckAnswer(HubAnswer answer, long start)
    {
        if (answer.LinkedTag is { Length: 64 } tag && file.Checksum.Kind == HubChecksumKind.Sha256
            && !string.Equals(tag, file.Checksum.Value, StringComparison.Ordinal))
        {
            throw new RunException($"{file.Path}: the hub sends another content ({Quoted.Of(tag)}) than it lists ({file.Checksum.Value}).");
        }

        HttpResponseMessage message = answer.Message;
        bool part = message.StatusCode == HttpStatusCode.PartialContent;
        long first = part ? message.Content.Headers.ContentRange?.From ?? -1 : 0;
        if (part && first != start)
        {
            throw new HubFailure($"{file.Path}: asked for the content from byte {start}, the answer begins at {first}.");
        }

        if (message.Content.Headers.ContentLength is { } length && length != file.Size - first)
        {
            throw new HubFailure($"{file.Path}: listed with {file.Size} bytes, sent with {length} from byte {first} on.");
        }
    }

    private async Task SkipAsync(Stream content, long bytes, CancellationToken cancellationToken)
    {
        while (bytes > 0)
        {
            int read = await HubClient.ReadAsync(content, _buffer.AsMemory(0, (int)Math.Min(bytes, _buffer.Length)), cancellationToken).ConfigureAwait(false);
            bytes -= read > 0 ? read : throw Cut();
        }
    }

    private async Task AppendRestAsync(Stream content, FileStream part, IncrementalHash hash, CancellationToken cancellationToken)
    {
        long left = file.Size - part.Length;
        while (left > 0)
        {
            // Never more than was listed, whatever the server sends.
            int read = await HubClient.ReadAsync(content, _buffer.AsMemory(0, (int)Math.Min(left, _buffer.Length)), cancellationToken).ConfigureAwait(false);
            left -= read > 0 ? read : throw Cut();
            await part.WriteAsync(_buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            hash.AppendData(_buffer, 0, read);
            onBytes(read, true);
        }
    }

    private HubFailure Cut() => new($"{file.Path}: the connection was cut.");
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Stepwise.Cli.Tests.Hub;

/// <summary>
/// A hub with one repository, <c>org/name</c>, of a model or a dataset, and the paths of Hugging Face's: what is in large file storage is on a second server, to
/// which the first redirects.
/// </summary>
internal sealed class FakeHub : IDisposable
{
    public const string Repository = "org/name";

    private readonly Dictionary<string, (byte[] Content, bool Large)> _files = new(StringComparer.Ordinal);

    public FakeHub()
    {
        Hub = new(request => Intercept(request) ?? Answer(request));
        Storage = new(request => Intercept(request) ?? Content(request, request.Path.Split('/')[^1]));
    }

    public LoopbackServer Hub { get; }

    public LoopbackServer Storage { get; }

    public string Commit { get; set; } = new('c', 40);

    /// <summary>Answers in the servers' place where it gives an answer.</summary>
    public Func<Request, Response?> Intercept { get; set; } = _ => null;

    /// <summary>Bytes of files sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Requests for the content of files, to either server.</summary>
    public IEnumerable<Request> Downloads =>
        Hub.Requests.Where(r => r.Path.Contains("/resolve/", StringComparison.Ordinal) && !IsLarge(r)).Concat(Storage.Requests);

    public void Add(string path, byte[] content, bool large = false) => _files[path] = (content, large);

    public void Add(string path, string content) => Add(path, Encoding.UTF8.GetBytes(content));

    public void Remove(string path) => _files.Remove(path);

    public byte[] File(string path) => _files[path].Content;

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static string GitBlob(byte[] content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public byte[] Listing() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = Repository,
        sha = Commit,
        gated = false,
        siblings = _files.Select(f => (object)(f.Value.Large
            ? new
            {
                rfilename = f.Key,
                size = f.Value.Content.Length,
                blobId = new string('b', 40),
                lfs = new { sha256 = Sha256(f.Value.Content), size = f.Value.Content.Length, pointerSize = 134 },
            }
            : new { rfilename = f.Key, size = f.Value.Content.Length, blobId = GitBlob(f.Value.Content) })),
    });

    /// <summary>The content of a file from where the request wants it, cut after some bytes.</summary>
    public Response Content(Request request, string path, int cutAfter = int.MaxValue)
    {
        byte[] all = _files[path].Content;
        byte[] rest = all[(int)request.From..];
        Sent += Math.Min(rest.Length, cutAfter);
        Response response = new(request.From > 0 ? 206 : 200, rest) { CutAfter = cutAfter };
        if (request.From > 0)
        {
            response.Headers["Content-Range"] = $"bytes {request.From}-{all.Length - 1}/{all.Length}";
        }

        return response;
    }

    public void Dispose()
    {
        Hub.Dispose();
        Storage.Dispose();
    }

    private Response Answer(Request request)
    {
        if (Array.Exists(["models", "datasets"], kind => request.Path.StartsWith($"/api/{kind}/{Repository}/revision/", StringComparison.Ordinal)))
        {
            return new(200, Listing());
        }

        string resolve = $"{Repository}/resolve/{Commit}/";
        string? prefix = Array.Find([$"/{resolve}", $"/datasets/{resolve}"], start => request.Path.StartsWith(start, StringComparison.Ordinal));
        if (prefix is null)
        {
            return new(404, []) { Headers = { ["X-Error-Code"] = "RepoNotFound" } };
        }

        string path = request.Path[prefix.Length..];
        return IsLarge(request)
            ? new(302, [])
            {
                Headers =
                {
                    ["Location"] = $"{Storage.Address}/signed/{path}",
                    ["X-Linked-Etag"] = $"\"{Sha256(_files[path].Content)}\"",
                    ["X-Linked-Size"] = _files[path].Content.Length.ToString(CultureInfo.InvariantCulture),
                },
            }
            : Content(request, path);
    }

    private bool IsLarge(Request request) => _files.TryGetValue(request.Path.Split('/')[^1], out (byte[] Content, bool Large) file) && file.Large;
}

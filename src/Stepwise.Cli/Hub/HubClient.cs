using System.Net;
using System.Net.Http.Headers;

namespace Stepwise.Cli.Hub;

/// <summary>An answer of a hub.</summary>
/// <param name="Message">The answer that has the content; other than the first one asked for where that redirects.</param>
/// <param name="LinkedTag">The checksum of the content by the hub's own word, or <see langword="null"/>.</param>
internal sealed record HubAnswer(HttpResponseMessage Message, string? LinkedTag) : IDisposable
{
    public void Dispose() => Message.Dispose();
}

/// <summary>Asks a hub that has Hugging Face's paths. The token goes to the hub alone, never to where it redirects.</summary>
/// <param name="endpoint">The hub, see <see cref="HubEndpoint"/>.</param>
/// <param name="token">What the hub knows the user by, or <see langword="null"/>.</param>
internal sealed class HubClient(Uri endpoint, string? token) : IDisposable
{
    private const int MostRedirects = 10;
    private const int MostListingBytes = 32 << 20;

    /// <summary>How long nothing may come before a connection counts as cut.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(30),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => _http.Dispose();

    /// <summary>The files of a repository.</summary>
    /// <exception cref="InputException">There is no such repository or revision, it may not be read, or the answer is no listing.</exception>
    /// <exception cref="HubFailure">The hub cannot be reached, or not now.</exception>
    public async Task<HubListing> ListAsync(HubRepository repository, string revision, CancellationToken cancellationToken)
    {
        string address = $"api/{repository.Listed}/revision/{Uri.EscapeDataString(revision)}?blobs=true";
        using HubAnswer answer = await GetAsync(address, from: 0, repository.Stored, cancellationToken).ConfigureAwait(false);
        using Stream stream = await answer.Message.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using MemoryStream json = new();
        byte[] buffer = new byte[1 << 16];
        int read;
        while ((read = await ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            json.Write(buffer, 0, read);
            if (json.Length > MostListingBytes)
            {
                throw new InputException($"{endpoint}{address}: the listing is longer than {MostListingBytes} bytes.");
            }
        }

        return HubListing.Parse(json.GetBuffer().AsMemory(0, (int)json.Length), $"{endpoint}{address}");
    }

    /// <summary>A file's content.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="from">The first byte wanted.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The answer: 206 with the content from there, or 200 with all of it.</returns>
    /// <exception cref="InputException">It may not be read, or is not there.</exception>
    /// <exception cref="HubFailure">The hub cannot be reached, or not now.</exception>
    public Task<HubAnswer> OpenAsync(HubRepository repository, string commit, string path, long from, CancellationToken cancellationToken) => GetAsync(
        $"{repository.Stored}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}", from, repository.Stored, cancellationToken);

    /// <summary>Reads what comes next; 0 at the end.</summary>
    /// <exception cref="HubFailure">The connection was cut, or nothing came for too long.</exception>
    public static async ValueTask<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await content.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubFailure($"Nothing came for {Patience.TotalSeconds:0} seconds.", innerException: error);
        }
        catch (IOException error)
        {
            throw new HubFailure($"The connection was cut ({error.Message.TrimEnd('.')}).", innerException: error);
        }
    }

    private async Task<HubAnswer> GetAsync(string address, long from, string repository, CancellationToken cancellationToken)
    {
        Uri uri = new(endpoint, address);
        string? linkedTag = null;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            HttpResponseMessage response = await SendAsync(uri, from, cancellationToken).ConfigureAwait(false);
            linkedTag ??= Tag(response);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
            {
                return new(response, linkedTag);
            }

            using (response)
            {
                bool redirects = (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;
                uri = redirects && response.Headers.Location is { } location
                    ? Next(uri, location)
                    : throw HubRefusal.Of(response, endpoint, repository, token is not null, own: HubEndpoint.SameOrigin(uri, endpoint));
            }
        }

        throw new HubFailure($"{endpoint}{address}: redirected more than {MostRedirects} times.");
    }

    private async Task<HttpResponseMessage> SendAsync(Uri uri, long from, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, uri);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("stepwise", "0"));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (token is not null && HubEndpoint.SameOrigin(uri, endpoint))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubFailure($"{uri.Host}: no answer in {Patience.TotalSeconds:0} seconds.", innerException: error);
        }
        catch (HttpRequestException error)
        {
            throw new HubFailure($"{uri.Host}: {error.Message.TrimEnd('.')}.", innerException: error);
        }
    }

    /// <summary>Where a redirect leads. An address may hold a signature that is as good as a token, so no message shows one.</summary>
    private static Uri Next(Uri from, Uri location)
    {
        Uri next = new(from, location);
        bool sound = string.Equals(next.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal)
            || (string.Equals(next.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal)
                && string.Equals(from.Scheme, Uri.UriSchemeHttp, StringComparison.Ordinal));
        return sound
            ? next
            : throw new RunException($"{from.Host} redirects from {from.Scheme} to {next.Scheme}, which is not followed. Check --endpoint.");
    }

    private static string? Tag(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Linked-Etag", out IEnumerable<string>? values) ? values.First().Trim().Trim('"') : null;
}

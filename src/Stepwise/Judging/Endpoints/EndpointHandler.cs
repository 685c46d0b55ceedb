using Stepwise.Judging.Models;

namespace Stepwise.Judging.Endpoints;

/// <summary>Reads whole answers of a bounded size: a server that never ends its answer is cut off. Leaves the key out where there is none.</summary>
/// <param name="most">The most bytes of an answer.</param>
/// <param name="sendsKey">Whether there is a key.</param>
internal sealed class EndpointHandler(int most, bool sendsKey) : DelegatingHandler
{
    private const int BufferBytes = 1 << 14;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = sendsKey ? request.Headers.Authorization : null;
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            using MemoryStream whole = new();
            byte[] buffer = new byte[BufferBytes];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                whole.Write(buffer, 0, read);
                if (whole.Length > most)
                {
                    throw new ChatException($"the judge's server answers with more than {most} bytes");
                }
            }

            response.Content = new ByteArrayContent(whole.ToArray());
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}

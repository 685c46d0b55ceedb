using System.Net;

namespace Stepwise.Cli.Hub;

/// <summary>What an answer other than the content means for the one who asked.</summary>
internal static class HubRefusal
{
    /// <summary>The exception to throw.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="endpoint">The hub.</param>
    /// <param name="repository">The repository asked for.</param>
    /// <param name="withToken">Whether there is a token.</param>
    /// <param name="own">Whether the hub itself answered, not a server that it redirects to.</param>
    public static Exception Of(HttpResponseMessage response, Uri endpoint, string repository, bool withToken, bool own)
    {
        int status = (int)response.StatusCode;
        string page = $"{endpoint}{repository}";
        if (status is 408 or 429 or >= 500)
        {
            return new HubFailure($"{page}: the server answered {status}.", WaitOf(response));
        }

        if (!own)
        {
            // The address that the hub gave may have expired; the next attempt asks for another.
            return new HubFailure($"{page}: the server that the hub redirects to answered {status}.");
        }

        string code = response.Headers.TryGetValues("X-Error-Code", out IEnumerable<string>? values) ? values.First() : "";
        return (response.StatusCode, code) switch
        {
            (_, "GatedRepo") or (HttpStatusCode.Forbidden, _) => new InputException(
                $"{page}: access is restricted ({status}). Accept the repository's conditions on its page, and give "
                + (withToken ? "the token of an account that did, with the right to read it." : TokenAdvice)),
            (HttpStatusCode.Unauthorized, _) => new InputException(withToken
                ? $"{page}: the token is not accepted (401), or there is no such repository."
                : $"{page}: there is no such repository, or it is not public (401). Check the name, or give {TokenAdvice}"),
            (_, "RevisionNotFound") => new InputException($"{page}: has no such revision (404). Check --revision."),
            (_, "EntryNotFound") => new InputException($"{page}: lists a file that it does not have (404)."),
            (HttpStatusCode.NotFound, _) => new InputException($"{page}: there is no such repository (404). Check its name, --revision and --endpoint."),
            _ => new RunException($"{page}: the server answered {status}."),
        };
    }

    private const string TokenAdvice = $"a token by the environment variable {HubEndpoint.TokenVariable}, or another that --token-from names.";

    private static TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow is { Ticks: > 0 } wait ? wait : null,
        _ => null,
    };
}

namespace Stepwise.Cli.Hub;

/// <summary>Where a hub is, and who one is there.</summary>
internal static class HubEndpoint
{
    public const string Default = "https://huggingface.co";
    public const string EndpointVariable = "HF_ENDPOINT";
    public const string TokenVariable = "HF_TOKEN";

    /// <summary>Reads the address of a hub; it ends in a slash, so that paths can be put behind it.</summary>
    /// <param name="text">The address; <see langword="null"/> takes <see cref="EndpointVariable"/>, or else <see cref="Default"/>.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="withToken">Whether a token will be sent there.</param>
    /// <exception cref="InputException">It is no address of a web server, or a token would cross a network unencrypted.</exception>
    public static Uri Read(string? text, Func<string, string?> variables, bool withToken)
    {
        string source = text is not null ? "--endpoint" : EndpointVariable;
        text ??= variables(EndpointVariable) is { Length: > 0 } set ? set : Default;
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
            || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            throw new InputException($"{source} is not a hub's address; expected one like {Default}, without user, query or fragment.");
        }

        return withToken && uri.Scheme is "http" && !uri.IsLoopback
            ? throw new InputException($"{source} is {uri}: a token is not sent unencrypted. Give an address that begins with https.")
            : uri;
    }

    /// <summary>Reads the token.</summary>
    /// <param name="variable">The environment variable that has it; <see langword="null"/> takes <see cref="TokenVariable"/> if it is set.</param>
    /// <param name="variables">The environment.</param>
    /// <exception cref="InputException">The variable is named and not set, or holds what no token is.</exception>
    public static string? ReadToken(string? variable, Func<string, string?> variables)
    {
        string name = variable ?? TokenVariable;
        string? token = variables(name)?.Trim();
        if (string.IsNullOrEmpty(token))
        {
            return variable is null ? null : throw new InputException($"--token-from names the environment variable {name}, which is not set.");
        }

        return token.All(c => c is > ' ' and < '\x7f')
            ? token
            : throw new InputException($"The environment variable {name} holds no token: it has spaces, line breaks or letters beyond ASCII.");
    }

    /// <summary>Whether two addresses are of the same server: scheme, host and port.</summary>
    public static bool SameOrigin(Uri left, Uri right) =>
        Uri.Compare(left, right, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
}

using System.Net;
using Stepwise.Options;

namespace Stepwise.Judging.Endpoints;

/// <summary>Which addresses a judge may be asked at, and with a key.</summary>
internal static class EndpointAddress
{
    /// <summary>An address as a recipe names it.</summary>
    /// <param name="text">The address.</param>
    /// <param name="property">The option that has it.</param>
    /// <exception cref="OptionException">It is none that can be asked; no part of one that may hold a password is shown.</exception>
    public static Uri Read(string text, string property)
    {
        if (text.Length == 0)
        {
            throw new OptionException(
                property, " is not set; give the address of an OpenAI-compatible server up to its version, for example http://127.0.0.1:8000/v1.");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
            || !(address.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.Ordinal) || address.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.Ordinal)))
        {
            string found = text.Contains('@', StringComparison.Ordinal) ? "" : $" is {Quoted.Of(text)}, which";
            throw new OptionException(property, $"{found} is no address with http:// or https://; give one such as https://api.openai.com/v1.");
        }

        return address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0
            ? throw new OptionException(
                property, " has a user, a query or a fragment (it is not shown, as they may be secret); give the address alone, and the key by judge.keyFrom.")
            : new Uri(address.AbsoluteUri.TrimEnd('/') + "/");
    }

    /// <summary>Refuses to send a key in the clear: whoever carries the packets could read it, and a warning would come too late.</summary>
    /// <exception cref="InputException">The address is http, of another machine, and there is a key.</exception>
    public static void RequireSafe(Uri address, string? key, string keyFrom)
    {
        if (key is not null && address.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.Ordinal) && !IsLoopback(address))
        {
            throw new InputException(
                $"judge.endpoint is {address}, which is not encrypted, and the variable {keyFrom} holds a key that would go there in the clear. Take "
                + "https://, an address of this machine (a tunnel), or judge.keyFrom=none for a server that needs no key.");
        }
    }

    /// <summary>Whether an address is of this machine.</summary>
    public static bool IsLoopback(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.DnsSafeHost, out IPAddress? ip) && IPAddress.IsLoopback(ip));
}

namespace Stepwise.Tasks.Mathematics;

/// <summary>What a model writes between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> before it answers.</summary>
internal static class Thinking
{
    private const string Opening = "<think>", Closing = "</think>";

    /// <summary>Where a response's answer begins: behind its thinking, whose opening may stand in the prompt; 0 where there is none.</summary>
    /// <param name="response">The response.</param>
    /// <returns><see langword="null"/> where it thinks to its end.</returns>
    public static int? End(string response)
    {
        int closing = response.LastIndexOf(Closing, StringComparison.Ordinal);
        int end = closing < 0 ? 0 : closing + Closing.Length;
        return response.IndexOf(Opening, end, StringComparison.Ordinal) < 0 ? end : null;
    }

    /// <summary>A response with blanks in the place of its thinking, so that what is behind it keeps its place.</summary>
    /// <param name="response">The response.</param>
    public static string Blanked(string response)
    {
        int end = End(response) ?? response.Length;
        return end == 0 ? response : string.Concat(new string('\n', end), response.AsSpan(end));
    }
}

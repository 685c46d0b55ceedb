using System.Text.RegularExpressions;

namespace Stepwise.Cli.Hub;

/// <summary>Which names are taken from users and hubs. What a hub says is untrusted: a name becomes a file here.</summary>
internal static partial class HubNames
{
    private const int LongestPath = 1024;

    /// <summary>A repository's name: <c>organisation/name</c>, or <c>name</c> alone for the oldest ones.</summary>
    /// <exception cref="InputException">It is no such name.</exception>
    public static string Repository(string text) =>
        RepositoryName().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal)
            ? text
            : throw new InputException(
                $"{Quoted.Of(text)} is no repository; expected organisation/name, for example HuggingFaceTB/SmolLM2-135M-Instruct.");

    /// <summary>A branch, a tag or a commit.</summary>
    /// <exception cref="InputException">It is empty or holds characters that no revision has.</exception>
    public static string Revision(string text) =>
        RevisionName().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal)
            ? text
            : throw new InputException($"--revision is {Quoted.Of(text)}; expected a branch, a tag or a commit, for example main.");

    /// <summary>Whether a revision is a commit, which never changes.</summary>
    public static bool IsCommit(string revision) => Commit().IsMatch(revision);

    /// <summary>A path of a repository, as its listing gives it: relative, and nowhere but below the repository.</summary>
    /// <exception cref="InputException">The path leads elsewhere, or could not be a file's name on every system.</exception>
    public static string FilePath(string path, string where)
    {
        bool sound = path.Length is > 0 and <= LongestPath
            && !path.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
            && path.Split('/').All(part => part.Length is > 0 and <= 255 && part is not ("." or "..") && part[^1] is not (' ' or '.'));
        return sound
            ? path
            : throw new InputException($"{where}: lists a file called {Quoted.Of(path)}, which is no name for one. Nothing was downloaded.");
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RepositoryName();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RevisionName();

    [GeneratedRegex("^[0-9a-f]{40}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Commit();
}

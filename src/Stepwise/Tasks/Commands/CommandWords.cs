using System.Text;

namespace Stepwise.Tasks.Commands;

/// <summary>Splits a command into its words, without a shell: no variables, no patterns, no pipes.</summary>
internal static class CommandWords
{
    /// <summary>The words of a command.</summary>
    /// <remarks>
    /// White space parts words. Within <c>'…'</c> every character stands for itself, within <c>"…"</c> too but for <c>\"</c> and <c>\\</c>; elsewhere a
    /// backslash is one, as in a path of Windows. Quotes may stand anywhere in a word.
    /// </remarks>
    /// <param name="command">The command.</param>
    /// <returns>The words; <see langword="null"/> where a quote is not closed.</returns>
    public static IReadOnlyList<string>? Split(string command)
    {
        List<string> words = [];
        StringBuilder? word = null;
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char c = command[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                Close(words, ref word);
                continue;
            }

            word ??= new();
            if (quote == '\0' ? c is '\'' or '"' : c == quote)
            {
                quote = quote == '\0' ? c : '\0';
                continue;
            }

            bool escapes = quote == '"' && c == '\\' && i + 1 < command.Length && command[i + 1] is '"' or '\\';
            word.Append(escapes ? command[++i] : c);
        }

        Close(words, ref word);
        return quote == '\0' ? words : null;
    }

    private static void Close(List<string> words, ref StringBuilder? word)
    {
        if (word is not null)
        {
            words.Add(word.ToString());
            word = null;
        }
    }
}

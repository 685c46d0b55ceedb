using System.Runtime.InteropServices;

namespace Stepwise.Answers;

/// <summary>The last number of a text, where nothing states its answer.</summary>
internal static class LastNumber
{
    /// <summary>The last number, if it is one as a whole and not one of several; labels of list items are passed over.</summary>
    public static FinalAnswer? Of(string text)
    {
        int digit = text.AsSpan().LastIndexOfAnyInRange('0', '9');
        while (digit >= 0 && IsLabel(text, digit, out int line))
        {
            digit = text.AsSpan(0, line).LastIndexOfAnyInRange('0', '9');
        }

        return digit < 0 ? null : At(text, digit);
    }

    private static FinalAnswer? At(string text, int digit)
    {
        List<Token> sentence = Lexer.Read(text, Start(text, digit), Math.Min(text.Length, digit + Statement.MaxLength));
        int last = sentence.FindIndex(token => token.End > digit);
        int start = last;
        while (start > 0 && sentence[start - 1].Kind is not (TokenKind.Word or TokenKind.Stop or TokenKind.Line))
        {
            start--;
        }

        ReadOnlySpan<Token> tokens = CollectionsMarshal.AsSpan(sentence);
        return last < 0 || (start > 0 && GoesOn(text, tokens, start))
            ? null
            : StatedNumber.Read(text, tokens[start..], Setting.Prose).Answer;
    }

    /// <summary>Whether what stands before the tokens from one on makes the number one of several, or less than it seems.</summary>
    private static bool GoesOn(string text, ReadOnlySpan<Token> tokens, int start)
    {
        Token before = tokens[start - 1], first = tokens[start];
        if (before.Kind != TokenKind.Word)
        {
            return false;
        }

        ReadOnlySpan<char> word = text.AsSpan(before.Start, before.End - before.Start);
        bool calculation = first.Kind == TokenKind.Minus && first.Spaced && start + 1 < tokens.Length && tokens[start + 1].Spaced;
        bool several = word is "and" or "or" or "to" or "of" && start > 1 && tokens[start - 2].Kind is TokenKind.Number or TokenKind.Percent;
        bool listed = word is "and" or "or";
        return calculation || several || listed || Vocabulary.IsBefore(word) || Vocabulary.IsDenial(word);
    }

    /// <summary>Where the sentence begins that a digit stands in.</summary>
    private static int Start(string text, int digit)
    {
        int first = Math.Max(0, digit - Statement.MaxLength);
        for (int i = digit; i > first; i--)
        {
            bool sentence = char.IsWhiteSpace(text[i]) && text[i - 1] is '.' or '!' or '?';
            if (text[i - 1] == '\n' || (sentence && i < digit))
            {
                return i;
            }
        }

        return first;
    }

    /// <summary>Whether the digit belongs to the label of a list item (<c>2. </c>, <c>2) </c> and a letter), or of a step.</summary>
    private static bool IsLabel(string text, int digit, out int line)
    {
        line = digit;
        while (line > 0 && digit - line < 2 && char.IsAsciiDigit(text[line - 1]))
        {
            line--;
        }

        int start = line;
        while (start > 0 && start > line - 8 && text[start - 1] is ' ' or '*' or '#' or '-')
        {
            start--;
        }

        bool atLineStart = start == 0 || text[start - 1] == '\n';
        return atLineStart && digit + 3 < text.Length && text[digit + 1] is '.' or ')' && text[digit + 2] == ' ' && char.IsLetter(text[digit + 3]);
    }
}

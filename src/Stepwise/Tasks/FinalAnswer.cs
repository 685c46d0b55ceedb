using System.Runtime.InteropServices;
using Stepwise.Judging.Arithmetic;

namespace Stepwise.Tasks;

/// <summary>The final answer of a response in prose.</summary>
/// <param name="Text">The answer as it is written.</param>
/// <param name="Share">Its value, a percentage as a share (40 % is 0.4).</param>
/// <param name="Plain">Its value with a percent sign ignored (40 % is 40).</param>
/// <remarks>
/// An answer is one number: an integer, decimal, fraction or mixed number, with sign, currency, thousands separators, percent sign and
/// unit as they come, in plain text or LaTeX. Units are not compared. The first of these forms that occurs decides, its last occurrence:
/// <list type="number">
/// <item><c>####</c> followed on the line by a number; a heading (<c>#### Step 1</c>) is not this form;</item>
/// <item><c>\boxed{…}</c>, of an equation the right side;</item>
/// <item><c>answer is</c> or <c>answer:</c> followed by a number within 200 characters, of an equation the right side;</item>
/// <item>the last number, where the response was not cut off.</item>
/// </list>
/// A form that offers several numbers (<c>5 or 6</c>) or leaves a calculation to the reader (<c>12 * 3</c>) holds no answer; nor does one
/// that reaches to the end of a response that was cut off.
/// </remarks>
internal sealed record FinalAnswer(string Text, Rational Share, Rational Plain)
{
    // Occurrences of a form, and characters after one, that are looked at: more is no answer a reader would look for.
    private const int MaxOccurrences = 8;
    private const int MaxLength = 200;

    private static readonly string[] Phrases = ["answer is", "answer:", "answer =", "answer**:", "answer:**"];

    /// <summary>Whether an answer is announced by an explicit mark, and the number, if it can be read.</summary>
    /// <param name="Answer">The answer.</param>
    public sealed record Mark(FinalAnswer? Answer);

    /// <summary>The final answer of a response, or <see langword="null"/> if it has none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off: then only a marked answer counts, and only if something follows it.</param>
    public static FinalAnswer? Find(string response, bool truncated) =>
        FindMark(response, truncated) is { } mark ? mark.Answer : truncated ? null : LastNumber(response);

    /// <summary>The number that a text is, or <see langword="null"/> if it is none.</summary>
    public static FinalAnswer? Read(string text) => Number(text.Trim(), wholeText: true);

    /// <summary>The last explicit mark of the first form that occurs, or <see langword="null"/> if none does.</summary>
    public static Mark? FindMark(string response, bool truncated = false) =>
        Last(response, "####", truncated, Hashes)
        ?? Last(response, "\\boxed", truncated, Boxed)
        ?? Phrases.Select(phrase => (Phrase: phrase, Index: response.LastIndexOf(phrase, StringComparison.OrdinalIgnoreCase)))
            .OrderByDescending(p => p.Index)
            .Select(p => Last(response, p.Phrase, truncated, Sentence))
            .FirstOrDefault(mark => mark is not null);

    /// <summary>Whether a value is what the answer says, a percentage in either reading.</summary>
    public bool Is(Rational value) => value.Equals(Share) || value.Equals(Plain);

    private static Mark? Last(string response, string form, bool truncated, Func<string, Mark?> read)
    {
        int end = response.Length;
        for (int i = 0; i < MaxOccurrences && end > 0; i++)
        {
            int index = response.LastIndexOf(form, end - 1, end, StringComparison.OrdinalIgnoreCase);
            if (index < 0)
            {
                return null;
            }

            int start = index + form.Length;
            string rest = response.Substring(start, Math.Min(MaxLength, response.Length - start));
            if (read(rest) is { } mark)
            {
                bool cutOff = truncated && mark.Answer is { } answer && rest.AsSpan().EndsWith(answer.Text);
                return cutOff ? new Mark(Answer: null) : mark;
            }

            end = index;
        }

        return null;
    }

    private static Mark? Hashes(string rest)
    {
        int line = rest.IndexOf('\n');
        string text = (line < 0 ? rest : rest[..line]).TrimStart();
        return text.Length > 0 && !char.IsLetter(text[0]) && text.AsSpan().ContainsAnyInRange('0', '9')
            ? new Mark(Number(text, wholeText: true))
            : null;
    }

    private static Mark? Boxed(string rest)
    {
        int depth = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            depth += rest[i] == '{' ? 1 : rest[i] == '}' ? -1 : 0;
            if (depth <= 0)
            {
                return i > 0 && rest[0] == '{' ? new Mark(Number(rest[1..i], wholeText: true)) : null;
            }
        }

        return null;
    }

    private static Mark? Sentence(string rest)
    {
        string text = rest.TrimStart(' ', ':', '*', '\n');
        return text.AsSpan().ContainsAnyInRange('0', '9') ? new Mark(Number(text, wholeText: false)) : null;
    }

    /// <summary>The number that a text begins with, words aside; of an equation the right side.</summary>
    /// <param name="text">What follows the mark.</param>
    /// <param name="wholeText">Whether no other number may follow; else only the first clause with a number is read.</param>
    private static FinalAnswer? Number(string text, bool wholeText)
    {
        List<Token> tokens = Lexer.Read(text);
        ReadOnlySpan<Token> all = CollectionsMarshal.AsSpan(tokens);
        int start = 0;
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i].Kind is TokenKind.Equal or TokenKind.Approximate)
            {
                start = i + 1;
            }
            else if (all[i].Kind is TokenKind.Break or TokenKind.LineBreak)
            {
                ReadOnlySpan<Token> clause = all[start..i];
                int first = clause.IndexOfAnyOperand();
                if (first >= 0)
                {
                    return wholeText && all[i..].IndexOfAnyOperand() >= 0 ? null : Single(text, clause[first..]);
                }

                start = i + 1;
            }
        }

        return null;
    }

    /// <summary>The number that a stretch of tokens begins with: no calculation but a fraction, and nothing to choose from after it.</summary>
    private static FinalAnswer? Single(string text, ReadOnlySpan<Token> tokens)
    {
        if (ExpressionReader.Prefix(tokens) is not { } number)
        {
            return null;
        }

        int end = tokens.IndexOf(number.Operands[^1]) + 1;
        while (end < tokens.Length && tokens[end].Kind == TokenKind.Close)
        {
            end++;
        }

        bool offersMore = end < tokens.Length
            && (tokens[end].Kind != TokenKind.Word || text[tokens[end].Start..tokens[end].End] is "or" or "and" or "to");
        foreach (Token token in tokens[1..end])
        {
            offersMore |= token.Kind is TokenKind.Plus or TokenKind.Times or TokenKind.Power;
        }

        return number.Operators > 1 || offersMore
            ? null
            : new FinalAnswer(text[tokens[0].Start..tokens[end - 1].End], number.Value, number.PlainValue);
    }

    /// <summary>The last number, with its sign and as part of a fraction or mixed number; none inside an unfinished calculation.</summary>
    private static FinalAnswer? LastNumber(string response)
    {
        List<Token> tokens = Lexer.Read(response);
        int last = tokens.FindLastIndex(token => token.Kind == TokenKind.Number);
        if (last < 0)
        {
            return null;
        }

        int start = last, end = last + 1;
        while (start > 0 && tokens[start - 1].Kind <= TokenKind.Close)
        {
            start--;
        }

        while (tokens[end].Kind == TokenKind.Close)
        {
            end++;
        }

        bool changed = tokens[end].Kind == TokenKind.Symbol || (start > 0 && tokens[start - 1].Kind == TokenKind.Symbol);
        return changed ? null : Single(response, CollectionsMarshal.AsSpan(tokens)[start..end]);
    }
}

/// <summary>Searches in tokens.</summary>
file static class Operands
{
    /// <summary>Where the first value begins, its sign counted; −1 if there is none.</summary>
    public static int IndexOfAnyOperand(this ReadOnlySpan<Token> tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Kind is TokenKind.Number or TokenKind.Open)
            {
                return i > 0 && tokens[i - 1].Kind is TokenKind.Minus or TokenKind.Symbol ? i - 1 : i;
            }
        }

        return -1;
    }
}

using System.Runtime.InteropServices;
using Stepwise.Judging.Arithmetic;

namespace Stepwise.Tasks;

/// <summary>The final answer of a response in prose.</summary>
/// <param name="Text">The answer as it is written.</param>
/// <param name="Share">Its value, a percentage as a share (40 % is 0.4).</param>
/// <param name="Plain">Its value with a percent sign ignored (40 % is 40).</param>
/// <remarks>
/// An answer is one number: an integer, decimal, fraction or mixed number, with sign, currency, thousands separators, percent sign and
/// unit as they come, in plain text or LaTeX. It is looked for in this order, the last occurrence of a form before an earlier one:
/// <list type="number">
/// <item><c>####</c>, followed on the line by the number; a heading (<c>#### Step 1</c>) is none;</item>
/// <item><c>\boxed{…}</c> with balanced braces, of an equation the right side;</item>
/// <item><c>answer is</c> or <c>answer:</c>, followed in the sentence by the number, of an equation the right side;</item>
/// <item>the last number, where the response was not cut off.</item>
/// </list>
/// A form that holds several numbers to choose from (<c>5 or 6</c>) or an unfinished calculation holds no answer.
/// </remarks>
internal sealed record FinalAnswer(string Text, Rational Share, Rational Plain)
{
    // Occurrences of a form, and characters after one, that are looked at: more is no answer a reader would look for.
    private const int MaxOccurrences = 8;
    private const int MaxLength = 200;

    private static readonly string[] Phrases = ["answer is", "answer:", "answer =", "answer**:", "answer:**"];

    /// <summary>The final answer of a response, or <see langword="null"/> if it has none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="truncated">Whether it was cut off: then only a marked answer counts, and only if it was closed.</param>
    public static FinalAnswer? Find(string response, bool truncated) =>
        FindMarked(response, truncated) ?? (truncated ? null : LastNumber(response));

    /// <summary>The final answer that an explicit mark announces.</summary>
    public static FinalAnswer? FindMarked(string response, bool truncated = false) =>
        AfterMark(response, "####", truncated, Hashes)
        ?? AfterMark(response, "\\boxed", truncated: false, Boxed)
        ?? Phrases.Select(phrase => (Phrase: phrase, Index: response.LastIndexOf(phrase, StringComparison.OrdinalIgnoreCase)))
            .OrderByDescending(p => p.Index)
            .Select(p => AfterMark(response, p.Phrase, truncated, Sentence))
            .FirstOrDefault(answer => answer is not null);

    /// <summary>Whether a value is what the answer says, a percentage in either reading.</summary>
    public bool Is(Rational value) => value.Equals(Share) || value.Equals(Plain);

    private static FinalAnswer? AfterMark(string response, string mark, bool truncated, Func<string, FinalAnswer?> read)
    {
        int end = response.Length;
        for (int i = 0; i < MaxOccurrences && end > 0; i++)
        {
            int index = response.LastIndexOf(mark, end - 1, end, StringComparison.OrdinalIgnoreCase);
            if (index < 0)
            {
                return null;
            }

            int start = index + mark.Length;
            string rest = response.Substring(start, Math.Min(MaxLength, response.Length - start));
            bool mayGoOn = truncated && start + rest.Length == response.Length;
            if (read(rest) is { } answer && !(mayGoOn && rest.AsSpan().TrimEnd().EndsWith(answer.Text)))
            {
                return answer;
            }

            end = index;
        }

        return null;
    }

    private static FinalAnswer? Hashes(string rest)
    {
        int line = rest.IndexOf('\n');
        string text = (line < 0 ? rest : rest[..line]).Trim();
        return text.Length > 0 && !char.IsLetter(text[0]) ? Number(text, wholeLine: true) : null;
    }

    private static FinalAnswer? Boxed(string rest)
    {
        int depth = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            depth += rest[i] == '{' ? 1 : rest[i] == '}' ? -1 : 0;
            if (depth <= 0)
            {
                return i > 0 && rest[0] == '{' ? Number(rest[1..i], wholeLine: true) : null;
            }
        }

        return null;
    }

    private static FinalAnswer? Sentence(string rest) => Number(rest.TrimStart(' ', ':', '*', '\n'), wholeLine: false);

    /// <summary>The first number of a text, of an equation the right side.</summary>
    /// <param name="text">What follows the mark.</param>
    /// <param name="wholeLine">Whether the text may hold no other number; else it ends with its first clause that holds one.</param>
    private static FinalAnswer? Number(string text, bool wholeLine)
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
                if (FirstOperand(all[start..i]) is not { } operand)
                {
                    start = i + 1;
                    continue;
                }

                return wholeLine && FirstOperand(all[i..]) is not null ? null : Single(text, all[(start + operand)..i]);
            }
        }

        return null;
    }

    private static int? FirstOperand(ReadOnlySpan<Token> tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Kind is TokenKind.Number or TokenKind.Open)
            {
                return i > 0 && tokens[i - 1].Kind == TokenKind.Minus ? i - 1 : i;
            }
        }

        return null;
    }

    /// <summary>The number that a clause begins with: no calculation but a fraction, and no alternative after it.</summary>
    private static FinalAnswer? Single(string text, ReadOnlySpan<Token> clause)
    {
        if (ExpressionReader.Prefix(clause) is not { Operands.Count: > 0 } number || number.Operators > 1)
        {
            return null;
        }

        Token last = number.Operands[^1];
        foreach (Token token in clause)
        {
            bool calculates = token.Kind is TokenKind.Plus or TokenKind.Times || (token.Kind == TokenKind.Minus && token.Start > clause[0].Start);
            bool alternative = token.Start > last.Start
                && (token.Kind == TokenKind.Symbol || text.AsSpan(token.Start, token.End - token.Start).Equals("or", StringComparison.OrdinalIgnoreCase));
            if (calculates || alternative)
            {
                return null;
            }
        }

        return new FinalAnswer(text[clause[0].Start..last.End], number.Value, number.PlainValue);
    }

    private static FinalAnswer? LastNumber(string response)
    {
        List<Token> tokens = Lexer.Read(response);
        int index = tokens.FindLastIndex(token => token.Kind == TokenKind.Number);
        if (index < 0)
        {
            return null;
        }

        // A sign counts where no value stands before it, and a fraction belongs to one number.
        int start = index;
        if (index > 1 && tokens[index - 1].Kind == TokenKind.Over && tokens[index - 2].Kind == TokenKind.Number)
        {
            start = index - 2;
        }

        bool signed = start > 0 && tokens[start - 1].Kind == TokenKind.Minus
            && (start == 1 || tokens[start - 2].Kind is not (TokenKind.Number or TokenKind.Close));
        return Single(response, CollectionsMarshal.AsSpan(tokens)[(signed ? start - 1 : start)..(index + 1)]);
    }
}

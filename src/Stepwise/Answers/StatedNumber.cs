using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>How the words around a number are read.</summary>
internal enum Setting
{
    /// <summary>A reference: a number with its unit, of an equation the right side.</summary>
    Reference,

    /// <summary>A box or a marked line: words may stand before the number; an exclamation mark at the end is a factorial.</summary>
    Marked,

    /// <summary>A sentence.</summary>
    Prose,
}

/// <summary>What a stretch of text states.</summary>
/// <param name="Answer">The one number that it is; <see langword="null"/> if it is anything else.</param>
/// <param name="HasNumber">Whether it says anything that may be a number.</param>
/// <param name="End">One past what ends the sentence, or the part of it that states the answer; −1 if nothing does.</param>
internal readonly record struct Stated(FinalAnswer? Answer, bool HasNumber, int End);

/// <summary>Reads a statement of one number as a whole: with a sign, currency, unit or remark, or as the right side of an equation.</summary>
internal readonly ref struct StatedNumber
{
    private readonly string _text;
    private readonly ReadOnlySpan<Token> _tokens;
    private readonly Setting _setting;

    private StatedNumber(string text, ReadOnlySpan<Token> tokens, Setting setting)
    {
        _text = text;
        _tokens = tokens;
        _setting = setting;
    }

    /// <summary>Reads the first sentence of the tokens of a text.</summary>
    /// <param name="text">The text that the tokens were cut from.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="setting">How the words around the number are read.</param>
    public static Stated Read(string text, ReadOnlySpan<Token> tokens, Setting setting)
    {
        int end = SentenceEnd(text, tokens, setting);
        StatedNumber sentence = new(text, tokens[..end], setting);
        bool whole = setting != Setting.Reference || end >= tokens.Length - 1;
        return new Stated(whole ? sentence.Answer() : null, sentence.HasNumber(), end < tokens.Length ? tokens[end].End : -1);
    }

    private ReadOnlySpan<char> Word(int i) => _text.AsSpan(_tokens[i].Start, _tokens[i].End - _tokens[i].Start);

    private TokenKind? Kind(int i) => i >= 0 && i < _tokens.Length ? _tokens[i].Kind : null;

    private static int SentenceEnd(string text, ReadOnlySpan<Token> tokens, Setting setting)
    {
        bool number = false;
        for (int i = 0; i < tokens.Length; i++)
        {
            Token token = tokens[i];
            number |= token.Kind == TokenKind.Number;
            if (token.Kind is TokenKind.Stop or TokenKind.Line
                || (token.Kind == TokenKind.Exclamation && setting == Setting.Prose)
                || (number && token.Kind == TokenKind.Word && Vocabulary.IsReason(text.AsSpan(token.Start, token.End - token.Start))))
            {
                return i;
            }
        }

        return tokens.Length;
    }

    private bool HasNumber()
    {
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (Kind(i) is TokenKind.Number or TokenKind.Fraction or TokenKind.Letter || _tokens[i].IsUnknown
                || (Kind(i) == TokenKind.Word && Vocabulary.IsNumber(Word(i))))
            {
                return true;
            }
        }

        return false;
    }

    private FinalAnswer? Answer()
    {
        int start = Label();
        FinalAnswer? left = null;
        bool exact = true;
        for (int i = start; i < _tokens.Length; i++)
        {
            if (Kind(i) is not (TokenKind.Equal or TokenKind.Approximate))
            {
                continue;
            }

            if (i > start && !IsLeftSide(start, i, out left))
            {
                return null;
            }

            exact = Kind(i) == TokenKind.Equal;
            start = i + 1;
        }

        return Side(start) is { } side && (left is not { } other || !exact || other.Plain.Equals(side.Plain)) ? side : null;
    }

    /// <summary>Where the statement begins after words and a colon: <c>Total: 18</c>.</summary>
    private int Label()
    {
        int start = 0;
        for (int i = 0; i < _tokens.Length && Kind(i) is TokenKind.Word or TokenKind.Letter or TokenKind.Colon or TokenKind.Comma; i++)
        {
            start = Kind(i) is TokenKind.Colon or TokenKind.Comma && _setting != Setting.Reference ? i + 1 : start;
        }

        return start;
    }

    /// <summary>
    /// Whether tokens are what may stand left of an answer: a name (<c>x</c>, <c>total cost</c>, <c>f(5)</c>) or a calculation without unknowns.
    /// </summary>
    private bool IsLeftSide(int start, int end, out FinalAnswer? number)
    {
        number = null;
        bool name = true, calculation = true, any = false;
        int open = 0;
        for (int i = start; i < end; i++)
        {
            TokenKind kind = _tokens[i].Kind;
            open += kind == TokenKind.Open ? 1 : kind == TokenKind.Close ? -1 : 0;
            bool argument = open > 0 && kind == TokenKind.Number;
            bool call = _setting != Setting.Reference && kind == TokenKind.Open
                && i > start && !_tokens[i].Spaced && Kind(i - 1) is TokenKind.Word or TokenKind.Letter;
            name &= kind is TokenKind.Word or TokenKind.Letter or TokenKind.Close || call || argument;
            calculation &= !call && !(kind == TokenKind.Word && Word(i) is "and" or "or")
                && (_tokens[i].IsOperator || kind is TokenKind.Number or TokenKind.Fraction or TokenKind.Plus or TokenKind.Minus
                    or TokenKind.Open or TokenKind.Close or TokenKind.Percent or TokenKind.Word);
            any |= kind == TokenKind.Number;
        }

        if (open != 0 || !(name || (calculation && any)))
        {
            return false;
        }

        int after = start;
        number = calculation && ReadOperand(ref after) is { } operand && after == end ? operand : null;
        return true;
    }

    /// <summary>The number that the tokens from one on are as a whole.</summary>
    private FinalAnswer? Side(int start)
    {
        int i = start;
        while (Kind(i) is TokenKind.Word or TokenKind.Comma && _setting != Setting.Reference)
        {
            if (Kind(i) == TokenKind.Word && (Vocabulary.IsBefore(Word(i)) || Vocabulary.IsDenial(Word(i)) || Vocabulary.IsAfter(Word(i))))
            {
                return null;
            }

            i++;
        }

        bool called = i > start && Kind(i) == TokenKind.Open && !_tokens[i].Spaced;
        return !called && ReadOperand(ref i) is { } operand && IsTail(i) ? operand : null;
    }

    private FinalAnswer? ReadOperand(ref int i)
    {
        int start = i;
        bool negative = Kind(i) == TokenKind.Minus;
        i += negative || (Kind(i) == TokenKind.Plus && Word(i) is "+") ? 1 : 0;
        Rational? magnitude = Kind(i) == TokenKind.Open ? Enclosed(ref i) : Magnitude(ref i);
        if (magnitude is not { } size)
        {
            return null;
        }

        Rational plain = negative ? size.Negated() : size;
        bool percent = Kind(i) == TokenKind.Percent;
        i += percent ? 1 : 0;
        string written = _text[_tokens[start].Start.._tokens[i - 1].End];
        return (percent ? Rational.Divide(plain, 100) : plain) is { } share
            ? new FinalAnswer(written, share, plain, _tokens[start].Start)
            : null;
    }

    /// <summary>A number alone in parentheses, where commas may be those of a list.</summary>
    private Rational? Enclosed(ref int i)
    {
        i++;
        bool negative = Kind(i) == TokenKind.Minus;
        i += Kind(i) is TokenKind.Minus or TokenKind.Plus ? 1 : 0;
        int first = i;
        return Magnitude(ref i) is { } value && _tokens[first].Grouping != Numeral.Separator.Comma && Kind(i) == TokenKind.Close && ++i > 0
            ? negative ? value.Negated() : value
            : null;
    }

    /// <summary>A numeral, fraction or mixed number; a mixed number's fraction is below one.</summary>
    private Rational? Magnitude(ref int i)
    {
        if (Kind(i) != TokenKind.Number)
        {
            return Kind(i) == TokenKind.Fraction ? Fraction(ref i) : null;
        }

        Token first = _tokens[i++];
        if (Kind(i) is TokenKind.Number or TokenKind.Fraction && first.IsWhole && first.Grouping != Numeral.Separator.Space)
        {
            return Fraction(ref i) is { } part && part.Numerator < part.Denominator && part.Numerator.Sign > 0
                ? Rational.Add(first.Value, part)
                : null;
        }

        if (Kind(i) == TokenKind.Over && Kind(i + 1) == TokenKind.Number && first.Grouping != Numeral.Separator.Space)
        {
            i += 2;
            return Rational.Divide(first.Value, _tokens[i - 1].Value);
        }

        return first.Value;
    }

    /// <summary>A fraction in LaTeX, of signed numbers, or in plain text, of whole numbers without spaces.</summary>
    private Rational? Fraction(ref int i)
    {
        if (Kind(i) == TokenKind.Fraction)
        {
            i++;
            return Part(ref i) is { } above && Part(ref i) is { } below ? Rational.Divide(above, below) : null;
        }

        bool plain = Kind(i + 1) == TokenKind.Over && Kind(i + 2) == TokenKind.Number && _tokens[i].IsWhole && _tokens[i + 2].IsWhole
            && _tokens[i + 2].End - _tokens[i].Start == _tokens[i].End - _tokens[i].Start + 1 + _tokens[i + 2].End - _tokens[i + 2].Start;
        if (!plain)
        {
            return null;
        }

        i += 3;
        return Rational.Divide(_tokens[i - 3].Value, _tokens[i - 1].Value);
    }

    /// <summary>The numerator or denominator of a fraction.</summary>
    private Rational? Part(ref int i)
    {
        bool opens = Kind(i++) == TokenKind.Open, negative = Kind(i) == TokenKind.Minus;
        i += Kind(i) is TokenKind.Minus or TokenKind.Plus ? 1 : 0;
        int number = i;
        i += 2;
        return opens && Kind(number) == TokenKind.Number && Kind(number + 1) == TokenKind.Close
            ? negative ? _tokens[number].Value.Negated() : _tokens[number].Value
            : null;
    }

    /// <summary>Whether what follows the number leaves it as it is: a unit, a remark, other words; no further number or sign.</summary>
    private bool IsTail(int i)
    {
        for (; i < _tokens.Length; i++)
        {
            switch (Kind(i))
            {
                case TokenKind.Word when Vocabulary.IsContrast(Word(i)):
                    return true;
                case TokenKind.Word when IsShortInReference(i) || Vocabulary.IsAfter(Word(i)) || IsFurtherNumber(i):
                    return false;
                case TokenKind.Word or TokenKind.Comma or TokenKind.Colon or TokenKind.Close:
                    break;
                case TokenKind.Minus when Kind(i + 1) == TokenKind.Word && Word(i).Length == 1:
                    break;
                case TokenKind.Open when IsRemark(ref i):
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    /// <summary>Whether a number in words goes on with the one before: <c>20 - eight</c>, <c>2 hours and twenty minutes</c>.</summary>
    private bool IsFurtherNumber(int i) =>
        Vocabulary.IsNumber(Word(i)) && (Kind(i - 1) != TokenKind.Word || Vocabulary.IsJoiner(Word(i - 1)));

    /// <summary>Two letters after a number may be two unknowns.</summary>
    private bool IsShortInReference(int i) =>
        _setting == Setting.Reference && Word(i).Length == 2 && !Unit.IsKnown(Word(i).ToString());

    /// <summary>Whether a parenthesis apart from the number holds nothing but words.</summary>
    private bool IsRemark(ref int i)
    {
        if (!_tokens[i].Spaced)
        {
            return false;
        }

        int end = i + 1;
        while (Kind(end) is TokenKind.Comma || (Kind(end) == TokenKind.Word && !Vocabulary.IsAfter(Word(end))))
        {
            end++;
        }

        bool remark = Kind(end) == TokenKind.Close;
        i = remark ? end : i;
        return remark;
    }
}

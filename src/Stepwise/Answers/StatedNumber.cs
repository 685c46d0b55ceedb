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
    private readonly ReadOnlySpan<Piece> _pieces;
    private readonly Setting _setting;

    private StatedNumber(string text, ReadOnlySpan<Piece> pieces, Setting setting)
    {
        _text = text;
        _pieces = pieces;
        _setting = setting;
    }

    /// <summary>Reads the first sentence of the pieces of a text.</summary>
    /// <param name="text">The text that the pieces were cut from.</param>
    /// <param name="pieces">The pieces.</param>
    /// <param name="setting">How the words around the number are read.</param>
    public static Stated Read(string text, ReadOnlySpan<Piece> pieces, Setting setting)
    {
        int end = SentenceEnd(text, pieces, setting);
        StatedNumber sentence = new(text, pieces[..end], setting);
        bool whole = setting != Setting.Reference || end >= pieces.Length - 1;
        return new Stated(whole ? sentence.Answer() : null, sentence.HasNumber(), end < pieces.Length ? pieces[end].End : -1);
    }

    private ReadOnlySpan<char> Word(int i) => _text.AsSpan(_pieces[i].Start, _pieces[i].End - _pieces[i].Start);

    private PieceKind? Kind(int i) => i >= 0 && i < _pieces.Length ? _pieces[i].Kind : null;

    private static int SentenceEnd(string text, ReadOnlySpan<Piece> pieces, Setting setting)
    {
        bool number = false;
        for (int i = 0; i < pieces.Length; i++)
        {
            Piece piece = pieces[i];
            number |= piece.Kind == PieceKind.Number;
            if (piece.Kind is PieceKind.Stop or PieceKind.Line
                || (piece.Kind == PieceKind.Exclamation && setting == Setting.Prose)
                || (number && piece.Kind == PieceKind.Word && AnswerWords.IsReason(text.AsSpan(piece.Start, piece.End - piece.Start))))
            {
                return i;
            }
        }

        return pieces.Length;
    }

    private bool HasNumber()
    {
        for (int i = 0; i < _pieces.Length; i++)
        {
            if (Kind(i) is PieceKind.Number or PieceKind.Letter or PieceKind.Unreadable
                || (Kind(i) == PieceKind.Word && AnswerWords.IsNumber(Word(i))))
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
        for (int i = start; i < _pieces.Length; i++)
        {
            if (Kind(i) is not (PieceKind.Equal or PieceKind.Approximate))
            {
                continue;
            }

            if (i > start && !IsLeftSide(start, i, out left))
            {
                return null;
            }

            exact = Kind(i) == PieceKind.Equal;
            start = i + 1;
        }

        return Side(start) is { } side && (left is not { } other || !exact || other.Plain.Equals(side.Plain)) ? side : null;
    }

    /// <summary>Where the statement begins after words and a colon: <c>Total: 18</c>.</summary>
    private int Label()
    {
        int start = 0;
        for (int i = 0; i < _pieces.Length && Kind(i) is PieceKind.Word or PieceKind.Letter or PieceKind.Colon or PieceKind.Comma; i++)
        {
            start = Kind(i) is PieceKind.Colon or PieceKind.Comma && _setting != Setting.Reference ? i + 1 : start;
        }

        return start;
    }

    /// <summary>
    /// Whether pieces are what may stand left of an answer: a name (<c>x</c>, <c>total cost</c>, <c>f(5)</c>) or a calculation without unknowns.
    /// </summary>
    private bool IsLeftSide(int start, int end, out FinalAnswer? number)
    {
        number = null;
        bool name = true, calculation = true, any = false;
        int open = 0;
        for (int i = start; i < end; i++)
        {
            PieceKind kind = _pieces[i].Kind;
            open += kind == PieceKind.Open ? 1 : kind == PieceKind.Close ? -1 : 0;
            bool argument = open > 0 && kind == PieceKind.Number;
            bool call = _setting != Setting.Reference && kind == PieceKind.Open
                && i > start && !_pieces[i].Spaced && Kind(i - 1) is PieceKind.Word or PieceKind.Letter;
            name &= kind is PieceKind.Word or PieceKind.Letter or PieceKind.Close || call || argument;
            calculation &= !call && !(kind == PieceKind.Word && Word(i) is "and" or "or")
                && kind is PieceKind.Number or PieceKind.Plus or PieceKind.Minus or PieceKind.Over or PieceKind.Operator
                or PieceKind.Open or PieceKind.Close or PieceKind.Percent or PieceKind.Word;
            any |= kind == PieceKind.Number;
        }

        if (open != 0 || !(name || (calculation && any)))
        {
            return false;
        }

        int after = start;
        number = calculation && ReadOperand(ref after) is { } operand && after == end ? operand : null;
        return true;
    }

    /// <summary>The number that the pieces from one on are as a whole.</summary>
    private FinalAnswer? Side(int start)
    {
        int i = start;
        while (Kind(i) is PieceKind.Word or PieceKind.Comma && _setting != Setting.Reference)
        {
            if (Kind(i) == PieceKind.Word && (AnswerWords.IsBefore(Word(i)) || AnswerWords.IsDenial(Word(i)) || AnswerWords.IsAfter(Word(i))))
            {
                return null;
            }

            i++;
        }

        bool called = i > start && Kind(i) == PieceKind.Open && !_pieces[i].Spaced;
        return !called && ReadOperand(ref i) is { } operand && IsTail(i) ? operand : null;
    }

    private FinalAnswer? ReadOperand(ref int i)
    {
        int start = i;
        bool negative = Kind(i) == PieceKind.Minus;
        i += Kind(i) is PieceKind.Minus or PieceKind.Plus ? 1 : 0;
        Rational? magnitude = Kind(i) == PieceKind.Open ? Enclosed(ref i) : Magnitude(ref i);
        if (magnitude is not { } size)
        {
            return null;
        }

        Rational plain = negative ? size.Negated() : size;
        bool percent = Kind(i) == PieceKind.Percent;
        i += percent ? 1 : 0;
        string written = _text[_pieces[start].Start.._pieces[i - 1].End];
        return (percent ? Rational.Divide(plain, 100) : plain) is { } share
            ? new FinalAnswer(written, share, plain, _pieces[start].Start)
            : null;
    }

    /// <summary>A number alone in parentheses; digits grouped by commas may there be a list.</summary>
    private Rational? Enclosed(ref int i)
    {
        i++;
        bool negative = Kind(i) == PieceKind.Minus;
        i += Kind(i) is PieceKind.Minus or PieceKind.Plus ? 1 : 0;
        int first = i;
        return Magnitude(ref i) is { } value && !_pieces[first].Commas && Kind(i) == PieceKind.Close && ++i > 0
            ? negative ? value.Negated() : value
            : null;
    }

    /// <summary>A numeral, fraction or mixed number; a mixed number's fraction is below one.</summary>
    private Rational? Magnitude(ref int i)
    {
        if (Kind(i) != PieceKind.Number)
        {
            return null;
        }

        Piece first = _pieces[i++];
        if (Kind(i) == PieceKind.Number && first.IsWhole && !first.Spaces)
        {
            return FractionAt(ref i) is { } part && part.Numerator < part.Denominator && part.Numerator.Sign > 0
                ? Rational.Add(first.Value, part)
                : null;
        }

        if (Kind(i) == PieceKind.Over && Kind(i + 1) == PieceKind.Number && !first.Fraction && !first.Spaces && !_pieces[i + 1].Fraction)
        {
            i += 2;
            return Rational.Divide(first.Value, _pieces[i - 1].Value);
        }

        return first.Value;
    }

    private Rational? FractionAt(ref int i)
    {
        if (_pieces[i].Fraction)
        {
            return _pieces[i++].Value;
        }

        bool plain = Kind(i + 1) == PieceKind.Over && Kind(i + 2) == PieceKind.Number && _pieces[i].IsWhole && _pieces[i + 2].IsWhole
            && _pieces[i + 2].End - _pieces[i].Start == _pieces[i].End - _pieces[i].Start + 1 + _pieces[i + 2].End - _pieces[i + 2].Start;
        if (!plain)
        {
            return null;
        }

        i += 3;
        return Rational.Divide(_pieces[i - 3].Value, _pieces[i - 1].Value);
    }

    /// <summary>Whether what follows the number leaves it as it is: a unit, a remark, other words; no further number or sign.</summary>
    private bool IsTail(int i)
    {
        for (; i < _pieces.Length; i++)
        {
            switch (Kind(i))
            {
                case PieceKind.Word when AnswerWords.IsContrast(Word(i)):
                    return true;
                case PieceKind.Word when IsShortInReference(i) || AnswerWords.IsAfter(Word(i)) || IsFurtherNumber(i):
                    return false;
                case PieceKind.Word or PieceKind.Comma or PieceKind.Colon or PieceKind.Close:
                    break;
                case PieceKind.Minus when Kind(i + 1) == PieceKind.Word:
                    break;
                case PieceKind.Open when IsRemark(ref i):
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    /// <summary>Whether a number in words goes on with the one before: <c>20 - eight</c>, <c>2 hours and twenty minutes</c>.</summary>
    private bool IsFurtherNumber(int i) =>
        AnswerWords.IsNumber(Word(i)) && (Kind(i - 1) != PieceKind.Word || AnswerWords.IsJoiner(Word(i - 1)));

    /// <summary>Two letters after a number may be two unknowns.</summary>
    private bool IsShortInReference(int i) =>
        _setting == Setting.Reference && Word(i).Length == 2 && !Vocabulary.AttachedUnits.Contains(Word(i).ToString());

    /// <summary>Whether a parenthesis apart from the number holds nothing but words.</summary>
    private bool IsRemark(ref int i)
    {
        if (!_pieces[i].Spaced)
        {
            return false;
        }

        int end = i + 1;
        while (Kind(end) is PieceKind.Comma || (Kind(end) == PieceKind.Word && !AnswerWords.IsAfter(Word(end))))
        {
            end++;
        }

        bool remark = Kind(end) == PieceKind.Close;
        i = remark ? end : i;
        return remark;
    }
}

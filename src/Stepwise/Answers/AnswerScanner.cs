using System.Globalization;

namespace Stepwise.Answers;

/// <summary>
/// Cuts a stated answer into <see cref="Piece"/>s, decoration left out: currency signs, bold marks, quotes, LaTeX that only sets the type.
/// Unlike the <see cref="Lexer"/> it skips nothing that could change a value.
/// </summary>
internal ref struct AnswerScanner
{
    // The first half of digits and letters in other faces, which are not read.
    private const char MathematicalAlphabet = '\uD835';

    private readonly ReadOnlySpan<char> _text;
    private readonly List<Piece> _pieces;
    private readonly Stack<bool> _braces;
    private int _position;
    private bool _spaced;
    private int _inText;
    private int _bracket;

    private AnswerScanner(ReadOnlySpan<char> text, int position)
    {
        _text = text;
        _position = position;
        _pieces = [];
        _braces = new Stack<bool>();
    }

    /// <summary>The pieces of a range of a text; positions are those of the text.</summary>
    public static List<Piece> Read(ReadOnlySpan<char> text, int start, int end)
    {
        AnswerScanner scanner = new(text[..end], start);
        while (scanner._position < end)
        {
            scanner.Next();
        }

        return scanner._pieces;
    }

    private readonly char At(int index) => index >= 0 && index < _text.Length ? _text[index] : '\0';

    private readonly PieceKind? Last => _pieces.Count > 0 ? _pieces[^1].Kind : null;

    private readonly bool AfterValue => Last is PieceKind.Number or PieceKind.Close or PieceKind.Word or PieceKind.Percent;

    private void Add(PieceKind kind, int length) => Add(new Piece(kind, _position, _position + length, _spaced));

    private void Add(Piece piece)
    {
        _pieces.Add(piece);
        _position = piece.End;
        _spaced = false;
    }

    private void Skip(int length)
    {
        _position += length;
        _spaced = true;
    }

    private void Next()
    {
        char c = _text[_position];
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(At(_position + 1))))
        {
            Number();
        }
        else if (char.IsLetter(c))
        {
            Word();
        }
        else if (c == '\\')
        {
            Command();
        }
        else
        {
            Sign(c);
        }
    }

    private void Sign(char c)
    {
        switch (c)
        {
            case '\n':
                Add(PieceKind.Line, 1);
                break;
            case '*':
                Stars();
                break;
            case '>' when _position == _bracket:
            case '#' or '_' or '`' or '"' or '“' or '”' or '\'' or '‘' or '’' or '&' or '~':
                Skip(1);
                break;
            case '+':
                Add(PieceKind.Plus, 1);
                break;
            case '-' or '−' or '–' or '‐' or '‑':
                Add(PieceKind.Minus, 1);
                break;
            case '—' or ',' or ';' or '，' or '、':
                Add(PieceKind.Comma, 1);
                break;
            case '×' or '·' or '∙' or '⋅' or '÷':
                Add(PieceKind.Operator, 1);
                break;
            case '^' when Last == PieceKind.Word && char.IsAsciiDigit(At(_position + 1 + (At(_position + 1) == '{' ? 1 : 0))):
                UnitPower();
                break;
            case '²' or '³' when Last == PieceKind.Word:
                Skip(1);
                break;
            case '^':
                Power();
                break;
            case '/' when char.IsLetter(At(_position + 1)) && Last == PieceKind.Word:
                _position++;
                _inText++;
                Word();
                _inText--;
                break;
            case '/' when char.IsLetter(At(_position + 1)) && char.IsLetter(At(_position + 2)):
                Skip(1);
                break;
            case '/':
                Add(PieceKind.Over, 1);
                break;
            case '=':
                Add(PieceKind.Equal, 1);
                break;
            case '≈' or '≃' or '≅':
                Add(PieceKind.Approximate, 1);
                break;
            case '(':
                Add(PieceKind.Open, 1);
                break;
            case ')':
                Add(PieceKind.Close, 1);
                break;
            case '{':
                _braces.Push(item: true);
                Add(PieceKind.Open, 1);
                break;
            case '}':
                CloseBrace();
                break;
            case ':':
                Add(PieceKind.Colon, 1);
                break;
            case '%':
                Add(PieceKind.Percent, 1);
                break;
            case '°' or '¢':
                Add(PieceKind.Word, 1);
                break;
            case '。':
                Add(char.IsAsciiDigit(At(_position + 1)) ? PieceKind.Unreadable : PieceKind.Stop, 1);
                break;
            case '.' or '!':
                SentenceEnd(c);
                break;
            case '<':
                Tag();
                break;
            case var other when char.IsWhiteSpace(other) || IsMute(other):
                Skip(1);
                break;
            default:
                Add(PieceKind.Unreadable, 1);
                break;
        }
    }

    /// <summary>A currency sign, or what is not seen.</summary>
    private static bool IsMute(char c) =>
        char.GetUnicodeCategory(c)
            is UnicodeCategory.CurrencySymbol or UnicodeCategory.Format or UnicodeCategory.OtherSymbol or UnicodeCategory.Surrogate
        && c != MathematicalAlphabet;

    /// <summary>Stars between values multiply, two are a power; elsewhere they set the type.</summary>
    private void Stars()
    {
        int end = _position;
        while (At(end) == '*')
        {
            end++;
        }

        bool before = char.IsWhiteSpace(At(_position - 1)), after = char.IsWhiteSpace(At(end));
        if (AfterValue && end - _position <= 2 && before == after && (after || StartsValue(end)))
        {
            Add(PieceKind.Operator, end - _position);
        }
        else
        {
            Skip(end - _position);
        }
    }

    /// <summary>The exponent of a unit: <c>cm^2</c>.</summary>
    private void UnitPower()
    {
        int end = _position + 1;
        end += At(end) == '{' ? 1 : 0;
        end++;
        Skip(end + (At(end) == '}' ? 1 : 0) - _position);
    }

    /// <summary>Degrees, or to the power of.</summary>
    private void Power()
    {
        foreach (string degrees in (string[])["^\\circ", "^{\\circ}"])
        {
            if (_text[_position..].StartsWith(degrees))
            {
                Add(PieceKind.Word, degrees.Length);
                return;
            }
        }

        Add(PieceKind.Operator, 1);
    }

    private void CloseBrace()
    {
        bool plain = _braces.Count == 0 || _braces.Pop();
        if (plain)
        {
            Add(PieceKind.Close, 1);
        }
        else
        {
            _inText = Math.Max(0, _inText - 1);
            _position++;
        }
    }

    /// <summary>A period or exclamation mark ends a sentence where white space, a capital letter or nothing follows, closing signs aside.</summary>
    private void SentenceEnd(char mark)
    {
        int next = _position + 1;
        while (At(next) is '*' or '_' or '"' or '”' or '\'' or '’' or ')' or ']' or '}' or '$' or '`' || (mark == '!' && At(next) == mark)
            || (At(next) == '\\' && At(next + 1) is ')' or ']') || (At(next) is ')' or ']' && At(next - 1) == '\\'))
        {
            next++;
        }

        int word = next;
        while (char.IsWhiteSpace(At(word)))
        {
            word++;
        }

        bool last = word >= _text.Length;
        bool ends = last || (word > next ? mark == '.' || char.IsLetterOrDigit(At(word)) : char.IsUpper(At(next)) || At(next) == '<');
        Add(!ends ? PieceKind.Unreadable : last && mark == '!' ? PieceKind.Exclamation : PieceKind.Stop, 1);
    }

    /// <summary>A tag of mark-up or of a chat template, or angle brackets around a numeral; a comparison otherwise.</summary>
    private void Tag()
    {
        int end = _position + 1;
        while (char.IsAsciiLetter(At(end)) || At(end) is '/' or '|' or '_')
        {
            end++;
        }

        int numeral = _position + 1;
        while (char.IsAsciiDigit(At(numeral)) || At(numeral) is '.' or ',' or '-' or '$')
        {
            numeral++;
        }

        if (At(end) == '>' && end - _position > 2)
        {
            Skip(end + 1 - _position);
        }
        else if (At(numeral) == '>' && numeral > _position + 1)
        {
            _bracket = numeral;
            Skip(1);
        }
        else
        {
            Add(PieceKind.Unreadable, 1);
        }
    }

    private void Word()
    {
        int end = _position;
        while (char.IsLetter(At(end)) || (At(end) is '\'' or '’' or '-' or '.' && char.IsLetter(At(end + 1)) && !char.IsUpper(At(end + 1))))
        {
            end++;
        }

        if (At(end) == '_' && (char.IsLetterOrDigit(At(end + 1)) || At(end + 1) == '{'))
        {
            end = Subscript(end);
        }

        int length = end - _position;
        ReadOnlySpan<char> word = _text[_position..end];
        if (char.IsAsciiDigit(At(end)))
        {
            while (char.IsLetterOrDigit(At(end)))
            {
                end++;
            }

            Add(PieceKind.Unreadable, end - _position);
        }
        else if (length == 1 && word[0] is 'x' or 'X' && AfterValue && StartsValue(end))
        {
            Add(PieceKind.Operator, 1);
        }
        else if (length == 1 && _inText == 0 && word[0] is not ('a' or 'A' or 'I') && char.IsAscii(word[0]))
        {
            Add(PieceKind.Letter, 1);
        }
        else
        {
            Add(AnswerWords.Meaning(word, AfterValue), length);
        }
    }

    private readonly bool StartsValue(int index)
    {
        while (At(index) is ' ' or '$')
        {
            index++;
        }

        return char.IsAsciiDigit(At(index)) || At(index) == '(' || (At(index) == '.' && char.IsAsciiDigit(At(index + 1)));
    }

    private readonly int Subscript(int underscore)
    {
        int end = underscore + 1;
        if (At(end) == '{')
        {
            int close = _text[end..].IndexOf('}');
            return close < 0 ? end : end + close + 1;
        }

        while (char.IsLetterOrDigit(At(end)))
        {
            end++;
        }

        return end;
    }

    private void Command()
    {
        int end = _position + 1;
        while (char.IsAsciiLetter(At(end)))
        {
            end++;
        }

        string name = _text[(_position + 1)..end].ToString();
        if (name.Length == 0)
        {
            Escape();
        }
        else if (name is "frac" or "dfrac" or "tfrac" or "cfrac")
        {
            Fraction(end);
        }
        else if (!Vocabulary.Commands.TryGetValue(name, out TokenKind? kind) || kind == TokenKind.Break)
        {
            Add(PieceKind.Unreadable, end - _position);
        }
        else if (kind is { } known)
        {
            PieceKind meaning = known switch
            {
                TokenKind.Approximate => PieceKind.Approximate,
                TokenKind.Word => PieceKind.Word,
                _ => PieceKind.Operator,
            };
            Add(meaning, end - _position);
        }
        else
        {
            Skip(end - _position);
            if (At(_position) == '{')
            {
                _braces.Push(item: false);
                _inText += name is "text" or "mbox" || (name is "mathrm" && At(_position + 1) is '~' or '\\') || _inText > 0 ? 1 : 0;
                _position++;
            }
        }
    }

    /// <summary>A backslash before something other than a letter.</summary>
    private void Escape()
    {
        switch (At(_position + 1))
        {
            case '%':
                _position++;
                break;
            case '(' or ')' or '[' or ']' or ',' or ';' or ':' or '!' or ' ' or '$':
                Skip(2);
                break;
            case '\\':
                Add(PieceKind.Line, 2);
                break;
            default:
                Add(PieceKind.Unreadable, Math.Min(2, _text.Length - _position));
                break;
        }
    }

    /// <summary><c>\frac{3}{4}</c>, <c>\frac34</c>: both parts numerals, perhaps signed.</summary>
    private void Fraction(int end)
    {
        int start = _position;
        if (Part(ref end) is { } above && Part(ref end) is { } below && Rational.Divide(above, below) is { } value)
        {
            Add(new Piece(PieceKind.Number, start, end, _spaced) { Value = value, Fraction = true });
        }
        else
        {
            Add(PieceKind.Unreadable, end - _position);
        }
    }

    private readonly Rational? Part(ref int position)
    {
        while (At(position) == ' ')
        {
            position++;
        }

        if (char.IsAsciiDigit(At(position)))
        {
            return _text[position++] - '0';
        }

        int start = position + 1, close = At(position) == '{' ? _text[position..].IndexOf('}') : -1;
        if (close < 0)
        {
            return null;
        }

        position += close + 1;
        List<Piece> part = Read(_text, start, position - 1);
        bool negative = part is [{ Kind: PieceKind.Minus }, ..];
        return part is [{ Kind: PieceKind.Number, Fraction: false }]
            or [{ Kind: PieceKind.Minus or PieceKind.Plus }, { Kind: PieceKind.Number, Fraction: false }]
            ? negative ? part[^1].Value.Negated() : part[^1].Value
            : null;
    }

    private void Number()
    {
        int start = _position;
        Numeral numeral = Numeral.Read(_text, start);
        Add(numeral.Value is { } value
            ? new Piece(PieceKind.Number, start, numeral.End, _spaced) { Value = value, Commas = numeral.Commas, Spaces = numeral.Spaces }
            : new Piece(PieceKind.Unreadable, start, numeral.End, _spaced));
        int end = _position;
        while (char.IsLetter(At(end)))
        {
            end++;
        }

        // Letters right after a numeral: a known unit, a times sign, a script without spaces, or of unknown effect (5y, 18th, 2e3).
        ReadOnlySpan<char> letters = _text[_position..end];
        if (letters.Length > 0 && !(letters is "x" or "X" && StartsValue(end)))
        {
            bool unit = Vocabulary.AttachedUnits.Contains(letters.ToString()) || letters[0] >= '\u3040';
            Add(unit ? PieceKind.Word : PieceKind.Unreadable, letters.Length);
        }
    }
}

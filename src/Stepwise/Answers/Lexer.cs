namespace Stepwise.Answers;

/// <summary>
/// Cuts prose, plain arithmetic and the usual LaTeX into <see cref="Token"/>s, in one pass. Whatever it does not know becomes a
/// <see cref="TokenKind.Symbol"/>, which makes the expression around it uncheckable rather than wrong.
/// </summary>
internal ref struct Lexer
{
    private const int MaxEnvironmentName = 20;

    private readonly ReadOnlySpan<char> _text;
    private readonly List<Token> _tokens;
    private readonly Stack<Brace> _braces;
    private int _position;

    private Lexer(ReadOnlySpan<char> text)
    {
        _text = text;
        _tokens = [];
        _braces = new Stack<Brace>();
    }

    private enum Brace
    {
        Plain,
        Numerator,
        Denominator,
    }

    /// <summary>The tokens of a text, closed by a <see cref="TokenKind.Break"/>.</summary>
    public static List<Token> Read(ReadOnlySpan<char> text)
    {
        Lexer lexer = new(text);
        while (lexer._position < text.Length)
        {
            lexer.Next();
        }

        lexer.Add(TokenKind.Break, 0);
        return lexer._tokens;
    }

    private readonly char At(int index) => index >= 0 && index < _text.Length ? _text[index] : '\0';

    private readonly TokenKind? LastKind => _tokens.Count > 0 ? _tokens[^1].Kind : null;

    private readonly bool AfterOperand => LastKind is TokenKind.Number or TokenKind.Close;

    private void Add(TokenKind kind, int length)
    {
        _tokens.Add(new Token(kind, _position, _position + length));
        _position += length;
    }

    private void Relation(TokenKind kind, int length)
    {
        if (LastKind == TokenKind.LineBreak)
        {
            _tokens.RemoveAt(_tokens.Count - 1);
        }

        Add(kind, length);
    }

    private void Next()
    {
        char c = _text[_position];
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(At(_position + 1)) && !char.IsAsciiDigit(At(_position - 1))))
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
                Add(TokenKind.LineBreak, 1);
                break;
            case '$' or '€' or '£' or '&' or '~' or '\u00A0':
            case var space when char.IsWhiteSpace(space):
                _position++;
                break;
            case '*' when At(_position + 1) == '*':
                Stars();
                break;
            case '+':
                Add(TokenKind.Plus, 1);
                break;
            case '-' or '−' or '–':
                Hyphen();
                break;
            case '*' or '×' or '·' or '∙' or '⋅':
                Add(TokenKind.Times, 1);
                break;
            case '/' when char.IsLetter(At(_position + 1)):
                UnitPer();
                break;
            case '/' when At(_position + 1) == '\\':
                _position++;
                break;
            case '/' or '÷':
                Add(TokenKind.Over, 1);
                break;
            case '^':
                Add(TokenKind.Power, 1);
                break;
            case '(':
                Add(TokenKind.Open, 1);
                break;
            case ')':
                Add(TokenKind.Close, 1);
                break;
            case '{':
                _position++;
                _braces.Push(Brace.Plain);
                break;
            case '}':
                CloseBrace();
                break;
            case '=' when At(_position + 1) == '>':
                Add(TokenKind.Break, 2);
                break;
            case '=':
                Relation(TokenKind.Equal, At(_position + 1) == '=' ? 2 : 1);
                break;
            case '≈' or '≃' or '≅':
                Relation(TokenKind.Approximate, 1);
                break;
            case '?' or '_' or '@' or '±' or '√' or '²' or '³' or '°':
                Add(c == '°' ? TokenKind.Word : TokenKind.Symbol, 1);
                break;
            case '%':
                Percent(1);
                break;
            default:
                Add(TokenKind.Break, char.IsHighSurrogate(c) && char.IsLowSurrogate(At(_position + 1)) ? 2 : 1);
                break;
        }
    }

    /// <summary>Bold marks of Markdown, unless they stand between two numbers.</summary>
    private void Stars()
    {
        if (AfterOperand && char.IsAsciiDigit(At(_position + 2)))
        {
            Add(TokenKind.Power, 2);
        }
        else
        {
            _position += 2;
        }
    }

    /// <summary>A minus, a bullet at the start of a line, or part of a compound such as <c>12-pound</c>.</summary>
    private void Hyphen()
    {
        bool lineStart = LastKind is null or TokenKind.LineBreak;
        if ((lineStart && At(_position + 1) == ' ') || (LastKind == TokenKind.Number && char.IsLetter(At(_position + 1))))
        {
            _position++;
        }
        else
        {
            Add(TokenKind.Minus, 1);
        }
    }

    /// <summary>A slash and the unit after it: <c>/hour</c>, <c>/h</c>.</summary>
    private void UnitPer()
    {
        int end = _position + 1;
        while (char.IsLetter(At(end)))
        {
            end++;
        }

        Add(TokenKind.Word, end - _position);
    }

    private void CloseBrace()
    {
        Brace role = _braces.Count > 0 ? _braces.Pop() : Brace.Plain;
        if (role == Brace.Plain)
        {
            _position++;
            return;
        }

        Add(TokenKind.Close, 1);
        if (role == Brace.Denominator)
        {
            Add(TokenKind.Close, 0);
        }
        else if (At(_position) == '{')
        {
            Add(TokenKind.Over, 0);
            Add(TokenKind.Open, 1);
            _braces.Push(Brace.Denominator);
        }
        else
        {
            Add(TokenKind.Symbol, 0);
        }
    }

    private void Percent(int length)
    {
        if (LastKind == TokenKind.Number)
        {
            _tokens[^1] = _tokens[^1] with { Percent = true };
            _position += length;
        }
        else
        {
            Add(TokenKind.Symbol, length);
        }
    }

    private void Command()
    {
        int end = _position + 1;
        while (char.IsAsciiLetter(At(end)))
        {
            end++;
        }

        int length = end - _position;
        string name = _text[(_position + 1)..end].ToString();
        if (length == 1)
        {
            Escape();
        }
        else if (name is "frac" or "dfrac" or "tfrac" or "cfrac")
        {
            Fraction(length);
        }
        else if (name is "begin" or "end")
        {
            int close = At(end) == '{' ? _text[end..Math.Min(_text.Length, end + MaxEnvironmentName)].IndexOf('}') : -1;
            Add(TokenKind.Break, close < 0 ? length : length + close + 1);
        }
        else if (!Vocabulary.Commands.TryGetValue(name, out TokenKind? kind))
        {
            Add(TokenKind.Symbol, length);
        }
        else if (kind is TokenKind.Approximate)
        {
            Relation(TokenKind.Approximate, length);
        }
        else if (kind is { } known)
        {
            if (name is "circ" && LastKind == TokenKind.Power)
            {
                _tokens.RemoveAt(_tokens.Count - 1);
            }

            Add(known, length);
        }
        else
        {
            _position += length;
        }
    }

    /// <summary>A backslash before something other than a letter.</summary>
    private void Escape()
    {
        switch (At(_position + 1))
        {
            case '%':
                Percent(2);
                break;
            case '(' or ')' or '[' or ']':
                Add(TokenKind.Break, 2);
                break;
            case '\\':
                Add(TokenKind.LineBreak, 2);
                break;
            default:
                _position = Math.Min(_position + 2, _text.Length);
                break;
        }
    }

    private void Fraction(int length)
    {
        if (At(_position + length) == '{')
        {
            _tokens.Add(new Token(TokenKind.Open, _position, _position + length) { Fraction = true });
            _position += length;
            Add(TokenKind.Open, 1);
            _braces.Push(Brace.Numerator);
            return;
        }

        // \frac12 and \frac 34: two digits make the fraction.
        int digits = _position + length;
        digits += At(digits) == ' ' ? 1 : 0;
        if (!char.IsAsciiDigit(At(digits)) || !char.IsAsciiDigit(At(digits + 1)))
        {
            Add(TokenKind.Symbol, length);
            return;
        }

        _tokens.Add(new Token(TokenKind.Open, _position, digits) { Fraction = true });
        _tokens.Add(new Token(TokenKind.Number, digits, digits + 1) { Value = _text[digits] - '0' });
        _tokens.Add(new Token(TokenKind.Over, digits + 1, digits + 1));
        _tokens.Add(new Token(TokenKind.Number, digits + 1, digits + 2) { Value = _text[digits + 1] - '0' });
        _position = digits + 2;
        Add(TokenKind.Close, 0);
    }

    private void Number()
    {
        int start = _position, end = _position;
        Span<char> digits = stackalloc char[Rational.MaxDigits + 1];
        int count = 0;
        bool point = false, overlong = false;
        while (true)
        {
            int skip = char.IsAsciiDigit(At(end)) ? 0 : point ? -1 : Separator(end, start);
            if (skip < 0 && !point && At(end) == '.' && char.IsAsciiDigit(At(end + 1)))
            {
                (point, skip) = (true, 0);
            }

            if (skip < 0)
            {
                break;
            }

            end += skip;
            overlong |= count == digits.Length;
            if (!overlong)
            {
                digits[count++] = At(end);
            }

            end++;
        }

        // A time of day, a version, digits grouped otherwise than by thousands, a number with leading zeros: none is a value.
        bool joined = At(end) is ':' or '.' or ',' && char.IsAsciiDigit(At(end + 1));
        bool padded = count > 1 && digits[0] == '0' && digits[1] != '.';
        if (overlong || joined || padded || Rational.Parse(digits[..count], out int decimals) is not { } value)
        {
            Add(TokenKind.Symbol, end - start);
            return;
        }

        bool cutOff = At(end) == '…' || (At(end) == '.' && At(end + 1) == '.' && At(end + 2) == '.');
        if (cutOff)
        {
            end += At(end) == '…' ? 1 : 3;
        }
        else if (decimals == 0 && IsListLabel(start, end))
        {
            Add(TokenKind.LineBreak, end + 1 - start);
            return;
        }

        _tokens.Add(new Token(TokenKind.Number, start, end) { Value = value, Decimals = decimals, CutOff = cutOff });
        _position = end;
        AttachedLetters();
    }

    /// <summary>The length of a thousands separator followed by exactly three digits, or −1.</summary>
    private readonly int Separator(int index, int start)
    {
        int length = At(index) switch
        {
            ',' when At(index + 1) == '\\' && At(index + 2) == '!' => 3,
            ',' => 1,
            ' ' when At(start - 1) == '$' => 1,
            '{' when At(index + 1) == ',' && At(index + 2) == '}' => 3,
            _ => -1,
        };
        if (length < 0 || start == index)
        {
            return -1;
        }

        int next = index + length;
        bool three = char.IsAsciiDigit(At(next)) && char.IsAsciiDigit(At(next + 1)) && char.IsAsciiDigit(At(next + 2));
        return three && !char.IsAsciiDigit(At(next + 3)) ? length : -1;
    }

    /// <summary>Whether a whole number numbers an item of a list: <c>2.</c> or <c>2)</c> at the start of a line.</summary>
    private readonly bool IsListLabel(int start, int end) =>
        LastKind is null or TokenKind.LineBreak && end - start <= 2 && At(end) is '.' or ')' && At(end + 1) == ' ';

    /// <summary>Letters right after a number: a known unit, a times sign (<c>3x4</c>), or of unknown effect (<c>3y</c>).</summary>
    private void AttachedLetters()
    {
        int end = _position;
        while (char.IsLetter(At(end)))
        {
            end++;
        }

        if (end > _position && !IsTimes(end - _position))
        {
            bool unit = Vocabulary.AttachedUnits.Contains(_text[_position..end].ToString());
            Add(unit ? TokenKind.Word : TokenKind.Symbol, end - _position);
        }
    }

    /// <summary>Whether the letter at the position multiplies: x between a value and the start of another.</summary>
    private readonly bool IsTimes(int length)
    {
        if (length != 1 || At(_position) is not ('x' or 'X') || !(AfterOperand || LastKind == TokenKind.Word))
        {
            return false;
        }

        int next = _position + 1;
        while (At(next) is ' ' or '$')
        {
            next++;
        }

        return char.IsAsciiDigit(At(next)) || At(next) is '(' or '.';
    }

    private void Word()
    {
        int end = _position;
        while (char.IsLetter(At(end)) || (At(end) is '\'' or '’' or '-' && char.IsLetter(At(end + 1))))
        {
            end++;
        }

        int length = end - _position;
        string word = _text[_position..end].ToString();
        if (IsTimes(length))
        {
            Add(TokenKind.Times, length);
        }
        else if (word is "by" && LastKind is TokenKind.Times or TokenKind.Over)
        {
            _position = end;
        }
        else if (length == 1 && word is not ("a" or "A" or "I"))
        {
            Add(TokenKind.Symbol, length);
        }
        else
        {
            Add(Meaning(word), length);
            if (word is "of")
            {
                _tokens[^1] = _tokens[^1] with { Guessed = _tokens[^1].Kind == TokenKind.Times };
            }
        }
    }

    private readonly TokenKind Meaning(string word) => word.ToLowerInvariant() switch
    {
        "plus" => TokenKind.Plus,
        "minus" => TokenKind.Minus,
        "times" => TokenKind.Times,
        "multiplied" => TokenKind.Times,
        "divided" => TokenKind.Over,
        "equals" => TokenKind.Equal,
        "of" when IsShare() => TokenKind.Times,
        var other when Vocabulary.Conjunctions.Contains(other) => TokenKind.Break,
        var other => Vocabulary.Changing.Contains(other) ? TokenKind.Symbol : TokenKind.Word,
    };

    /// <summary>Whether what stands before is a percentage or a fraction, so that <c>of</c> multiplies.</summary>
    private readonly bool IsShare() =>
        _tokens.Count > 0
        && (_tokens[^1].Percent || (_tokens.Count > 2 && _tokens[^1].Kind == TokenKind.Number && _tokens[^2].Kind == TokenKind.Over));
}

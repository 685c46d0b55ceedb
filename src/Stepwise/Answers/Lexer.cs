using System.Globalization;
using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>
/// Cuts prose with plain arithmetic and the usual LaTeX into <see cref="Token"/>s, in one pass. Decoration is left out: currency signs, bold
/// marks, LaTeX that only sets the type. Nothing is that could change a value.
/// </summary>
internal ref partial struct Lexer
{
    // The first half of digits and letters in other faces, which are not read.
    private const char MathematicalAlphabet = '\uD835';

    // More closing signs than this behind a period or characters in an index end no sentence and no name.
    private const int MaxLookahead = 20;

    private readonly ReadOnlySpan<char> _text;
    private readonly List<Token> _tokens;
    private readonly Stack<Brace> _braces;
    private int _position;
    private bool _spaced;
    private int _inText;
    private int _bracket;

    private Lexer(ReadOnlySpan<char> text, int position)
    {
        _text = text;
        _position = position;
        _tokens = [];
        _braces = new Stack<Brace>();
        _bracket = -1;
    }

    /// <summary>All tokens of a text.</summary>
    public static List<Token> Read(ReadOnlySpan<char> text)
    {
        Lexer lexer = new(text, 0);
        lexer.Run();
        return lexer._tokens;
    }

    /// <summary>The tokens of a range of a text that mean something to an answer; positions are those of the text.</summary>
    public static List<Token> Read(ReadOnlySpan<char> text, int start, int end)
    {
        Lexer lexer = new(text[..end], start);
        lexer.Run();
        lexer._tokens.RemoveAll(token => token.Kind == TokenKind.Mark);
        return lexer._tokens;
    }

    private void Run()
    {
        while (_position < _text.Length)
        {
            Next();
        }
    }

    private readonly char At(int index) => index >= 0 && index < _text.Length ? _text[index] : '\0';

    private readonly TokenKind? Last => _tokens.Count > 0 ? _tokens[^1].Kind : null;

    private readonly bool AfterValue => Last is TokenKind.Number or TokenKind.Close or TokenKind.Word or TokenKind.Percent;

    private void Add(TokenKind kind, int length) => Add(new Token(kind, _position, _position + length));

    private void Add(Token token)
    {
        _tokens.Add(token with { Spaced = _spaced });
        _position = token.End;
        _spaced = token.Kind == TokenKind.Mark;
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
        switch (Usual(c))
        {
            case '\n':
                Add(TokenKind.Line, 1);
                break;
            case '*' when c == '*':
                Stars();
                break;
            case '*':
                Add(TokenKind.Times, 1);
                break;
            case '>' when _position == _bracket:
            case '#' or '`' or '"' or '\'':
                Add(TokenKind.Mark, 1);
                break;
            case '_' or '&' or '~':
                Skip(1);
                break;
            case '+':
                Add(TokenKind.Plus, 1);
                break;
            case '-':
                Add(TokenKind.Minus, 1);
                break;
            case '—' or ',' or ';':
                Add(TokenKind.Comma, 1);
                break;
            case '÷':
                Add(TokenKind.Divide, 1);
                break;
            case '^':
                Power();
                break;
            case '²' or '³' when Last == TokenKind.Word:
                Skip(1);
                break;
            case '/':
                Slash();
                break;
            case '=':
                bool arrow = At(_position + 1) == '>';
                Add(arrow ? TokenKind.Break : TokenKind.Equal, arrow || At(_position + 1) == '=' ? 2 : 1);
                break;
            case '≈':
                Add(TokenKind.Approximate, 1);
                break;
            case '(':
                Add(TokenKind.Open, 1);
                break;
            case ')':
                Add(TokenKind.Close, 1);
                break;
            case '{':
                OpenBrace();
                break;
            case '}':
                CloseBrace();
                break;
            case ':':
                Add(TokenKind.Colon, 1);
                break;
            case '%':
                Add(TokenKind.Percent, 1);
                break;
            case '°' or '¢':
                Add(TokenKind.Word, 1);
                break;
            case '.' or '!':
                SentenceEnd(c);
                break;
            case '<':
                Tag();
                break;
            case '√' or '@' or '²' or '³':
                Add(TokenKind.Symbol, 1);
                break;
            case var other when char.IsWhiteSpace(other):
                Skip(1);
                break;
            default:
                Unknown(c);
                break;
        }
    }

    /// <summary>The usual sign that a character stands for; √ for what changes the value beside it.</summary>
    private static char Usual(char c) =>
        c <= '\u007F' || c is '—' or '÷' or '°' || !Notation.Characters.TryGetValue(c, out string? spelling) ? c
        : spelling.Length == 1 ? spelling[0]
        : spelling is "~=" ? '≈' : '√';

    /// <summary>A currency sign and what is not seen mean nothing, nor does a picture.</summary>
    private void Unknown(char c)
    {
        switch (char.GetUnicodeCategory(c))
        {
            case UnicodeCategory.CurrencySymbol or UnicodeCategory.Format:
                Skip(1);
                break;
            case UnicodeCategory.OtherSymbol or UnicodeCategory.Surrogate when c != MathematicalAlphabet:
                Add(TokenKind.Mark, 1);
                break;
            default:
                Add(TokenKind.Break, 1);
                break;
        }
    }

    /// <summary>Stars between values multiply, two are a power; elsewhere they set the type.</summary>
    private void Stars()
    {
        int end = _position;
        while (At(end) == '*')
        {
            end++;
        }

        int count = end - _position;
        bool before = char.IsWhiteSpace(At(_position - 1)), after = char.IsWhiteSpace(At(end));
        bool infix = before == after ? after || StartsValue(end) : count == 1 && Last != TokenKind.Word && StartsValue(end);
        bool unknown = count == 1 && !before && (char.IsLetter(At(end)) || At(end) is '\\' or '-' or '+');
        if ((AfterValue || Last is TokenKind.Letter or TokenKind.Symbol) && count <= 2 && (infix || unknown))
        {
            Add(count == 1 ? TokenKind.Times : TokenKind.Power, count);
        }
        else
        {
            Skip(count);
        }
    }

    /// <summary>Between values, before a unit (<c>cups/day</c>, <c>$5/hour</c>), or between the commands for units.</summary>
    private void Slash()
    {
        char next = At(_position + 1);
        if (Last == TokenKind.Word && char.IsLetter(next))
        {
            _position++;
            _inText++;
            Word();
            _inText--;
        }
        else if ((char.IsLetter(next) && char.IsLetter(At(_position + 2))) || _text[_position..].StartsWith("/\\text"))
        {
            Skip(1);
        }
        else
        {
            Add(TokenKind.Over, 1);
        }
    }

    /// <summary>Degrees, the exponent of a unit (<c>cm^2</c>), or to the power of.</summary>
    private void Power()
    {
        foreach (string degrees in (string[])["^\\circ", "^{\\circ}"])
        {
            if (_text[_position..].StartsWith(degrees))
            {
                Add(TokenKind.Word, degrees.Length);
                return;
            }
        }

        int digit = _position + 1 + (At(_position + 1) == '{' ? 1 : 0);
        if (Last == TokenKind.Word && char.IsAsciiDigit(At(digit)))
        {
            Skip(digit + (At(digit + 1) == '}' ? 2 : 1) - _position);
        }
        else
        {
            Add(TokenKind.Power, 1);
        }
    }

    /// <summary>A period or exclamation mark ends a sentence where white space, a capital letter or nothing follows, closing signs aside.</summary>
    private void SentenceEnd(char mark)
    {
        int next = _position + 1, limit = next + MaxLookahead;
        while (next < limit && (At(next) is '*' or '_' or '"' or '”' or '\'' or '’' or ')' or ']' or '}' or '$' or '`' || (mark == '!' && At(next) == mark)
            || (At(next) == '\\' && At(next + 1) is ')' or ']') || (At(next) is ')' or ']' && At(next - 1) == '\\')))
        {
            next++;
        }

        int word = next;
        while (char.IsWhiteSpace(At(word)))
        {
            word++;
        }

        bool last = word >= _text.Length;
        bool ends = last || (mark == '。' && !char.IsAsciiDigit(At(next)))
            || (word > next ? mark == '.' || char.IsLetterOrDigit(At(word)) : char.IsUpper(At(next)) || At(next) == '<');
        Add(!ends ? TokenKind.Break : last && mark == '!' ? TokenKind.Exclamation : TokenKind.Stop, 1);
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
            Add(TokenKind.Mark, end + 1 - _position);
        }
        else if (At(numeral) == '>' && numeral > _position + 1)
        {
            _bracket = numeral;
            Add(TokenKind.Mark, 1);
        }
        else
        {
            Add(TokenKind.Break, 1);
        }
    }
}

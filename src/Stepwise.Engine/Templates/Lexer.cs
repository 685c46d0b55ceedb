
namespace Stepwise.Engine.Templates;

/// <summary>
/// Cuts a template into tokens. White space as chat templates are written for: the first newline after a tag is dropped, and so is what
/// indents a tag or comment at the beginning of a line (Jinja's <c>trim_blocks</c> and <c>lstrip_blocks</c>); a minus sign at a tag's edge
/// drops all white space there, a plus sign none.
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] Operators =
    [
        "//", "**", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|",
    ];

    private readonly TemplateSource _source;
    private readonly string _text;
    private int _at;
    private int _line = 1;
    private int _linesCounted;

    private Lexer(TemplateSource source, string template)
    {
        _source = source;
        string text = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _text = text.EndsWith('\n') ? text[..^1] : text;
    }

    /// <summary>The tokens, each read when it is asked for; the last is <see cref="TokenKind.End"/>.</summary>
    /// <exception cref="InputException">While they are read: a tag or text does not end, or a character has no meaning.</exception>
    public static IEnumerable<Token> Read(TemplateSource source, string template) => new Lexer(source, template).Tokens();

    private IEnumerable<Token> Tokens()
    {
        bool lineStarts = true;
        while (NextTag() is var tag && tag < _text.Length)
        {
            char mark = _text[tag + 1];
            char sign = tag + 2 < _text.Length && _text[tag + 2] is '-' or '+' ? _text[tag + 2] : ' ';
            string data = WithoutIndent(_text[_at..tag], strips: sign == '-', indents: mark != '{' && sign != '+', lineStarts);
            if (data.Length > 0)
            {
                yield return new Token(TokenKind.Data, data, LineAt(_at));
            }

            _at = tag + (sign == ' ' ? 2 : 3);
            if (mark == '#')
            {
                SkipComment(tag);
            }
            else
            {
                bool output = mark == '{';
                yield return new Token(output ? TokenKind.OutputBegin : TokenKind.TagBegin, _text[tag..(tag + 2)], LineAt(tag));
                foreach (Token token in Inside(tag, output))
                {
                    yield return token;
                }
            }

            lineStarts = _text[_at - 1] == '\n';
        }

        if (_at < _text.Length)
        {
            yield return new Token(TokenKind.Data, _text[_at..], LineAt(_at));
        }

        yield return new Token(TokenKind.End, "", LineAt(_text.Length));
    }

    private int NextTag()
    {
        for (int at = _at; (at = _text.IndexOf('{', at)) >= 0 && at + 1 < _text.Length; at++)
        {
            if (_text[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return _text.Length;
    }

    private static string WithoutIndent(string data, bool strips, bool indents, bool lineStarts)
    {
        if (strips)
        {
            return PythonText.StripEnd(data);
        }

        int line = data.LastIndexOf('\n') + 1;
        return indents && (line > 0 || lineStarts) && PythonText.StripEnd(data[line..]).Length == 0 ? data[..line] : data;
    }

    private void SkipComment(int tag)
    {
        int end = _text.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw _source.Error(LineAt(tag), "the comment has no end");
        }

        char sign = end > _at ? _text[end - 1] : ' ';
        _at = end + 2;
        SkipBehind(sign, dropsNewline: true);
    }

    private IEnumerable<Token> Inside(int tag, bool output)
    {
        string end = output ? "}}" : "%}";
        int brackets = 0;
        while (true)
        {
            SkipSpace();
            if (_at >= _text.Length)
            {
                throw _source.Error(LineAt(tag), $"the tag has no end; expected {end}");
            }

            char sign = _text[_at] is '-' or '+' ? _text[_at] : ' ';
            int close = _at + (sign == ' ' ? 0 : 1);
            if (brackets == 0 && !(output && sign == '+') && string.CompareOrdinal(_text, close, end, 0, 2) == 0)
            {
                yield return new Token(output ? TokenKind.OutputEnd : TokenKind.TagEnd, end, LineAt(close));
                _at = close + 2;
                SkipBehind(sign, dropsNewline: !output);
                yield break;
            }

            Token token = Next();
            brackets += token switch
            {
                (TokenKind.Operator, "(" or "[" or "{", _) => 1,
                (TokenKind.Operator, ")" or "]" or "}", _) => -1,
                _ => 0,
            };
            yield return token;
        }
    }

    private Token Next()
    {
        char first = _text[_at];
        if (first is '"' or '\'')
        {
            return QuotedText(first);
        }

        if (char.IsAsciiDigit(first))
        {
            return Run(TokenKind.Integer, char.IsAsciiDigit);
        }

        if (char.IsAsciiLetter(first) || first == '_')
        {
            return Run(TokenKind.Name, static c => char.IsAsciiLetterOrDigit(c) || c == '_');
        }

        foreach (string symbol in Operators)
        {
            if (string.CompareOrdinal(_text, _at, symbol, 0, symbol.Length) == 0)
            {
                _at += symbol.Length;
                return new Token(TokenKind.Operator, symbol, LineAt(_at));
            }
        }

        throw _source.Error(LineAt(_at), $"the character {Quoted.Of(first.ToString())} has no meaning in a tag");
    }

    private Token Run(TokenKind kind, Func<char, bool> belongs)
    {
        int start = _at;
        while (_at < _text.Length && belongs(_text[_at]))
        {
            _at++;
        }

        return new Token(kind, _text[start.._at], LineAt(start));
    }

    private Token QuotedText(char quote)
    {
        int start = _at + 1, end = start;
        while (end < _text.Length && _text[end] != quote)
        {
            end += _text[end] == '\\' ? 2 : 1;
        }

        int line = LineAt(_at);
        if (end >= _text.Length)
        {
            throw _source.Error(line, "the quoted text has no end");
        }

        _at = end + 1;
        return new Token(
            TokenKind.Text,
            EscapeSequences.Resolve(_text[start..end], problem => _source.Error(line, problem)),
            line);
    }

    private void SkipBehind(char sign, bool dropsNewline)
    {
        if (sign == '-')
        {
            SkipSpace();
        }
        else if (dropsNewline && sign != '+' && _at < _text.Length && _text[_at] == '\n')
        {
            _at++;
        }
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && PythonText.IsSpace(_text[_at]))
        {
            _at++;
        }
    }

    /// <summary>The line of a position; positions are asked for in rising order, a few characters aside.</summary>
    private int LineAt(int position)
    {
        if (position > _linesCounted)
        {
            _line += _text.AsSpan(_linesCounted, position - _linesCounted).Count('\n');
            _linesCounted = position;
        }

        return _line;
    }
}

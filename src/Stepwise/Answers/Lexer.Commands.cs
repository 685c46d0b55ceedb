using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>This part reads LaTeX: commands, and the braces of their arguments.</summary>
internal ref partial struct Lexer
{
    private enum Brace
    {
        /// <summary>Groups nothing that the tokens do not say.</summary>
        Plain,

        /// <summary>Holds what is in another face, or text.</summary>
        Text,
        Numerator,

        /// <summary>Of a denominator or an exponent.</summary>
        Group,
    }

    private void OpenBrace()
    {
        Brace role = Last is TokenKind.Fraction ? Brace.Numerator : Last is TokenKind.Power ? Brace.Group : Brace.Plain;
        Open(role);
    }

    private void Open(Brace role)
    {
        _braces.Push(role);
        if (role is Brace.Plain or Brace.Text)
        {
            Skip(1);
        }
        else
        {
            Add(TokenKind.Open, 1);
        }
    }

    private void CloseBrace()
    {
        Brace role = _braces.Count > 0 ? _braces.Pop() : Brace.Group;
        if (role is Brace.Plain or Brace.Text)
        {
            _inText = Math.Max(0, _inText - (role is Brace.Text ? 1 : 0));
            _position++;
            return;
        }

        Add(TokenKind.Close, 1);
        if (role is Brace.Numerator)
        {
            while (At(_position) == ' ')
            {
                _position++;
            }

            if (At(_position) == '{')
            {
                Open(Brace.Group);
            }
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
        if (name.Length == 0)
        {
            Escape();
        }
        else if (Notation.IsFraction(name))
        {
            Fraction(length);
        }
        else if (name is "begin" or "end")
        {
            int close = At(end) == '{' ? _text[end..Math.Min(_text.Length, end + MaxLookahead)].IndexOf('}') : -1;
            Add(TokenKind.Break, close < 0 ? length : length + close + 1);
        }
        else if (Notation.Signs.TryGetValue(name, out string? sign))
        {
            Add(Meaning(sign), length);
        }
        else if (name is "left" or "right" || Notation.Typesetting.Contains(name))
        {
            Skip(length);
        }
        else if (Notation.Texts.Contains(name) || Notation.Faces.Contains(name))
        {
            Face(name, length);
        }
        else
        {
            Add(TokenKind.Symbol, length);
        }
    }

    private static TokenKind Meaning(string sign) => sign switch
    {
        "*" => TokenKind.Times,
        "/" => TokenKind.Divide,
        "~=" => TokenKind.Approximate,
        "°" => TokenKind.Word,
        "," => TokenKind.Mark,
        "→" or "⇒" => TokenKind.Break,
        _ => TokenKind.Symbol,
    };

    private void Face(string name, int length)
    {
        Skip(length);
        if (At(_position) == '{')
        {
            bool text = _inText > 0 || Notation.Texts.Contains(name) || At(_position + 1) is '~' or '\\';
            _inText += text ? 1 : 0;
            Open(text ? Brace.Text : Brace.Plain);
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
            case '(' or ')' or '[' or ']':
                Add(TokenKind.Mark, 2);
                break;
            case ',' or ';' or ':' or '!' or ' ' or '$':
                Skip(2);
                break;
            case '\\':
                Add(TokenKind.Line, 2);
                break;
            default:
                Add(TokenKind.Break, Math.Min(2, _text.Length - _position));
                break;
        }
    }

    /// <summary>A fraction of two groups in braces, or of two digits: <c>\frac12</c>.</summary>
    private void Fraction(int length)
    {
        Add(TokenKind.Fraction, length);
        int digit = _position;
        while (At(digit) == ' ')
        {
            digit++;
        }

        if (At(digit) == '{')
        {
            _position = digit;
        }

        for (int i = 0; i < 2 && char.IsAsciiDigit(At(digit)); i++, digit++)
        {
            _tokens.Add(new Token(TokenKind.Open, digit, digit));
            Add(new Token(TokenKind.Number, digit, digit + 1) { Value = _text[digit] - '0' });
            Add(TokenKind.Close, 0);
        }
    }
}

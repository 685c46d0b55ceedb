using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>This part reads words and numerals, and the letters right after these.</summary>
internal ref partial struct Lexer
{
    private void Word()
    {
        int end = _position;
        while (char.IsLetter(At(end)) || (char.IsLetter(At(end + 1)) && (At(end) is '\'' or '’' or '-' || (At(end) == '.' && !char.IsUpper(At(end + 1))))))
        {
            end++;
        }

        if (At(end) == '_' && (char.IsLetterOrDigit(At(end + 1)) || At(end + 1) == '{'))
        {
            end = Subscript(end);
        }

        int length = end - _position;
        ReadOnlySpan<char> word = _text[_position..end];
        if (length == 1 && word[0] is 'x' or 'X' && AfterValue && StartsValue(end))
        {
            Add(TokenKind.Times, 1);
        }
        else if (char.IsAsciiDigit(At(end)))
        {
            while (char.IsLetterOrDigit(At(end)))
            {
                end++;
            }

            Add(TokenKind.Symbol, end - _position);
        }
        else if (length == 1 && _inText == 0 && word[0] is not ('a' or 'A' or 'I') && char.IsAscii(word[0]))
        {
            Add(TokenKind.Letter, 1);
        }
        else
        {
            Add(Vocabulary.Meaning(word, AfterValue), length);
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
            int close = _text[end..Math.Min(_text.Length, end + MaxLookahead)].IndexOf('}');
            return close < 0 ? end : end + close + 1;
        }

        while (char.IsLetterOrDigit(At(end)))
        {
            end++;
        }

        return end;
    }

    private void Number()
    {
        Numeral numeral = Numeral.Read(_text, _position);
        Add(new Token(numeral.Value is null || numeral.CutOff ? TokenKind.Symbol : TokenKind.Number, _position, numeral.End)
        {
            Value = numeral.Value ?? 0, Decimals = numeral.Decimals, Grouping = numeral.Grouping, CutOff = numeral.CutOff,
        });
        int end = _position;
        while (char.IsLetter(At(end)))
        {
            end++;
        }

        // Letters right after a numeral: a known unit, a times sign, a script without spaces, or of unknown effect (5y, 18th, 2e3).
        ReadOnlySpan<char> letters = _text[_position..end];
        if (letters.Length > 0 && !(letters is "x" or "X" && StartsValue(end)))
        {
            bool unit = (letters.Length > 1 && Unit.IsKnown(letters.ToString())) || letters[0] >= '\u3040';
            Add(unit ? TokenKind.Word : TokenKind.Symbol, letters.Length);
        }
    }
}

namespace Stepwise.Answers.Mathematics;

/// <summary>Cuts an answer in LaTeX or plain text into tokens, all spellings of a sign in one.</summary>
internal sealed partial class MathLexer
{
    private const int MaxDepth = 40;

    private static readonly string[] Primes = ["'", "^{\\prime}", "^\\prime"];

    private readonly string _text;
    private readonly List<MathToken> _tokens;
    private readonly bool _inText;
    private readonly int _depth;
    private readonly bool _dollars;
    private int _position;
    private int _brackets;
    private bool _spaced;

    private MathLexer(string text, List<MathToken> tokens, bool inText, int depth)
    {
        _text = text;
        _tokens = tokens;
        _inText = inText;
        _depth = depth < MaxDepth ? depth : throw new OutOfBoundsException("the answer is nested too deeply");

        // An even number of dollars delimits mathematics; an odd one names a currency.
        _dollars = text.Where((c, i) => c == '$' && (i == 0 || text[i - 1] != '\\')).Count() % 2 == 1;
    }

    /// <summary>The tokens of a text, closed by <see cref="MathTokenKind.End"/>.</summary>
    /// <param name="text">A text as <see cref="Spelling"/> leaves it.</param>
    /// <exception cref="OutOfBoundsException">It is nested too deeply, or a number has too many digits.</exception>
    public static List<MathToken> Read(string text)
    {
        List<MathToken> tokens = [];
        new MathLexer(text, tokens, inText: false, 0).Run();
        tokens.Add(new MathToken(MathTokenKind.End, "", Spaced: true));
        return tokens;
    }

    private void Run()
    {
        while (_position < _text.Length)
        {
            Next();
        }
    }

    private char At(int index) => index >= 0 && index < _text.Length ? _text[index] : '\0';

    private char Current => At(_position);

    private MathToken Last => _tokens.Count > 0 ? _tokens[^1] : default;

    private void Add(MathToken token)
    {
        _tokens.Add(token with { Spaced = _spaced, InText = _inText });
        _spaced = false;
    }

    private void Sign(string sign, int length)
    {
        Add(new MathToken(MathTokenKind.Sign, sign, _spaced));
        _position += length;
    }

    private void Skip(int length)
    {
        _position += length;
        _spaced = true;
    }

    private bool Starts(string text) => string.CompareOrdinal(_text, _position, text, 0, text.Length) == 0;

    private void Next()
    {
        char c = Current;
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(At(_position + 1))))
        {
            Number();
        }
        else if (char.IsLetter(c))
        {
            Letters();
        }
        else if (c == '\\')
        {
            Command();
        }
        else
        {
            Character(c);
        }
    }

    private void Character(char c)
    {
        switch (c)
        {
            case '$' when _dollars:
                Sign("$", 1);
                break;
            case '~' when At(_position + 1) == '=':
                Sign("~=", 2);
                break;
            case '$' or '"' or '`' or '~':
            case var space when char.IsWhiteSpace(space) || char.IsControl(space):
                Skip(1);
                break;
            case '*' when At(_position + 1) == '*':
                Sign("^", 2);
                break;
            case '+' when Starts("+/-"):
                Sign("±", 3);
                break;
            case '+' when Starts("+-"):
                Sign("±", 2);
                break;
            case '<' or '>' when At(_position + 1) == '=':
                Sign($"{c}=", 2);
                break;
            case '!' when At(_position + 1) == '=' && _spaced:
                Sign("!=", 2);
                break;
            case '=' when At(_position + 1) == '>':
                Sign("⇒", 2);
                break;
            case '=' or ':' when At(_position + 1) == '=':
                Sign("=", 2);
                break;
            case '-' when At(_position + 1) == '>':
                Sign("→", 2);
                break;
            case '.' when Starts("..."):
                Sign("…", 3);
                break;
            case '{' when _text.AsSpan(_position + 1).TrimStart() is ['}', ..]:
                Skip(_text.IndexOf('}', _position) + 1 - _position);
                break;
            case '(' or '[' or '{':
                _brackets++;
                Sign(c.ToString(), 1);
                break;
            case ')' or ']' or '}':
                _brackets--;
                Sign(c.ToString(), 1);
                break;
            default:
                Sign(c.ToString(), 1);
                break;
        }
    }

    private void Letters()
    {
        int end = _position;
        while (char.IsLetter(At(end)))
        {
            end++;
        }

        string run = _text[_position..end];
        if (IsTimes(run, end))
        {
            Sign("*", end - _position);
        }
        else if (run is "U" && Last.Kind == MathTokenKind.Sign && Last.Text is ")" or "]" or "}")
        {
            Sign("∪", 1);
        }
        else if (run is "in" && Last.Kind == MathTokenKind.Letter && !_inText)
        {
            Sign("∈", 2);
        }
        else if (Notation.PlainWords.TryGetValue(run, out string? command))
        {
            _position = end;
            Substitute(command);
        }
        else if (run.Length == 1 && !(_inText && IsWordAlone(end)))
        {
            _position = end;
            Letter(run);
        }
        else if (Notation.Functions.TryGetValue(run, out Function function))
        {
            Add(new MathToken(MathTokenKind.Function, run, _spaced) { Function = function });
            _position = end;
        }
        else if (!_inText && Prefix(run) is { } name)
        {
            Add(new MathToken(MathTokenKind.Function, name, _spaced) { Function = Notation.Functions[name] });
            _position += name.Length;
        }
        else
        {
            Add(new MathToken(MathTokenKind.Word, run, _spaced));
            _position = end;
        }
    }

    /// <summary>Whether a letter of a text is a word, as units are: nothing follows it at once but the text's end or a power.</summary>
    private bool IsWordAlone(int end) => At(end) is not '_' && Last.Kind != MathTokenKind.Letter && (At(end) == '\0' || !char.IsAsciiLetterOrDigit(At(end)));

    /// <summary>The name of a function at the begin of a run of letters such as <c>sinx</c>.</summary>
    private static string? Prefix(string run) =>
        Notation.Functions.Keys.Where(name =>
            name.Length >= 2 && run.Length == name.Length + 1 && run.StartsWith(name, StringComparison.Ordinal)).FirstOrDefault();

    private bool IsTimes(string run, int end)
    {
        int next = end;
        while (At(next) == ' ')
        {
            next++;
        }

        return run is "x" or "X" && Last.Kind == MathTokenKind.Number && char.IsAsciiDigit(At(next));
    }

    private void Substitute(string command)
    {
        if (command.StartsWith('\\'))
        {
            Named(command[1..]);
        }
        else
        {
            foreach (char c in command)
            {
                Add(char.IsAsciiDigit(c) ? new MathToken(MathTokenKind.Number, c.ToString(), _spaced) { Value = c - '0' }
                    : new MathToken(MathTokenKind.Sign, c.ToString(), _spaced));
            }
        }
    }

    /// <summary>A letter with its subscript and primes.</summary>
    private void Letter(string name)
    {
        int next = _position;
        while (At(next) == ' ')
        {
            next++;
        }

        if (At(next) == '_')
        {
            _position = next + 1;
            string subscript = Argument();
            name = $"{name}_{new string([.. subscript.Where(char.IsLetterOrDigit)])}";
        }

        while (Array.Find(Primes, Starts) is { } prime)
        {
            name += "'";
            _position += prime.Length;
        }

        Add(new MathToken(MathTokenKind.Letter, name, _spaced));
    }

    /// <summary>The argument of a command as it is written: a group, a command, or one character.</summary>
    private string Argument()
    {
        while (Current == ' ')
        {
            _position++;
        }

        int start = _position;
        if (Current == '{')
        {
            int close = Braces.Close(_text, start + 1, _text.Length);
            if (close < 0)
            {
                throw new MalformedException("a brace is not closed");
            }

            _position = close + 1;
            return _text[(start + 1)..close];
        }

        if (Current == '\\')
        {
            _position++;
            while (char.IsAsciiLetter(Current))
            {
                _position++;
            }

            return _text[start.._position];
        }

        _position = Math.Min(_position + 1, _text.Length);
        return _text[start.._position];
    }

    private void Command()
    {
        int end = _position + 1;
        while (char.IsAsciiLetter(At(end)))
        {
            end++;
        }

        string name = _text[(_position + 1)..end];
        if (name.Length == 0)
        {
            Escape(At(_position + 1));
            return;
        }

        _position = end;
        Named(name);
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '{':
                _brackets++;
                Sign("{(", 2);
                break;
            case '}':
                _brackets--;
                Sign(")}", 2);
                break;
            case '%' or '&' or '_' or '#':
                Sign(c == '_' ? "_" : c.ToString(), 2);
                break;
            case '$':
                Sign("$", 2);
                break;
            case '\\':
                Sign("\\\\", 2);
                break;
            case '|':
                Sign("|", 2);
                break;
            default:
                Skip(2);
                break;
        }
    }

    private void Named(string name)
    {
        if (name is "left" or "right")
        {
            Delimiter(name is "left");
        }
        else if (Notation.IsFraction(name) || name is "sqrt" or "cbrt" or "binom" or "dbinom" or "tbinom" or "overline" or "pmod" or "bmod")
        {
            Add(new MathToken(MathTokenKind.Command, Notation.IsFraction(name) ? "frac"
                : name.EndsWith("binom", StringComparison.Ordinal) ? "binom" : name, _spaced));
        }
        else if (name is "begin" or "end")
        {
            string environment = Argument().TrimEnd('*');
            Add(new MathToken(name is "begin" ? MathTokenKind.Begin : MathTokenKind.Finish, environment, _spaced));
            if (name is "begin" && environment is "array" or "tabular" && Current == '{')
            {
                Argument();
            }
        }
        else if (name is "pi")
        {
            Letter("π");
        }
        else if (name is "infty")
        {
            Letter("∞");
        }
        else if (Notation.Signs.TryGetValue(name, out string? sign))
        {
            _brackets += sign is "{(" or "⟨" ? 1 : sign is ")}" or "⟩" ? -1 : 0;
            Sign(sign, 0);
        }
        else if (Notation.Functions.TryGetValue(name, out Function function))
        {
            Add(new MathToken(MathTokenKind.Function, name, _spaced) { Function = function });
        }
        else if (Notation.Letters.Contains(name))
        {
            Letter(name.StartsWith("var", StringComparison.Ordinal) ? name[3..] : name);
        }
        else if (Notation.Texts.Contains(name))
        {
            Nested(Argument(), inText: true);
        }
        else if (name is "mathbb")
        {
            Add(new MathToken(MathTokenKind.Letter, $"set {Argument()}", _spaced));
        }
        else if (Notation.Accents.Contains(name))
        {
            Letter($"{name} {Argument().Trim()}");
        }
        else if (Notation.Faces.Contains(name))
        {
            string argument = Argument();
            bool word = argument.Count(char.IsAsciiLetter) > 1 && argument.All(c => char.IsAsciiLetter(c) || c is ' ' or '~' or '.' or '\\' or '/');
            Nested(argument, inText: word || argument.StartsWith('~') || argument.StartsWith("\\ ", StringComparison.Ordinal));
            if (Current == '_' && Last is { Kind: MathTokenKind.Letter, Text: var letter })
            {
                _tokens.RemoveAt(_tokens.Count - 1);
                Letter(letter);
            }
        }
        else if (Notation.Typesetting.Contains(name))
        {
            _spaced = true;
        }
        else
        {
            string shown = name.Length > 20 ? name[..20] : name;
            throw Notation.Unread.Contains(name)
                ? new OutOfBoundsException($"the command \\{shown} is not read")
                : new MalformedException($"there is no command \\{shown}");
        }
    }

    private void Nested(string text, bool inText)
    {
        _spaced |= inText;
        MathLexer inner = new(text, _tokens, inText, _depth + 1) { _spaced = _spaced, _brackets = _brackets };
        inner.Run();
        _spaced = inText || inner._spaced;
    }

    /// <summary>What follows <c>\left</c> and <c>\right</c>.</summary>
    private void Delimiter(bool left)
    {
        while (Current == ' ')
        {
            _position++;
        }

        switch (Current)
        {
            case '.':
                _position++;
                break;
            case '|':
                Sign(left ? "|(" : "|)", 1);
                break;
        }
    }
}

namespace Stepwise.Answers;

/// <summary>An arithmetic expression that was read from prose.</summary>
/// <param name="Value">Its value with percentages as shares (40 % is 0.4).</param>
/// <param name="PlainValue">Its value with percent signs ignored (40 % is 40).</param>
/// <param name="Operands">The numbers in it.</param>
/// <param name="Terms">What it adds up, with signs.</param>
/// <param name="Factors">What it multiplies, a divisor as its reciprocal; of a sum nothing.</param>
/// <param name="Operators">How many operators it has; 0 for a single number.</param>
/// <param name="Trusted">Whether nothing beside it leaves doubt about where it begins, ends, or what it means.</param>
internal sealed record Expression(
    Rational Value,
    Rational PlainValue,
    IReadOnlyList<Token> Operands,
    IReadOnlyList<Rational> Terms,
    IReadOnlyList<Rational> Factors,
    int Operators,
    bool Trusted)
{
    /// <summary>Whether a percent sign is in it.</summary>
    public bool HasPercent => Operands.Any(o => o.Percent);

    /// <summary>The number that the expression is, where it is one.</summary>
    public Token? Literal => Operators == 0 && Operands.Count == 1 ? Operands[0] : null;
}

/// <summary>
/// Reads expressions out of tokens in which words may stand between: <c>3 eggs (brown) + 4 eggs</c>. Precedence as usual; a whole number
/// before a fraction is a mixed number; a value before a parenthesis multiplies. Each token is read a bounded number of times.
/// </summary>
internal ref struct ExpressionReader
{
    // Nested parentheses beyond this are not arithmetic anybody wrote for a reader.
    private const int MaxDepth = 16;

    // More words than this after a number are not its unit.
    private const int MaxUnitWords = 4;

    private readonly ReadOnlySpan<Token> _tokens;
    private readonly List<Token> _operands;
    private readonly List<Rational> _terms;
    private readonly List<Rational> _factors;
    private int _position;
    private int _depth;
    private int _operators;
    private bool _guessed;
    private int _trailing;

    private ExpressionReader(ReadOnlySpan<Token> tokens)
    {
        _tokens = tokens;
        _operands = [];
        _terms = [];
        _factors = [];
    }

    /// <summary>The expression that a stretch of tokens begins with, as what follows an equals sign.</summary>
    public static Expression? Prefix(ReadOnlySpan<Token> tokens)
    {
        int start = 0;
        while (start < tokens.Length && tokens[start].Kind == TokenKind.Word)
        {
            start++;
        }

        ExpressionReader reader = new(tokens[start..]);
        Expression? expression = reader.Read();
        bool whole = start == 0 && reader._position == reader._tokens.Length;
        return whole ? expression : expression is null ? null : expression with { Trusted = false };
    }

    /// <summary>The expression that a stretch of tokens ends with, as what precedes an equals sign.</summary>
    public static Expression? Suffix(ReadOnlySpan<Token> tokens)
    {
        bool trusted = true;
        int start = 0;
        while (true)
        {
            while (start < tokens.Length && tokens[start].Kind is TokenKind.Word or TokenKind.Symbol)
            {
                trusted &= tokens[start].Kind == TokenKind.Word;
                start++;
            }

            if (start > 0 && start < tokens.Length && tokens[start].Kind is not (TokenKind.Number or TokenKind.Open))
            {
                return null;
            }

            ExpressionReader reader = new(tokens[start..]);
            if (reader.Read() is not { } expression)
            {
                return null;
            }

            start += reader._position;
            if (start == tokens.Length)
            {
                return trusted ? expression : expression with { Trusted = false };
            }

            trusted = false;
        }
    }

    private readonly TokenKind? Kind => _position < _tokens.Length ? _tokens[_position].Kind : null;

    /// <summary>Reads to where the expression ends; <see langword="null"/> if it is none or uncheckable.</summary>
    private Expression? Read()
    {
        if (Sum() is not { } value
            || !(Kind is null or TokenKind.Number or TokenKind.Open or TokenKind.Symbol || IsComparison())
            || (Kind == TokenKind.Symbol && _tokens[_position - 1].Kind != TokenKind.Word))
        {
            return null;
        }

        return new Expression(value.Share, value.Plain, _operands, _terms, _terms.Count == 1 ? _factors : [], _operators,
            !_guessed && _trailing <= MaxUnitWords);
    }

    private Pair? Sum()
    {
        Pair? left = Product();
        Term(left);
        while (left is { } a && Kind is TokenKind.Plus or TokenKind.Minus)
        {
            bool negative = _tokens[_position++].Kind == TokenKind.Minus;
            _operators++;
            Pair? right = negative ? Product()?.Negated() : Product();
            Term(right);
            left = right is { } b ? Pair.Of(a, b, Rational.Add) : null;
        }

        return left;
    }

    private readonly void Term(Pair? term)
    {
        if (_depth == 0 && term is { } value)
        {
            _terms.Add(value.Share);
        }
    }

    private Pair? Product()
    {
        Pair? left = Factor();
        AddFactor(left);
        bool divided = false;
        while (left is { } a && ((Kind is TokenKind.Times or TokenKind.Over && !IsComparison()) || IsImplicitProduct()))
        {
            TokenKind operation = _tokens[_position].Kind;
            if (operation != TokenKind.Open)
            {
                // 25 / 1/3 may divide by a third.
                _guessed |= _tokens[_position].Guessed || (divided && operation == TokenKind.Over);
                divided |= operation == TokenKind.Over;
                _position++;
            }

            _operators++;
            Pair? right = Factor();
            if (operation == TokenKind.Over)
            {
                right = right is { } divisor ? Pair.Of(Pair.One, divisor, Rational.Divide) : null;
            }

            AddFactor(right);
            left = right is { } b ? Pair.Of(a, b, Rational.Multiply) : null;
        }

        return left;
    }

    /// <summary>Whether a single number only compares: <c>6 times longer</c>.</summary>
    private readonly bool IsComparison() =>
        Kind == TokenKind.Times && _position == 1 && _position + 1 < _tokens.Length && _tokens[_position + 1].Kind == TokenKind.Word;

    private readonly void AddFactor(Pair? factor)
    {
        if (_depth == 0 && factor is { } value)
        {
            _factors.Add(value.Share);
        }
    }

    private Pair? Factor()
    {
        if (Kind is TokenKind.Minus or TokenKind.Plus)
        {
            bool negative = _tokens[_position++].Kind == TokenKind.Minus;
            return Kind is TokenKind.Minus or TokenKind.Plus || Factor() is not { } value
                ? null
                : negative ? value.Negated() : value;
        }

        Pair? primary = Primary();
        if (primary is { } power && Kind == TokenKind.Power)
        {
            _position++;
            _operators++;
            primary = Primary() is { } exponent ? Pair.Of(power, exponent, Rational.Power) : null;
        }

        SkipWords();
        return primary;
    }

    private Pair? Primary()
    {
        if (Kind == TokenKind.Number)
        {
            Token number = _tokens[_position++];
            _operands.Add(number);
            Pair? value = number.Percent
                ? Rational.Divide(number.Value, 100) is { } share ? new Pair(share, number.Value) : null
                : new Pair(number.Value, number.Value);
            bool mixed = Kind == TokenKind.Open && _tokens[_position].Fraction && number.Value.IsWhole;
            if (mixed || IsFractionAfter(number))
            {
                return value is { } whole && (mixed ? Parenthesis() : PlainFraction()) is { } fraction
                    ? Pair.Of(whole, fraction, Rational.Add)
                    : null;
            }

            return value;
        }

        return Kind == TokenKind.Open ? Parenthesis() : null;
    }

    /// <summary>Whether a whole number goes on as a mixed number: <c>1 3/4</c>.</summary>
    private readonly bool IsFractionAfter(Token whole) =>
        _position + 2 < _tokens.Length && whole is { Decimals: 0, Percent: false }
        && _tokens[_position] is { Kind: TokenKind.Number, Decimals: 0 }
        && _tokens[_position + 1].Kind == TokenKind.Over && _tokens[_position + 1].Start == _tokens[_position].End
        && _tokens[_position + 2] is { Kind: TokenKind.Number, Decimals: 0 };

    private Pair? PlainFraction()
    {
        (Token above, Token below) = (_tokens[_position], _tokens[_position + 2]);
        _position += 3;
        _operands.Add(above);
        _operands.Add(below);
        return Rational.Divide(above.Value, below.Value) is { } fraction ? new Pair(fraction, fraction) : null;
    }

    private Pair? Parenthesis()
    {
        if (++_depth > MaxDepth)
        {
            return null;
        }

        _position++;
        Pair? inner = Sum();
        _depth--;
        if (inner is null || Kind != TokenKind.Close)
        {
            return null;
        }

        _position++;
        return inner;
    }

    /// <summary>Skips units, and remarks in parentheses.</summary>
    private void SkipWords()
    {
        _trailing = 0;
        while (Kind is TokenKind.Word or TokenKind.Open)
        {
            int end = _position + 1;
            if (Kind == TokenKind.Open && !IsRemark(out end))
            {
                return;
            }

            // 10(X) and .1(Number of minutes) are products with an unknown.
            _guessed |= Kind == TokenKind.Open && _tokens[_position].Start == _tokens[_position - 1].End;
            _trailing++;
            _position = end;
        }
    }

    private readonly bool IsImplicitProduct() =>
        Kind == TokenKind.Open && _position > 0 && _tokens[_position - 1].Kind is TokenKind.Number or TokenKind.Close && !IsRemark(out _);

    /// <summary>Whether a parenthesis holds prose: <c>18 (remaining)</c>; an unknown alone is none: <c>2 (x - 3)</c>.</summary>
    private readonly bool IsRemark(out int end)
    {
        bool prose = false;
        int open = 0;
        for (end = _position; end < _tokens.Length; end++)
        {
            TokenKind kind = _tokens[end].Kind;
            prose |= kind == TokenKind.Word;
            open += kind == TokenKind.Open ? 1 : kind == TokenKind.Close ? -1 : 0;
            if (open == 0)
            {
                end++;
                return prose;
            }
        }

        return false;
    }

    /// <summary>A value in both readings of percent signs.</summary>
    private readonly record struct Pair(Rational Share, Rational Plain)
    {
        public static Pair One => new(1, 1);

        public Pair Negated() => new(Share.Negated(), Plain.Negated());

        public static Pair? Of(Pair a, Pair b, Func<Rational, Rational, Rational?> operation) =>
            operation(a.Share, b.Share) is { } share && operation(a.Plain, b.Plain) is { } plain ? new Pair(share, plain) : null;
    }
}

using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>
/// Finds expressions among tokens in which words may stand between, <c>3 eggs (brown) + 4 eggs</c>: where they begin and end, and which tokens
/// belong to them. What they mean says the <see cref="MathParser"/>. Each token is read a bounded number of times.
/// </summary>
internal ref struct ExpressionReader
{
    // Nested parentheses beyond this are not arithmetic anybody wrote for a reader.
    private const int MaxDepth = 16;

    // More words than this after a number are not its unit.
    private const int MaxUnitWords = 4;

    private readonly ReadOnlySpan<Token> _tokens;
    private readonly Stack<bool> _numerators = [];
    private readonly List<Token> _operands = [];
    private readonly List<MathToken> _written = [];
    private int _position;
    private int _operators;
    private bool _guessed;
    private int _trailing;

    private ExpressionReader(ReadOnlySpan<Token> tokens) => _tokens = tokens;

    /// <summary>The expression that a stretch of tokens begins with, as what follows an equals sign.</summary>
    public static Expression? Prefix(ReadOnlySpan<Token> tokens)
    {
        int start = 0;
        while (start < tokens.Length && tokens[start].Kind == TokenKind.Word)
        {
            start++;
        }

        ExpressionReader reader = new(tokens[start..]);
        return reader.Find() ? reader.Expression(start == 0 && reader._position == reader._tokens.Length) : null;
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

            ExpressionReader reader = new(tokens[start..]);
            if ((start > 0 && reader.Kind is not (TokenKind.Number or TokenKind.Open or TokenKind.Fraction)) || !reader.Find())
            {
                return null;
            }

            start += reader._position;
            if (start == tokens.Length)
            {
                return reader.Expression(trusted);
            }

            trusted = false;
        }
    }

    private readonly TokenKind? Kind => KindAt(0);

    private readonly Token Last => _tokens[_position - 1];

    private readonly TokenKind? KindAt(int count) => _position + count < _tokens.Length ? _tokens[_position + count].Kind : null;

    private readonly void Write(string sign) => _written.Add(new MathToken(MathTokenKind.Sign, sign, Spaced: false));

    /// <summary>The expression that was found; <see langword="null"/> where it is none, has no value, or is nested too deeply.</summary>
    private readonly Expression? Expression(bool trusted)
    {
        _written.Add(new MathToken(MathTokenKind.End, "", Spaced: true));
        try
        {
            MathExpression tree = ((ValueForm)MathParser.Read(_written)).Value;

            // 25 / 1/3 may divide by a third.
            bool guessed = _guessed || tree.All().OfType<Product>().Any(product => product.Factors.Count(IsDivisor) > 1);
            return new Expression(tree, _operands, _operators, trusted && !guessed && _trailing <= MaxUnitWords).Evaluated();
        }
        catch (Exception e) when (e is MalformedException or OutOfBoundsException)
        {
            return null;
        }
    }

    private static bool IsDivisor(MathExpression factor) => factor is Power { Exponent: Constant { Value: var exponent } } && exponent.Equals(-1);

    /// <summary>Reads to where an expression ends; whether there is one that can be checked.</summary>
    private bool Find()
    {
        do
        {
            if (!Operand())
            {
                return false;
            }
        }
        while (GoesOn());

        return _numerators.Count == 0
            && (Kind is null or TokenKind.Number or TokenKind.Fraction or TokenKind.Open || IsComparison()
                || (Kind == TokenKind.Symbol && Last.Kind == TokenKind.Word));
    }

    /// <summary>Reads what an operand begins with, up to its first number.</summary>
    private bool Operand()
    {
        bool signed = false;
        for (; Kind != TokenKind.Number; _position++)
        {
            TokenKind? kind = Kind;
            switch (kind)
            {
                case TokenKind.Plus or TokenKind.Minus when !signed:
                    Write(Sign(_tokens[_position]));
                    break;
                case TokenKind.Open when _numerators.Count < MaxDepth:
                    Write("(");
                    _numerators.Push(_position > 0 && Last.Kind == TokenKind.Fraction);
                    break;
                case TokenKind.Fraction:
                    _written.Add(new MathToken(MathTokenKind.Command, "frac", Spaced: true));
                    _operators++;
                    break;
                default:
                    return false;
            }

            signed = kind is TokenKind.Plus or TokenKind.Minus;
        }

        Token number = _tokens[_position++];
        _operands.Add(number);
        _written.Add(number.Percent
            ? new MathToken(MathTokenKind.Letter, Answers.Expression.Name(number), Spaced: true)
            : new MathToken(MathTokenKind.Number, "", Spaced: true) { Value = number.Value, Decorated = number.Decimals > 0 });
        return true;
    }

    private static string Sign(Token token) => token.Kind switch
    {
        TokenKind.Plus => "+",
        TokenKind.Minus => "-",
        TokenKind.Times => "*",
        TokenKind.Power => "^",
        _ => "/",
    };

    /// <summary>Reads what stands behind an operand; whether another has to follow.</summary>
    private bool GoesOn()
    {
        if (IsMixed())
        {
            return true;
        }

        while (Kind != TokenKind.Power)
        {
            SkipWords();
            if (Kind != TokenKind.Close || !_numerators.TryPop(out bool numerator))
            {
                break;
            }

            Write(")");
            _position++;
            if (numerator)
            {
                return true;
            }
        }

        if (Kind is TokenKind.Open or TokenKind.Fraction && Last.Kind is TokenKind.Number or TokenKind.Close)
        {
            _operators++;
            Write("*");
            return true;
        }

        bool goesOn = Kind is TokenKind.Plus or TokenKind.Minus or TokenKind.Times or TokenKind.Divide or TokenKind.Over or TokenKind.Power
            && !IsComparison();
        if (goesOn)
        {
            Token operation = _tokens[_position++];
            _guessed |= operation.Guessed;
            _operators++;
            Write(Sign(operation));
        }

        return goesOn;
    }

    /// <summary>Whether a single number only compares: <c>6 times longer</c>.</summary>
    private readonly bool IsComparison() => Kind == TokenKind.Times && _position == 1 && KindAt(1) == TokenKind.Word;

    /// <summary>Whether a whole number goes on with the fraction of a mixed number: <c>1 3/4</c>, <c>1\frac{3}{4}</c>.</summary>
    private readonly bool IsMixed() =>
        Last is { IsWhole: true, Decimals: 0, Percent: false } && (Kind == TokenKind.Fraction
            || (Kind == TokenKind.Number && KindAt(1) == TokenKind.Over && KindAt(2) == TokenKind.Number
                && _tokens[_position + 1].Start == _tokens[_position].End && _tokens[_position].Value.Numerator < _tokens[_position + 2].Value.Numerator));

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
}

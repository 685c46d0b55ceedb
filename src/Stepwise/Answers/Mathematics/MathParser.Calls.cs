namespace Stepwise.Answers.Mathematics;

/// <summary>This part reads functions and LaTeX commands with their arguments.</summary>
internal sealed partial class MathParser
{
    /// <summary>A function with its power, its base and its argument: <c>\sin^2 2x</c>, <c>\log_{10} 2</c>.</summary>
    private AnswerForm Call()
    {
        MathToken token = _tokens[_index++];
        MathExpression? logarithmBase = null, power = null;
        for (int i = 0; i < 2; i++)
        {
            if (Take("_"))
            {
                logarithmBase = ValueOf(Nested(Factor));
            }
            else if (Take("^"))
            {
                power = ValueOf(Nested(SignedFactor));
            }
        }

        if (token.Text is "log" && logarithmBase is null && Current is { Kind: MathTokenKind.Number, Spaced: false } digits && Ahead(1).Is("("))
        {
            logarithmBase = new Constant(digits.Value);
            _index++;
        }

        _angles++;
        List<MathExpression> arguments = Arguments(token.Function is Function.Binomial);
        _angles--;
        MathExpression value = new Application(token.Function, arguments);
        if (token.Text is "log" or "lg" && (logarithmBase is not null || token.Text is "lg"))
        {
            value = MathExpression.Quotient(value, new Application(Function.Log, [logarithmBase ?? new Constant(10)]));
        }

        return new ValueForm(power is null
            ? value
            : power is Constant { Value: var minus } && minus.Equals(-1) && Inverse(token.Function) is { } inverse
            ? new Application(inverse, arguments)
            : new Power(value, power));
    }

    private static Function? Inverse(Function function) => function switch
    {
        Function.Sin => Function.Arcsin,
        Function.Cos => Function.Arccos,
        Function.Tan => Function.Arctan,
        _ => null,
    };

    /// <summary>What stands in brackets behind a function's name; without brackets the factors that follow.</summary>
    private List<MathExpression> Arguments(bool two)
    {
        if (Current.Is("(") || Current.Is("{") || Current.Is("["))
        {
            AnswerForm inner = Bracketed(Current.Text);
            if (two)
            {
                return inner is SequenceForm { Parts: [var n, var k] } ? [ValueOf(n), ValueOf(k)] : throw Unexpected("expected two arguments");
            }

            return [ValueOf(Postfixed(inner))];
        }

        if (two)
        {
            throw Unexpected("expected two arguments in brackets");
        }

        List<MathExpression> factors = [ValueOf(SignedFactor())];
        while (Current.Kind is MathTokenKind.Number or MathTokenKind.Letter or MathTokenKind.Command || Current.Is("{") || IsDivided(factors))
        {
            factors.Add(Take("/") ? new Power(ValueOf(Factor()), new Constant(-1)) : ValueOf(Factor()));
        }

        return [factors.Count == 1 ? factors[0] : new Product(factors)];
    }

    /// <summary>Whether a divisor belongs to the argument, as in <c>sin π/3</c>: a number below π.</summary>
    private bool IsDivided(List<MathExpression> factors) =>
        Current.Is("/") && Ahead(1).Kind == MathTokenKind.Number && factors[^1] is Symbol { Name: "π" };

    private AnswerForm Command()
    {
        string name = _tokens[_index++].Text;
        switch (name)
        {
            case "frac":
                return new ValueForm(MathExpression.Quotient(Argument(), Argument()));
            case "binom":
                return new ValueForm(new Application(Function.Binomial, [Argument(), Argument()]));
            case "sqrt" when Take("["):
                MathExpression index = ValueOf(Sum());
                Expect("]");
                return new ValueForm(MathExpression.Root(Argument(), index));
            case "sqrt":
                return new ValueForm(MathExpression.Root(Argument(), new Constant(2)));
            case "cbrt":
                return new ValueForm(MathExpression.Root(Argument(), new Constant(3)));
            default:
                throw new OutOfBoundsException($"the command \\{name} is not read");
        }
    }

    /// <summary>The argument of a command: what is in braces or brackets, or one factor; of unbraced digits one each.</summary>
    private MathExpression Argument()
    {
        if (Current.Is("{") || Current.Is("("))
        {
            return ValueOf(Nested(() => Bracketed(Current.Text)));
        }

        if (Current is { Kind: MathTokenKind.Number, Decorated: false } digits && digits.Text.Length > 1 && _index > 0
            && _tokens[_index - 1] is { Kind: MathTokenKind.Command, Text: "frac" or "binom" })
        {
            // \frac12 is 1/2.
            _tokens[_index] = digits with
            {
                Text = digits.Text[1..],
                Value = Rational.Parse(digits.Text.AsSpan(1), out _) ?? throw new OutOfBoundsException("a number has too many digits")
            };
            return new Constant(digits.Text[0] - '0');
        }

        return ValueOf(Nested(() => Current.Kind == MathTokenKind.Command ? Command() : Current.Is("-") ? SignedFactor() : Postfixed(Primary())));
    }
}

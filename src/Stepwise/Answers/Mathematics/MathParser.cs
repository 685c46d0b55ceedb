namespace Stepwise.Answers.Mathematics;

/// <summary>
/// Reads the tokens of an answer. This part reads arithmetic; a number of tokens is looked ahead at, none is read twice, so that the work is
/// in proportion to the answer's length.
/// </summary>
internal sealed partial class MathParser
{
    private const int MaxDepth = 40;

    private readonly List<MathToken> _tokens;
    private int _index;
    private int _depth;
    private int _bars;
    private int _angles;

    private MathParser(List<MathToken> tokens) => _tokens = tokens;

    private MathToken Current => _tokens[_index];

    private MathToken Ahead(int count) => _tokens[Math.Min(_index + count, _tokens.Count - 1)];

    private bool Take(string sign)
    {
        if (!Current.Is(sign))
        {
            return false;
        }

        _index++;
        return true;
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
        {
            throw Unexpected($"expected {sign}");
        }
    }

    private MalformedException Unexpected(string expected) => new(
        $"found {(Current.Kind == MathTokenKind.End ? "the end" : $"\"{Current.Text}\"")}; {expected}");

    private static MathExpression ValueOf(AnswerForm form) => form switch
    {
        ValueForm { Percent: true } percent => MathExpression.Quotient(percent.Value, new Constant(100)),
        ValueForm value => value.Value,
        ListForm { Parts: [ValueForm value], Joiner: Joiner.Set } => value.Value,
        _ => throw new OutOfBoundsException("arithmetic with what is no number is not read"),
    };

    private AnswerForm Nested(Func<AnswerForm> read)
    {
        if (++_depth > MaxDepth)
        {
            throw new OutOfBoundsException("the answer is nested too deeply");
        }

        AnswerForm form = read();
        _depth--;
        return form;
    }

    private AnswerForm Sum()
    {
        AnswerForm first = Term();
        List<MathExpression>? terms = null;
        while (Current.Kind == MathTokenKind.Sign && Current.Text is "+" or "-" or "±" or "∓")
        {
            string sign = _tokens[_index++].Text;
            terms ??= [ValueOf(first)];
            MathExpression term = ValueOf(Term());
            terms.Add(Signed(sign, term));
        }

        return terms is null ? first : new ValueForm(new Sum(terms)) { Unit = (first as ValueForm)?.Unit };
    }

    private static MathExpression Signed(string sign, MathExpression term) => sign switch
    {
        "+" => term,
        "-" => MathExpression.Negated(term),
        _ => new Product([new EitherSign(sign is "∓"), term]),
    };

    private AnswerForm Term()
    {
        int signs = 0;
        List<string> either = [];
        while (Current.Kind == MathTokenKind.Sign && Current.Text is "+" or "-" or "±" or "∓")
        {
            signs += Current.Text is "-" ? 1 : 0;
            if (Current.Text is "±" or "∓")
            {
                either.Add(Current.Text);
            }

            _index++;
        }

        AnswerForm form = Product();
        if (signs % 2 == 0 && either.Count == 0)
        {
            return form;
        }

        MathExpression value = ValueOf(form);
        value = signs % 2 == 1 ? MathExpression.Negated(value) : value;
        value = either.Count > 0 ? Signed(either[0], value) : value;
        return form is ValueForm signed ? signed with { Value = value, Percent = false } : new ValueForm(value);
    }

    private AnswerForm Product()
    {
        AnswerForm first = Factor();
        if (!Continues())
        {
            return first;
        }

        List<MathExpression> factors = [Mixed(first)];
        while (Continues())
        {
            bool divides = Take("/");
            MathExpression factor = divides || Take("*") ? Mixed(SignedFactor()) : ValueOf(Factor());
            factors.Add(divides ? new Power(factor, new Constant(-1)) : factor);
        }

        return new ValueForm(factors.Count == 1 ? factors[0] : new Product(factors)) { Unit = (first as ValueForm)?.Unit };
    }

    /// <summary>A factor that may carry a sign: after × or /, as an exponent, as an argument.</summary>
    private AnswerForm SignedFactor()
    {
        bool negative = false;
        while (Current.Kind == MathTokenKind.Sign && Current.Text is "+" or "-")
        {
            negative ^= Current.Text is "-";
            _index++;
        }

        AnswerForm factor = Factor();
        return negative ? new ValueForm(MathExpression.Negated(ValueOf(factor))) : factor;
    }

    /// <summary>A factor with the fraction that makes it a mixed number, where one follows: 3 1/4 and 3\frac14 are sums.</summary>
    private MathExpression Mixed(AnswerForm factor)
    {
        bool whole = factor is ValueForm { Value: Constant { Value: { IsWhole: true, Numerator.Sign: >= 0 } }, Unit: null, Percent: false };
        return whole && Fraction() is { } fraction ? new Sum([ValueOf(factor), fraction]) : ValueOf(factor);
    }

    /// <summary>The fraction of a mixed number, where one follows: of plain numerals, the upper one smaller.</summary>
    private MathExpression? Fraction()
    {
        int start = _index;
        Rational? top = null, bottom = null;
        if (Current is { Kind: MathTokenKind.Command, Text: "frac" })
        {
            _index++;
            top = PlainArgument();
            bottom = top is null ? null : PlainArgument();
        }
        else if (Current is { Kind: MathTokenKind.Number, Decorated: false, Spaced: true } && Ahead(1).Is("/")
            && Ahead(2) is { Kind: MathTokenKind.Number, Decorated: false } below
            && !Ahead(3).Is("^"))
        {
            (top, bottom) = (Current.Value, below.Value);
            _index += 3;
        }

        if (top is { } a && bottom is { } b && a.Numerator > 0 && a.Numerator < b.Numerator)
        {
            return MathExpression.Quotient(new Constant(a), new Constant(b));
        }

        _index = start;
        return null;
    }

    private Rational? PlainArgument()
    {
        if (Current is { Kind: MathTokenKind.Number } digits)
        {
            // \frac14: a digit each.
            if (digits.Text.Length == 2 && digits.Text.All(char.IsAsciiDigit))
            {
                _tokens[_index] = digits with { Text = digits.Text[1..], Value = digits.Text[1] - '0' };
                _tokens.Insert(_index, digits with { Text = digits.Text[..1], Value = digits.Text[0] - '0' });
            }

            return _tokens[_index++].Value;
        }

        if ((Current.Is("{") || Current.Is("(")) && Ahead(1) is { Kind: MathTokenKind.Number, Decorated: false } number
            && Ahead(2).Is(Current.Is("{") ? "}" : ")"))
        {
            _index += 3;
            return number.Value;
        }

        return null;
    }

    /// <summary>Whether another factor follows, with a sign or without.</summary>
    private bool Continues() => Current.Kind switch
    {
        MathTokenKind.Sign when Current.Text is "*" => true,
        MathTokenKind.Sign when Current.Text is "/" => !IsUnitWord(Ahead(1)),
        MathTokenKind.Sign when Current.Text is "|" => _bars == 0 && StartsFactor(Ahead(1)),
        MathTokenKind.Sign when Current.Text is "⟨" => false,
        MathTokenKind.Sign when Current.Text is "[" => !Current.Spaced,
        MathTokenKind.Letter => !IsUnitLetter(),
        MathTokenKind.Word => IsLetters(Current),
        _ => StartsFactor(Current),
    };

    private static bool StartsFactor(MathToken token) => token.Kind switch
    {
        MathTokenKind.Number or MathTokenKind.Letter or MathTokenKind.Function or MathTokenKind.Command => true,
        MathTokenKind.Sign => token.Text is "(" or "{" or "|" or "|(" or "⌊" or "⌈" or "-" && token.Text is not "-",
        _ => false,
    };

    /// <summary>Whether a run of letters may be a product of variables: two, or more that are neighbours in the alphabet.</summary>
    private static bool IsVariables(MathToken token) =>
        token is { Kind: MathTokenKind.Word, InText: false, Text.Length: 2 or 3 or 4 } && token.Text.All(char.IsAsciiLetter)
        && (token.Text.Length == 2 || token.Text.Zip(token.Text[1..]).All(pair => pair.Second - pair.First is 1 or 2));

    /// <summary>Whether letters behind a value multiply it: they are no unit and no word.</summary>
    private static bool IsLetters(MathToken token) => IsVariables(token) && !Unit.IsKnown(token.Text) && !(token.Spaced && IsCommon(token.Text));

    /// <summary>Whether a run of letters behind a value is a word and no product of variables.</summary>
    private static bool IsCommon(string word) =>
        word.ToLowerInvariant()
            is "to" or "of" or "is" or "in" or "by" or "at" or "an" or "as" or "if" or "so" or "no" or "on" or "it" or "we" or "he" or "or" or "up" or "my";

    private static bool IsUnitWord(MathToken token) =>
        (token.Kind == MathTokenKind.Word && (token.InText || Unit.IsKnown(token.Text))) || (token.Kind == MathTokenKind.Letter && token.InText);

    /// <summary>Whether a letter behind a number names its unit: in a text always; else only where it stands apart and nothing follows.</summary>
    private bool IsUnitLetter() =>
        Current.Kind == MathTokenKind.Letter && _index > 0 && (Current.InText
            ? Unit.IsLetter(Current.Text)
            : Unit.IsLetter(Current.Text) && Current.Spaced && _tokens[_index - 1].Kind == MathTokenKind.Number
                && Ahead(1).Kind is MathTokenKind.End or MathTokenKind.Number);

    private AnswerForm Factor()
    {
        AnswerForm form = Postfixed(Primary());
        if (!Current.Is("^"))
        {
            return form;
        }

        _index++;
        if (IsDegree())
        {
            return form is ValueForm angle ? Degrees(angle) : throw Unexpected("expected a number before degrees");
        }

        MathExpression exponent = ValueOf(Nested(SignedFactor));
        return Postfixed(new ValueForm(new Power(ValueOf(form), exponent)) { Unit = (form as ValueForm)?.Unit });
    }

    private bool IsDegree()
    {
        bool braced = (Current.Is("{") || Current.Is("(")) && Ahead(1).Is("°") && (Ahead(2).Is("}") || Ahead(2).Is(")"));
        if (!braced && !Current.Is("°"))
        {
            return false;
        }

        _index += braced ? 3 : 1;
        return true;
    }

    /// <summary>An angle in degrees: in the argument of a function its value in radians, else a value with a unit.</summary>
    private ValueForm Degrees(ValueForm angle) => _angles > 0
        ? new ValueForm(new Product([angle.Value, new Symbol("π"), new Constant(Rational.Create(1, 180)!.Value)]))
        : angle with { Unit = Unit.Read(["°"]) };

    private AnswerForm Postfixed(AnswerForm form)
    {
        while (Current.Kind == MathTokenKind.Sign && Current.Text is "!" or "°")
        {
            if (Current.Is("!") && Ahead(1).Is("!"))
            {
                throw new OutOfBoundsException("a double factorial is not read");
            }

            form = _tokens[_index++].Text is "!"
                ? new ValueForm(new Application(Function.Factorial, [ValueOf(form)]))
                : form is ValueForm angle ? Degrees(angle) : throw Unexpected("expected a number before degrees");
        }

        return form;
    }

    private AnswerForm Primary()
    {
        MathToken token = Current;
        switch (token.Kind)
        {
            case MathTokenKind.Number:
                _index++;
                return new ValueForm(new Constant(token.Value));
            case MathTokenKind.Letter:
                return Named();
            case MathTokenKind.Word when IsVariables(token)
                && (!IsCommon(token.Text) || (!token.Spaced && _index > 0)
                    || (_index > 0 && _tokens[_index - 1] is { Kind: MathTokenKind.Sign, Text: "-" or "+" or "*" or "/" or "^" or "(" or "{" })):
                _index++;
                return new ValueForm(new Product([.. token.Text.Select(c => new Symbol(c.ToString()))]));
            case MathTokenKind.Word when token is { InText: false, Text.Length: >= 3 and <= 5 } && token.Text.All(char.IsAsciiLetterUpper)
                && !Unit.IsKnown(token.Text):
                // The name of a triangle, or of a quantity.
                _index++;
                return new ValueForm(new Symbol(token.Text));
            case MathTokenKind.Function:
                return new ValueForm(Nested(Call) is ValueForm { Value: var value } ? value : MathExpression.One);
            case MathTokenKind.Command:
                return Nested(Command);
            case MathTokenKind.Begin:
                return Nested(Environment);
            case MathTokenKind.Sign:
                return Bracketed(token.Text);
            default:
                throw Unexpected("expected a value");
        }
    }

    private AnswerForm Named()
    {
        string name = _tokens[_index++].Text;
        if (name is "C" or "P" && Current is { Text: "(", Spaced: false } && Nested(() => Bracketed("(")) is { } arguments)
        {
            return arguments is SequenceForm { Parts: [ValueForm n, ValueForm k], Open: "(", Close: ")" } && name is "C"
                ? new ValueForm(new Application(Function.Binomial, [n.Value, k.Value]))
                : arguments is SequenceForm ? arguments : new ValueForm(new Product([new Symbol(name), ValueOf(arguments)]));
        }

        // A point with its name: P(1, 2).
        bool named = name.Length == 1 && char.IsAsciiLetterUpper(name[0]) && Current.Is("(");
        return named && Nested(() => Bracketed("(")) is { } inner
            ? inner is SequenceForm ? inner : new ValueForm(new Product([new Symbol(name), ValueOf(inner)]))
            : new ValueForm(new Symbol(name));
    }

    /// <summary>What stands in bars.</summary>
    private ValueForm Bars(string close)
    {
        int outer = _bars;
        _bars = close is "|" ? 1 : 0;
        AnswerForm inner = Sum();
        Expect(close);
        _bars = outer;
        return new ValueForm(new Application(Function.Abs, [ValueOf(inner)]));
    }

    private ValueForm Rounded(Function function, string close)
    {
        int outer = _bars;
        _bars = 0;
        AnswerForm inner = Sum();
        Expect(close);
        _bars = outer;
        return new ValueForm(new Application(function, [ValueOf(inner)]));
    }
}

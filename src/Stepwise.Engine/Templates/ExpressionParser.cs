using System.Globalization;

namespace Stepwise.Engine.Templates;

/// <summary>
/// Reads expressions. From the loosest binding to the tightest: <c>if else</c>, <c>or</c>, <c>and</c>, <c>not</c>, comparisons,
/// <c>+ -</c>, <c>~</c>, <c>* // %</c>, signs, filters and tests, attributes, items and calls.
/// </summary>
internal sealed class ExpressionParser(TokenReader tokens)
{
    private static readonly Dictionary<string, BinaryOperator> Sums = new(StringComparer.Ordinal)
    {
        ["+"] = Operators.Add,
        ["-"] = Operators.Subtract,
    };

    private static readonly Dictionary<string, BinaryOperator> Joins = new(StringComparer.Ordinal) { ["~"] = Operators.Join };

    private static readonly Dictionary<string, BinaryOperator> Products = new(StringComparer.Ordinal)
    {
        ["*"] = Operators.Multiply,
        ["//"] = Operators.Divide,
        ["%"] = Operators.Remainder,
    };

    private static readonly Dictionary<string, ComparisonOperator> Comparisons = new(StringComparer.Ordinal)
    {
        ["=="] = Operators.Equal,
        ["!="] = Operators.NotEqual,
        ["<"] = Operators.Less,
        ["<="] = Operators.LessOrEqual,
        [">"] = Operators.Greater,
        [">="] = Operators.GreaterOrEqual,
    };

    /// <summary>An expression.</summary>
    public Expression Read() => tokens.Nested(() =>
    {
        Expression value = ReadOr();
        while (tokens.SkipName("if"))
        {
            Expression condition = ReadOr();
            value = new Expression.Conditional(value.Line, value, condition, tokens.SkipName("else") ? Read() : null);
        }

        return value;
    });

    /// <summary>An expression without <c>if else</c>, as conditions and what a loop goes over are.</summary>
    public Expression ReadOr()
    {
        Expression left = ReadAnd();
        while (tokens.SkipName("or"))
        {
            left = new Expression.Or(left.Line, left, ReadAnd());
        }

        return left;
    }

    /// <summary>Expressions with commas between them are a list.</summary>
    public Expression ReadTuple()
    {
        Expression first = Read();
        return tokens.AtOperator(",") ? RestOfTuple(first) : first;
    }

    private Expression.List RestOfTuple(Expression first)
    {
        List<Expression> items = [first];
        while (tokens.SkipOperator(",") && tokens.Current.Kind is not (TokenKind.TagEnd or TokenKind.OutputEnd) && !tokens.AtOperator(")"))
        {
            items.Add(Read());
        }

        return new Expression.List(first.Line, items);
    }

    private Expression ReadAnd()
    {
        Expression left = ReadNot();
        while (tokens.SkipName("and"))
        {
            left = new Expression.And(left.Line, left, ReadNot());
        }

        return left;
    }

    private Expression ReadNot()
    {
        int line = tokens.Current.Line;
        return tokens.SkipName("not") ? new Expression.Not(line, tokens.Nested(ReadNot)) : ReadComparison();
    }

    private Expression ReadComparison()
    {
        Expression first = ReadBinary(Sums, ReadJoin);
        List<(ComparisonOperator, Expression)> links = [];
        while (ComparisonAhead() is { } comparison)
        {
            links.Add((comparison, ReadBinary(Sums, ReadJoin)));
        }

        return links.Count > 0 ? new Expression.Comparison(first.Line, first, links) : first;
    }

    private ComparisonOperator? ComparisonAhead()
    {
        if (tokens.Current.Kind == TokenKind.Operator && Comparisons.TryGetValue(tokens.Current.Text, out ComparisonOperator? comparison))
        {
            tokens.Take();
            return comparison;
        }

        if (tokens.SkipName("in"))
        {
            return Operators.In;
        }

        if (tokens.SkipName("not"))
        {
            return tokens.SkipName("in") ? Operators.NotIn : throw tokens.Unexpected("\"in\" after \"not\"");
        }

        return null;
    }

    private Expression ReadJoin() => ReadBinary(Joins, () => ReadBinary(Products, () => ReadSigned(filters: true)));

    private Expression ReadBinary(Dictionary<string, BinaryOperator> operators, Func<Expression> operand)
    {
        Expression left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && operators.TryGetValue(tokens.Current.Text, out BinaryOperator? operation))
        {
            tokens.Take();
            left = new Expression.Binary(left.Line, operation, left, operand());
        }

        return tokens.AtOperator("/") || tokens.AtOperator("**")
            ? throw tokens.Unsupported($"the operator {tokens.Current.Description}")
            : left;
    }

    private Expression ReadSigned(bool filters)
    {
        int line = tokens.Current.Line;
        Expression value = tokens.SkipOperator("-")
            ? new Expression.Negative(line, tokens.Nested(() => ReadSigned(filters: false)))
            : ReadPostfix(ReadPrimary());
        return filters ? ReadFilters(value) : value;
    }

    private Expression ReadPrimary()
    {
        Token token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return Named(token);
            case TokenKind.Text:
                return ReadText();
            case TokenKind.Integer:
                return ReadInteger();
            case TokenKind.Operator when tokens.SkipOperator("("):
                return ReadBracketed(token.Line);
            case TokenKind.Operator when tokens.SkipOperator("["):
                return new Expression.List(token.Line, ReadItems("]", Read));
            case TokenKind.Operator when tokens.SkipOperator("{"):
                return new Expression.Map(token.Line, ReadItems("}", ReadEntry));
            default:
                throw tokens.Unexpected("a value");
        }
    }

    private static Expression Named(Token name) => name.Text switch
    {
        "true" or "True" => new Expression.Constant(name.Line, true),
        "false" or "False" => new Expression.Constant(name.Line, false),
        "none" or "None" => new Expression.Constant(name.Line, null),
        _ => new Expression.Name(name.Line, name.Text),
    };

    /// <summary>Quoted texts behind each other are one.</summary>
    private Expression.Constant ReadText()
    {
        Token first = tokens.Take();
        string text = first.Text;
        while (tokens.Current.Kind == TokenKind.Text)
        {
            text += tokens.Take().Text;
        }

        return new Expression.Constant(first.Line, text);
    }

    private Expression.Constant ReadInteger()
    {
        Token digits = tokens.Take();
        return long.TryParse(digits.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? new Expression.Constant(digits.Line, value)
            : throw tokens.Error(digits.Line, $"the number {digits.Description} is too large");
    }

    private Expression ReadBracketed(int line)
    {
        if (tokens.SkipOperator(")"))
        {
            return new Expression.List(line, []);
        }

        Expression value = ReadTuple();
        tokens.ExpectOperator(")");
        return value;
    }

    private (Expression Key, Expression Value) ReadEntry()
    {
        Expression key = Read();
        tokens.ExpectOperator(":");
        return (key, Read());
    }

    private List<T> ReadItems<T>(string end, Func<T> read)
    {
        List<T> items = [];
        while (!tokens.SkipOperator(end))
        {
            if (items.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.SkipOperator(end))
                {
                    break;
                }
            }

            items.Add(read());
        }

        return items;
    }

    private Expression ReadPostfix(Expression value)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.SkipOperator("."))
            {
                value = (tokens.Current.Kind, value) switch
                {
                    (TokenKind.Integer, Expression.Constant) => throw tokens.Unsupported("a number with a fraction"),
                    (TokenKind.Integer, _) => new Expression.Item(line, value, ReadInteger()),
                    _ => new Expression.Attribute(line, value, tokens.Expect(TokenKind.Name, "a name").Text),
                };
            }
            else if (tokens.SkipOperator("["))
            {
                value = ReadSubscript(line, value);
            }
            else if (tokens.AtOperator("("))
            {
                value = new Expression.Call(line, value, ReadArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ReadSubscript(int line, Expression value)
    {
        Expression? start = tokens.AtOperator(":") ? null : Read();
        if (start is not null && tokens.SkipOperator("]"))
        {
            return new Expression.Item(line, value, start);
        }

        tokens.ExpectOperator(":");
        Expression? stop = tokens.AtOperator(":") || tokens.AtOperator("]") ? null : Read();
        Expression? step = tokens.SkipOperator(":") && !tokens.AtOperator("]") ? Read() : null;
        tokens.ExpectOperator("]");
        return new Expression.Slice(line, value, start, stop, step);
    }

    private Expression ReadFilters(Expression value)
    {
        while (true)
        {
            int line = tokens.Current.Line;
            if (tokens.SkipOperator("|"))
            {
                string filter = tokens.Expect(TokenKind.Name, "a filter's name").Text;
                value = new Expression.Filter(line, value, filter, tokens.AtOperator("(") ? ReadArguments() : CallArguments.None);
            }
            else if (tokens.SkipName("is"))
            {
                value = ReadTest(line, value);
            }
            else if (tokens.AtOperator("("))
            {
                value = new Expression.Call(line, value, ReadArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ReadTest(int line, Expression value)
    {
        bool negated = tokens.SkipName("not");
        string name = tokens.Expect(TokenKind.Name, "a test's name").Text;
        Expression test = new Expression.Test(line, value, name, ReadTestArguments());
        return negated ? new Expression.Not(line, test) : test;
    }

    /// <summary>A test's only argument may stand without brackets: <c>x is divisibleby 3</c>.</summary>
    private CallArguments ReadTestArguments()
    {
        if (tokens.AtOperator("("))
        {
            return ReadArguments();
        }

        bool argument = tokens.Current.Kind switch
        {
            TokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and" or "is" or "if"),
            TokenKind.Text or TokenKind.Integer => true,
            _ => tokens.AtOperator("[") || tokens.AtOperator("{"),
        };
        return argument ? new CallArguments([ReadPostfix(ReadPrimary())], []) : CallArguments.None;
    }

    private CallArguments ReadArguments()
    {
        tokens.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string Name, Expression Value)> named = [];
        ReadItems(")", ReadArgument);
        return new CallArguments(positional, named);

        bool ReadArgument()
        {
            if (tokens.AtOperator("*") || tokens.AtOperator("**"))
            {
                throw tokens.Unsupported($"the argument {tokens.Current.Description} of a call");
            }

            Expression value = Read();
            bool isNamed = value is Expression.Name && tokens.SkipOperator("=");
            if (isNamed)
            {
                string name = ((Expression.Name)value).Id;
                if (named.Exists(n => string.Equals(n.Name, name, StringComparison.Ordinal)))
                {
                    throw tokens.Error($"the argument \"{name}\" is given twice");
                }

                named.Add((name, Read()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Error("an argument without a name stands behind one with a name");
            }
            else
            {
                positional.Add(value);
            }

            return isNamed;
        }
    }
}

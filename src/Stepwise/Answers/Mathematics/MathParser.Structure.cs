namespace Stepwise.Answers.Mathematics;

/// <summary>This part reads what values make up: lists, points, intervals, sets, matrices, relations, and values with units.</summary>
internal sealed partial class MathParser
{
    /// <summary>Reads a whole answer.</summary>
    /// <exception cref="MalformedException">It is no mathematics.</exception>
    /// <exception cref="OutOfBoundsException">It is of a kind that is not read, or nested too deeply.</exception>
    public static AnswerForm Read(List<MathToken> tokens)
    {
        MathParser parser = new(tokens);
        AnswerForm form = parser.List(Joiner.And);
        return parser.Current.Kind == MathTokenKind.End ? form : throw parser.Unexpected("expected the end of the answer");
    }

    /// <summary>Parts after commas, semicolons, "and" and "or"; one part alone is no list.</summary>
    private AnswerForm List(Joiner joiner)
    {
        while (Separates())
        {
            _index++;
        }

        List<AnswerForm> parts = [Nested(Clause)];
        while (Separates())
        {
            while (Separates())
            {
                joiner = Current.Is("or") ? Joiner.Or : joiner;
                _index++;
            }

            if (Current.Kind != MathTokenKind.End)
            {
                parts.Add(Nested(Clause));
            }
        }

        return parts.Count == 1 ? parts[0] : new ListForm(parts, joiner);
    }

    private bool Separates() => Current.Kind == MathTokenKind.Sign && Current.Text is "," or ";" or "and" or "or" or "\\\\" or "&";

    /// <summary>A value, or a chain of relations.</summary>
    private AnswerForm Clause()
    {
        AnswerForm first = Side();
        if (Relation() is null)
        {
            return first;
        }

        List<AnswerForm> sides = [first];
        List<string> relations = [];
        while (Relation() is { } relation)
        {
            relations.Add(relation);
            _index++;
            sides.Add(Side());
        }

        return new RelationForm(sides, relations);
    }

    private string? Relation() => Current.Kind == MathTokenKind.Sign && Current.Text is "=" or "<" or ">" or "<=" or ">=" or "!=" or "~=" or "∈"
        ? Current.Text : null;

    private AnswerForm Side()
    {
        AnswerForm left = Quantity();
        while (Current.Kind == MathTokenKind.Sign && Current.Text is "∪" or "∩" or "∖")
        {
            string operation = _tokens[_index++].Text;
            left = new SetOperationForm(operation, left, Quantity());
        }

        return left;
    }

    /// <summary>A value with what stands behind it: a percent sign, a unit, another part of a duration, the other terms of a ratio.</summary>
    private AnswerForm Quantity()
    {
        bool currency = Take("$");
        bool negative = !currency && Current.Is("-") && Ahead(1).Is("$");
        _index += negative ? 2 : 0;
        AnswerForm form = Sum();
        if (form is not ValueForm value)
        {
            return form;
        }

        value = negative ? value with { Value = MathExpression.Negated(value.Value) } : value;
        value = currency || negative ? value with { Unit = Unit.Read(["$"]) } : value;
        if (Take("%"))
        {
            value = value with { Percent = true };
        }
        else if (Current is { Kind: MathTokenKind.Word } word && word.Text.ToLowerInvariant() is "percent" or "pct" or "percentage")
        {
            _index++;
            value = value with { Percent = true };
        }

        if (Current.Is(":") || Current is { Kind: MathTokenKind.Sign, Text: "→" } or { Kind: MathTokenKind.Word, Text: "to" })
        {
            return Ratio(value);
        }

        value = Measured(value);
        return value.Unit?.Dimension is not null && (Current.Kind == MathTokenKind.Number || IsContinued(value.Unit)) ? Compound(value, value.Unit) : value;
    }

    /// <summary>Whether "and" or a comma goes on with a smaller unit of the same kind: 2 hours and 30 minutes.</summary>
    private bool IsContinued(Unit unit) =>
        (Current.Is("and") || Current.Is(",")) && Ahead(1).Kind == MathTokenKind.Number && Ahead(2).Kind is MathTokenKind.Word or MathTokenKind.Letter
        && Unit.Read([Ahead(2).Text]) is { Dimension: { } dimension } next && string.Equals(dimension, unit.Dimension, StringComparison.Ordinal)
        && Rational.Subtract(next.Size, unit.Size) is { Numerator.Sign: < 0 };

    private static Rational? Multiplier(string word) => word switch
    {
        "dozen" => 12,
        "hundred" => 100,
        "thousand" => 1000,
        "million" => 1_000_000,
        "billion" => 1_000_000_000,
        "trillion" => Rational.Create(1_000_000_000_000, 1),
        _ => null,
    };

    private RatioForm Ratio(ValueForm first)
    {
        List<MathExpression> terms = [first.Value];
        while (Take(":") || Take("→") || Current is { Kind: MathTokenKind.Word, Text: "to" })
        {
            _index += Current is { Kind: MathTokenKind.Word, Text: "to" } ? 1 : 0;
            terms.Add(ValueOf(Sum()));
        }

        return new RatioForm(terms);
    }

    private ValueForm Measured(ValueForm value)
    {
        List<string> words = [];
        bool lettered = _index > 0 && _tokens[_index - 1].Kind == MathTokenKind.Letter;
        while (Current is { Kind: MathTokenKind.Word, Text: var name } && Multiplier(name) is { } factor)
        {
            value = value with { Value = new Product([value.Value, new Constant(factor)]) };
            _index++;
        }

        while (true)
        {
            if (Current.Kind == MathTokenKind.Word || IsUnitLetter() || (words.Count > 0 && words[^1] is "/" or "per" && Current.Kind == MathTokenKind.Letter)
                || (words.Count > 0 && Current.Kind == MathTokenKind.Letter && Current.InText))
            {
                words.Add(_tokens[_index++].Text);
            }
            else if (Current.Is("/") && (IsUnitWord(Ahead(1)) || (words.Count > 0 && Ahead(1).Kind is MathTokenKind.Letter or MathTokenKind.Word)))
            {
                words.Add("/");
                _index++;
            }
            else if (words.Count > 0 && Current.Is("*") && Ahead(1).Kind is MathTokenKind.Word or MathTokenKind.Letter)
            {
                words.Add("*");
                _index++;
            }
            else if (words.Count > 0 && Take("^"))
            {
                words.Add($"^{ValueOf(Nested(SignedFactor))}");
            }
            else if (words.Count > 0 && Current.Is("$"))
            {
                _index++;
            }
            else
            {
                break;
            }
        }

        if (words.Exists(word =>
            IsCommon(word) && word is not "in" || Vocabulary.IsAfter(word) || Vocabulary.IsContrast(word) || word is "wrong" or "was" or "are" or "above"))
        {
            throw new MalformedException("words that change a number or say something of it");
        }

        if (words.Count == 0)
        {
            return value;
        }

        Unit unit = Unit.Read(words);
        return lettered && unit.Dimension is null ? throw new MalformedException("words behind a letter") : value with { Unit = unit };
    }

    /// <summary>Several amounts of one dimension: 2 hours 30 minutes.</summary>
    private ValueForm Compound(ValueForm first, Unit unit)
    {
        List<MathExpression> terms = [Scaled(first)];
        string name = unit.Name;
        while (Current.Kind == MathTokenKind.Number || IsContinued(unit))
        {
            _ = Take("and") || Take(",");
            ValueForm next = Measured(new ValueForm(ValueOf(Sum())));
            if (next.Unit is not { Dimension: not null } || !string.Equals(next.Unit.Dimension, unit.Dimension, StringComparison.Ordinal))
            {
                throw new MalformedException("two amounts of different kinds stand side by side");
            }

            terms.Add(Scaled(next));
            name = $"{name} {next.Unit.Name}";
        }

        return new ValueForm(new Sum(terms)) { Unit = new Unit(name, unit.Dimension, 1) };

        static MathExpression Scaled(ValueForm value) => new Product([value.Value, new Constant(value.Unit!.Size)]);
    }

    private AnswerForm Bracketed(string open)
    {
        switch (open)
        {
            case "(" or "[" or "]":
                return Nested(() => Sequence(open));
            case "{" or "{(":
                return Nested(() => Braces(open));
            case "⟨":
                return Nested(() => Sequence(open));
            case "|":
                _index++;
                return Nested(() => Bars("|"));
            case "|(":
                _index++;
                return Nested(() => Bars("|)"));
            case "⌊":
                _index++;
                return Nested(() => Rounded(Function.Floor, "⌋"));
            case "⌈":
                _index++;
                return Nested(() => Rounded(Function.Ceiling, "⌉"));
            case "∅":
                _index++;
                return new NothingForm(NothingForm.NoSolution);
            case "±" or "∓":
                return Term();
            case "∞":
                _index++;
                return new ValueForm(MathExpression.Infinity);
            default:
                throw Unexpected("expected a value");
        }
    }

    private AnswerForm Sequence(string open)
    {
        int outer = _bars;
        _bars = 0;
        _index++;
        if (Take(")") && open is "(")
        {
            throw new MalformedException("empty brackets");
        }

        List<AnswerForm> parts = [Nested(Clause)];
        while (Separates())
        {
            _index++;
            parts.Add(Nested(Clause));
        }

        string close = Current.Text;
        bool closes = Current.Kind == MathTokenKind.Sign && (open is "⟨" ? close is "⟩" : close is ")" or "]" or "[");
        if (!closes)
        {
            throw Unexpected("expected a closing bracket");
        }

        _index++;
        _bars = outer;

        // ]a, b[ are the ends of an open interval.
        (open, close) = (open is "]" ? "(" : open, close is "[" ? ")" : close);
        return parts.Count == 1 ? parts[0] : new SequenceForm(open, parts, close);
    }

    /// <summary>A group of LaTeX, or a set: braces that are written, a comma in them, or nothing.</summary>
    private AnswerForm Braces(string open)
    {
        int outer = _bars;
        _bars = 0;
        _index++;
        string close = open is "{" ? "}" : ")}";
        if (Take(close))
        {
            _bars = outer;
            return open is "{(" || Current.Kind == MathTokenKind.End ? new NothingForm(NothingForm.NoSolution) : new ValueForm(MathExpression.One);
        }

        bool described = Current.Kind == MathTokenKind.Letter
            && ((Ahead(1).Kind == MathTokenKind.Sign && Ahead(1).Text is "|" or ":") || (Ahead(1).Is("∈") && Ahead(3).Is("|")));
        if (described)
        {
            _index += Ahead(1).Is("∈") ? 4 : 2;
        }

        AnswerForm inner = Chosen(List(Joiner.Set));
        Expect(close);
        _bars = outer;
        return described || (inner is not ListForm && open is "{") ? inner : inner is ListForm ? inner : new ListForm([inner], Joiner.Set);
    }

    /// <summary>The old form of a binomial coefficient or a fraction: <c>{n \choose k}</c>.</summary>
    private AnswerForm Chosen(AnswerForm upper)
    {
        if (Take("choose"))
        {
            return new ValueForm(new Application(Function.Binomial, [ValueOf(upper), ValueOf(Sum())]));
        }

        return Take("over") ? new ValueForm(MathExpression.Quotient(ValueOf(upper), ValueOf(Sum()))) : upper;
    }

    /// <summary>A matrix, or the cases of a list.</summary>
    private AnswerForm Environment()
    {
        string name = _tokens[_index++].Text;
        bool matrix = name.EndsWith("matrix", StringComparison.Ordinal) || name is "array";
        if (!matrix && name is not ("cases" or "aligned" or "align" or "gathered" or "equation" or "split"))
        {
            throw new OutOfBoundsException($"the environment {name} is not read");
        }

        if (!matrix)
        {
            AnswerForm list = List(Joiner.And);
            Finish(name);
            return list;
        }

        List<IReadOnlyList<AnswerForm>> rows = [];
        List<AnswerForm> row = [];
        while (Current.Kind != MathTokenKind.Finish)
        {
            row.Add(Nested(Clause));
            if (Take("&"))
            {
                continue;
            }

            rows.Add(row);
            row = [];
            if (!Take("\\\\") && Current.Kind != MathTokenKind.Finish)
            {
                throw Unexpected("expected the next entry of a matrix");
            }
        }

        Finish(name);
        return name is "vmatrix" ? throw new OutOfBoundsException("a determinant is not read") : new MatrixForm(rows);
    }

    private void Finish(string name)
    {
        if (Current.Kind != MathTokenKind.Finish || !string.Equals(Current.Text, name, StringComparison.Ordinal))
        {
            throw Unexpected($"expected the end of {name}");
        }

        _index++;
    }
}

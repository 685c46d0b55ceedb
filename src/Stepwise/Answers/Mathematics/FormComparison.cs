namespace Stepwise.Answers.Mathematics;

/// <summary>Whether two answers are the same, by what they are.</summary>
/// <remarks>
/// Sets, lists of solutions and unions are without order; points, vectors, matrices and ratios have one. An interval is the inequality that
/// describes it; an equation of a curve is any multiple of it; the name on the left of a value does not matter. A unit, a degree sign or a base that
/// one side leaves out does not matter either, but two that differ do. A percentage may be written as a share.
/// </remarks>
/// <param name="budget">Bounds the work.</param>
internal sealed class FormComparison(Budget budget)
{
    /// <summary>Compares two answers.</summary>
    /// <exception cref="OutOfBoundsException">It cannot be said within the bounds.</exception>
    /// <exception cref="UndefinedException">One has no value.</exception>
    public Finding Compare(AnswerForm reference, AnswerForm answer)
    {
        budget.Spend(2);
        (AnswerForm a, AnswerForm b) = (Settled(reference), Settled(answer));
        return (a, b) switch
        {
            (NothingForm x, NothingForm y) => Same(x.Kind, y.Kind, "the same statement", "another statement"),
            (ChoiceForm x, ChoiceForm y) => x.Letter == y.Letter ? Finding.Equal("the same choice") : Finding.Different("another choice"),
            (ChoiceForm x, _) => Single(x, b),
            (_, ChoiceForm y) => Single(y, a),
            (WordsForm x, WordsForm y) => Same(x.Words, y.Words, "the same words", "other words"),
            (WordsForm or NothingForm, _) => Absent(a, b),
            (_, WordsForm or NothingForm) => Absent(b, a),
            (NumeralForm x, NumeralForm y) =>
                Same($"{x.Digits} {x.Base}", $"{y.Digits} {y.Base}", "the same numeral in the same base", "another numeral or another base"),
            (NumeralForm x, ValueForm { Value: Constant c }) => Unmarked(x, c),
            (ValueForm { Value: Constant c }, NumeralForm y) => Unmarked(y, c),
            (ClockForm x, ClockForm y) => Clock(x, y),
            (ClockForm x, _) => Compare(AsRatio(x), b),
            (_, ClockForm y) => Compare(a, AsRatio(y)),
            (RatioForm x, RatioForm y) => Ratio(x, y),
            (RatioForm x, ValueForm y) => Quotient(x, y),
            (ValueForm x, RatioForm y) => Quotient(y, x),
            (RelationForm x, _) when Contradicts(x) => Finding.Different("the reference answer contradicts itself"),
            (_, RelationForm y) when Contradicts(y) => Finding.Different("the answer contradicts itself"),
            (RelationForm x, RelationForm y) when IsEquation(x) && IsEquation(y) => Equations(x, y),
            (RelationForm x, _) when IsEquation(x) && Label(x) is { } right => Compare(right, b),
            (_, RelationForm y) when IsEquation(y) && Label(y) is { } right => Compare(a, right),
            (SequenceForm x, SequenceForm y) => Sequence(x, y),
            (MatrixForm x, MatrixForm y) => Matrix(x, y),
            (SequenceForm x, MatrixForm y) => Vector(x.Parts, y),
            (MatrixForm x, SequenceForm y) => Vector(y.Parts, x),
            (ListForm x, ListForm y) when !(Region.IsRegion(x) || Region.IsRegion(y)) => List(x.Parts, y.Parts),
            _ when Region.IsRegion(a) || Region.IsRegion(b) => Regions(a, b),
            (ListForm x, SequenceForm y) => Labelled(x, y),
            (SequenceForm x, ListForm y) => Labelled(y, x),
            (ListForm x, _) => List(x.Parts, [b]),
            (_, ListForm y) => List([a], y.Parts),
            (ValueForm x, ValueForm y) => Value(x, y),
            _ => Finding.Different("they are of different kinds"),
        };
    }

    private static Finding Same(string a, string b, string equal, string different) =>
        string.Equals(a, b, StringComparison.Ordinal) ? Finding.Equal(equal) : Finding.Different(different);

    /// <summary>± written out as both values.</summary>
    private static AnswerForm Settled(AnswerForm form)
    {
        if (form is ValueForm value && value.Value.All().Any(part => part is EitherSign))
        {
            return new ListForm([value with { Value = WithSign(value.Value, 1) }, value with { Value = WithSign(value.Value, -1) }], Joiner.Or);
        }

        if (form is RelationForm relation && IsEquation(relation) && Label(relation) is ValueForm labelled
            && labelled.Value.All().Any(part => part is EitherSign))
        {
            return Settled(labelled);
        }

        return form is ListForm list && list.Parts.Any(part => Settled(part) is ListForm && part is not ListForm)
            ? list with { Parts = [.. list.Parts.SelectMany(part => Settled(part) is ListForm both && part is not ListForm ? both.Parts : [part])] }
            : form is ListForm { Parts: [var only], Joiner: Joiner.Set } ? Settled(only) : form;
    }

    private static MathExpression WithSign(MathExpression expression, int sign) => expression is EitherSign either
        ? new Constant(either.Flipped ? -sign : sign)
        : expression.Map(part => WithSign(part, sign));

    private static Finding Single(ChoiceForm choice, AnswerForm other) =>
        !choice.Sure && other is ValueForm { Value: Symbol symbol, Unit: null }
            && string.Equals(symbol.Name, choice.Letter.ToString(), StringComparison.OrdinalIgnoreCase)
        ? Finding.Equal("the same letter")
        : !choice.Sure && other is RelationForm relation && Label(relation) is { } right ? Single(choice, right)
        : Finding.Different("one is a choice");

    /// <summary>Words, or the statement that there is no value, against anything else.</summary>
    private Finding Absent(AnswerForm absent, AnswerForm other)
    {
        if (absent is WordsForm words && words.Words.Length <= 4 && !words.Words.Contains(' ', StringComparison.Ordinal))
        {
            return Compare(AnswerReader.Mathematics(string.Join(' ', words.Words.AsEnumerable())), other);
        }

        return absent is NothingForm { Kind: NothingForm.NoSolution } && Region.IsRegion(other) ? Regions(absent, other)
            : Finding.Different(absent is WordsForm ? "one is words, the other is not" : "one says that there is no value");
    }

    private static Finding Unmarked(NumeralForm numeral, Constant number) =>
        string.Equals(numeral.Digits, number.Value.ToString(), StringComparison.Ordinal)
        ? Finding.Equal("the same digits, the base left out")
        : Finding.Different("other digits");

    private static Finding Clock(ClockForm a, ClockForm b)
    {
        bool times = a.Afternoon is not null || b.Afternoon is not null;
        return (times ? a.Minutes == b.Minutes : a == b) ? Finding.Equal("the same time") : Finding.Different("another time");
    }

    private static AnswerForm AsRatio(ClockForm clock) => clock is { Afternoon: null, Minute: > 0 }
        ? new RatioForm([new Constant(clock.Hour), new Constant(clock.Minute)])
        : new WordsForm(clock.ToString());

    private Finding Ratio(RatioForm a, RatioForm b)
    {
        if (a.Terms.Count != b.Terms.Count)
        {
            return Finding.Different("ratios of different length");
        }

        Finding finding = Finding.Equal("the same ratio");
        for (int i = 1; i < a.Terms.Count && finding.Outcome == Equivalence.Equal; i++)
        {
            finding = Values.Compare(new Product([a.Terms[i], b.Terms[0]]), new Product([b.Terms[i], a.Terms[0]]), budget);
        }

        return finding;
    }

    private Finding Quotient(RatioForm ratio, ValueForm value) => ratio.Terms is [var a, var b]
        ? Values.Compare(MathExpression.Quotient(a, b), value.Value, budget)
        : Finding.Different("one is a ratio of more than two terms");

    private static bool IsEquation(RelationForm relation) => relation.Relations.All(r => r is "=" or "~=");

    /// <summary>Whether it equates numbers that differ: 5 = 6.</summary>
    private bool Contradicts(RelationForm relation)
    {
        for (int i = 0; i < relation.Relations.Count; i++)
        {
            if (relation.Relations[i] is "=" && relation.Sides[i] is ValueForm { Percent: false } a && relation.Sides[i + 1] is ValueForm { Percent: false } b
                && !a.Value.Variables().Any() && !b.Value.Variables().Any() && (a.Unit is null || b.Unit is null)
                && Values.Compare(a.Value, b.Value, budget).Outcome == Equivalence.Different)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What stands on the right of a name: <c>x = 5</c>, <c>f(x) = x + 1</c>; the exact part where a rounded one follows.</summary>
    private static AnswerForm? Label(RelationForm relation)
    {
        if (relation.Relations[0] is "~=" && relation.Sides[0] is ValueForm exact && !exact.Value.Variables().Any())
        {
            return exact;
        }

        int last = relation.Relations.TakeWhile(r => r is "=").Count();
        if (last == 0)
        {
            return IsName(relation.Sides[0]) ? relation.Sides[^1] : null;
        }

        AnswerForm right = relation.Sides[last];
        bool named = IsName(relation.Sides[0]) && !Names(relation.Sides[0]).Intersect(Names(right), StringComparer.Ordinal).Any();
        bool applied = IsApplied(relation.Sides[0]);
        bool computed = relation.Sides.All(side => side is ValueForm value && !value.Value.Variables().Any());
        return named || applied || computed ? right : null;
    }

    private static bool IsName(AnswerForm form) =>
        form is ValueForm { Value: Symbol } || IsApplied(form) || form is SequenceForm { Parts: var parts } && parts.All(IsName)
        || form is ValueForm { Value: Product product } && product.Factors.All(factor => factor is Symbol { Name: [>= 'A' and <= 'Z', ..] });

    /// <summary>A function of its variable: <c>f(x)</c>.</summary>
    private static bool IsApplied(AnswerForm form) =>
        form is ValueForm
        {
            Value: Product
            {
                Factors: [Symbol { Name: ['f' or 'g' or 'h' or 'p' or 'q' or 'P' or 'Q' or 'F' or 'G', ..] },
            Symbol or Constant or Product or Sum]
            }
        };

    private static IEnumerable<string> Names(AnswerForm form) => form is ValueForm value ? value.Value.Variables() : form.Items.SelectMany(Names);

    private Finding Equations(RelationForm a, RelationForm b)
    {
        AnswerForm? left = Label(a), right = Label(b);
        if (left is not null && right is not null)
        {
            bool values = !Names(left).Any() && !Names(right).Any();
            bool same = Names(a.Sides[0]).ToHashSet(StringComparer.Ordinal).SetEquals(Names(b.Sides[0]));
            Finding finding = Compare(left, right);
            if (values || same || finding.Outcome == Equivalence.Equal && (IsApplied(a.Sides[0]) || IsApplied(b.Sides[0])))
            {
                return finding;
            }
        }

        return a.Sides is [ValueForm p, ValueForm q] && b.Sides is [ValueForm r, ValueForm s]
            ? Values.CompareUpToFactor(MathExpression.Difference(p.Value, q.Value), MathExpression.Difference(r.Value, s.Value), positive: false, budget)
            : Finding.Undecided("equations of more than two sides");
    }

    private Finding Sequence(SequenceForm a, SequenceForm b)
    {
        bool round = a.Open is "(" or "⟨" && b.Open is "(" or "⟨" && a.Close is ")" or "⟩" && b.Close is ")" or "⟩";
        bool brackets = round || (string.Equals(a.Open, b.Open, StringComparison.Ordinal) && string.Equals(a.Close, b.Close, StringComparison.Ordinal));
        return brackets ? InOrder(a.Parts, b.Parts) : Finding.Different("other brackets");
    }

    private Finding InOrder(IReadOnlyList<AnswerForm> a, IReadOnlyList<AnswerForm> b)
    {
        if (a.Count != b.Count)
        {
            return Finding.Different($"{a.Count} values against {b.Count}");
        }

        Finding finding = Finding.Equal("the same values in order");
        for (int i = 0; i < a.Count; i++)
        {
            Finding next = Compare(a[i], b[i]);
            if (next.Outcome == Equivalence.Different)
            {
                return next;
            }

            finding = next.Outcome == Equivalence.Undecided ? next : finding;
        }

        return finding;
    }

    private Finding Matrix(MatrixForm a, MatrixForm b) => a.Rows.Count == b.Rows.Count && a.Rows.Zip(b.Rows).All(rows => rows.First.Count == rows.Second.Count)
        ? InOrder(a.Items, b.Items)
        : Finding.Different("matrices of different size");

    private Finding Vector(IReadOnlyList<AnswerForm> parts, MatrixForm matrix) => matrix.Rows.Count == 1 || matrix.Rows.All(row => row.Count == 1)
        ? InOrder(parts, matrix.Items)
        : Finding.Different("one is a matrix");

    /// <summary>Named values against the point that they make up: x = 1, y = 2 and (1, 2).</summary>
    private Finding Labelled(ListForm list, SequenceForm point)
    {
        AnswerForm?[] values = [.. list.Parts.Select(part => part is RelationForm relation && IsEquation(relation) ? Label(relation) : null)];
        bool named = values.All(value => value is not null)
            && list.Parts.SelectMany(part => Names(part.Items[0])).Distinct(StringComparer.Ordinal).Count() == values.Length;
        return named ? InOrder([.. values.OfType<AnswerForm>()], point.Parts) : List(list.Parts, [point]);
    }

    /// <summary>Values without order: each of one has its own in the other, and none is left. What stands there twice counts once.</summary>
    private Finding List(IReadOnlyList<AnswerForm> a, IReadOnlyList<AnswerForm> b)
    {
        if (a.Count > 1 && b.Count > 1 && AreNamed(a) && AreNamed(b) && Paired(a, b) is { } paired)
        {
            return paired;
        }

        // What stands twice in a list is one value of it, but a list is no single value.
        (List<AnswerForm> left, List<AnswerForm> right) = a.Count == 1 || b.Count == 1 ? ([.. a], [.. b]) : (Distinct(a), Distinct(b));
        if (left.Count != right.Count)
        {
            return Finding.Different($"{left.Count} values against {right.Count}");
        }

        Finding? doubt = null;
        foreach (AnswerForm part in left)
        {
            int found = -1;
            Finding? open = null;
            for (int i = 0; i < right.Count && found < 0; i++)
            {
                Finding finding = Compare(part, right[i]);
                found = finding.Outcome == Equivalence.Equal ? i : -1;
                open = finding.Outcome == Equivalence.Undecided ? finding : open;
            }

            if (found < 0 && open is null)
            {
                return Finding.Different($"{part} is in one only");
            }

            doubt ??= found < 0 ? open : null;
            if (found >= 0)
            {
                right.RemoveAt(found);
            }
        }

        return doubt ?? Finding.Equal("the same values");
    }

    private static bool AreNamed(IReadOnlyList<AnswerForm> parts) =>
        parts.All(part => part is RelationForm relation && IsEquation(relation) && relation.Sides[0] is ValueForm { Value: Symbol })
        && parts.Select(part => ((ValueForm)part.Items[0]).Value.ToString()).Distinct(StringComparer.Ordinal).Count() == parts.Count;

    /// <summary>Values of different names by their names, where the names are the same.</summary>
    private Finding? Paired(IReadOnlyList<AnswerForm> a, IReadOnlyList<AnswerForm> b)
    {
        AnswerForm[] x = [.. a.OrderBy(part => part.Items[0].ToString(), StringComparer.Ordinal)],
            y = [.. b.OrderBy(part => part.Items[0].ToString(), StringComparer.Ordinal)];
        bool same = x.Select(part => part.Items[0].ToString()).SequenceEqual(y.Select(part => part.Items[0].ToString()), StringComparer.Ordinal);
        return same ? InOrder(x, y) : null;
    }

    private List<AnswerForm> Distinct(IReadOnlyList<AnswerForm> parts)
    {
        List<AnswerForm> distinct = [];
        foreach (AnswerForm part in parts)
        {
            if (!distinct.Exists(other => Compare(other, part).Outcome == Equivalence.Equal))
            {
                distinct.Add(part);
            }
        }

        return distinct;
    }

    private Finding Regions(AnswerForm a, AnswerForm b)
    {
        if (a is RelationForm x && b is RelationForm y && x.Sides.Count == 2 && y.Sides.Count == 2
            && Names(a).Concat(Names(b)).Distinct(StringComparer.Ordinal).Count() > 1
            && x.Sides.Concat(y.Sides).All(side => side is ValueForm))
        {
            return Inequalities(x, y);
        }

        return IsNoSet(a) || IsNoSet(b)
            ? Finding.Different("one is a set of numbers")
            : Region.Compare(Region.Of(a, budget), Region.Of(b, budget), budget);
    }

    private static bool IsNoSet(AnswerForm form) =>
        form is MatrixForm or RatioForm or NumeralForm or SequenceForm { Parts.Count: not 2 }
        || (form is ValueForm value && !Region.IsRegion(value) && value.Value.Variables().Any());

    /// <summary>Inequalities in several variables, or in variables of different names, up to a positive factor.</summary>
    private Finding Inequalities(RelationForm a, RelationForm b)
    {
        string[] first = [.. Names(a).Distinct(StringComparer.Ordinal)], second = [.. Names(b).Distinct(StringComparer.Ordinal)];
        if (first.Length == 1 && second.Length == 1)
        {
            return Region.Compare(Region.Of(a, budget), Region.Of(b, budget), budget);
        }

        bool strict = a.Relations[0].Length == b.Relations[0].Length;
        return strict && a.Relations[0] is not "!=" && b.Relations[0] is not "!="
            ? Values.CompareUpToFactor(Below(a), Below(b), positive: true, budget)
            : Finding.Different("one includes its border");

        static MathExpression Below(RelationForm relation)
        {
            MathExpression left = ((ValueForm)relation.Sides[0]).Value, right = ((ValueForm)relation.Sides[1]).Value;
            return relation.Relations[0][0] == '<' ? MathExpression.Difference(left, right) : MathExpression.Difference(right, left);
        }
    }

    private Finding Value(ValueForm a, ValueForm b)
    {
        if (a.Percent != b.Percent)
        {
            (ValueForm percent, ValueForm plain) = a.Percent ? (a, b) : (b, a);
            if (plain.Unit is { Dimension: not null })
            {
                return Finding.Different("one is a percentage, the other has a unit");
            }

            Finding share = Values.Compare(MathExpression.Quotient(percent.Value, new Constant(100)), plain.Value, budget);
            return share.Outcome == Equivalence.Equal ? share : Values.Compare(percent.Value, plain.Value, budget);
        }

        if (a.Unit is not { Dimension: { } first } || b.Unit is not { Dimension: { } second })
        {
            return Values.Compare(a.Value, b.Value, budget);
        }

        return string.Equals(first, second, StringComparison.Ordinal)
            ? Values.Compare(new Product([a.Value, new Constant(a.Unit.Size)]), new Product([b.Value, new Constant(b.Unit.Size)]), budget)
            : Finding.Different("another unit");
    }
}

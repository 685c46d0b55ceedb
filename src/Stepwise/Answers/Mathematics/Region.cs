namespace Stepwise.Answers.Mathematics;

/// <summary>A set of real numbers as disjoint intervals in rising order.</summary>
internal sealed class Region
{
    private static readonly MathExpression MinusInfinity = MathExpression.Negated(MathExpression.Infinity);

    private readonly List<Interval> _intervals;

    private Region(List<Interval> intervals) => _intervals = intervals;

    /// <summary>An interval; of a point both ends are the same.</summary>
    private readonly record struct Interval(MathExpression Low, bool HasLow, MathExpression High, bool HasHigh);

    /// <summary>Whether an answer can be nothing but a set of real numbers or what describes one.</summary>
    public static bool IsRegion(AnswerForm form) => form switch
    {
        SetOperationForm => true,
        SequenceForm { Parts.Count: 2, Open: "(" or "[", Close: ")" or "]" } pair => (pair.Open is "[") != (pair.Close is "]"),
        RelationForm relation => relation.Relations.Any(r => r is "<" or ">" or "<=" or ">=" or "!=" or "∈"),
        ListForm list => list.Parts.Count > 0 && list.Parts.All(IsRegion),
        ValueForm { Value: Symbol { Name: "set R" } } => true,
        _ => false,
    };

    /// <summary>The set that an answer describes.</summary>
    /// <exception cref="OutOfBoundsException">It describes none that can be put in order.</exception>
    public static Region Of(AnswerForm form, Budget budget)
    {
        budget.Spend(5);
        return form switch
        {
            NothingForm => new([]),
            ValueForm { Value: Symbol { Name: "set R" } } => new([new(MinusInfinity, false, MathExpression.Infinity, false)]),
            ValueForm value => Ordered([new(value.Value, true, value.Value, true)], budget),
            SequenceForm { Parts: [ValueForm low, ValueForm high] } pair =>
                Ordered([new(low.Value, pair.Open is "[", high.Value, pair.Close is "]")], budget),
            SetOperationForm operation => Operated(operation, budget),
            ListForm list => Joined(list, budget),
            RelationForm relation => Solved(relation, budget),
            _ => throw new OutOfBoundsException("it is no set of real numbers"),
        };
    }

    /// <summary>Whether two sets are the same.</summary>
    public static Finding Compare(Region a, Region b, Budget budget)
    {
        if (a._intervals.Count != b._intervals.Count)
        {
            return Finding.Different("the sets are made of different intervals");
        }

        foreach ((Interval x, Interval y) in a._intervals.Zip(b._intervals))
        {
            if (x.HasLow != y.HasLow || x.HasHigh != y.HasHigh)
            {
                return Finding.Different("an end is open in one and closed in the other");
            }

            Finding low = Values.Compare(x.Low, y.Low, budget), high = Values.Compare(x.High, y.High, budget);
            if (low.Outcome != Equivalence.Equal || high.Outcome != Equivalence.Equal)
            {
                return low.Outcome != Equivalence.Equal ? low : high;
            }
        }

        return Finding.Equal("the same set");
    }

    private static Region Operated(SetOperationForm operation, Budget budget)
    {
        Region left = Of(operation.Left, budget), right = Of(operation.Right, budget);
        return operation.Operation switch
        {
            "∪" => Ordered([.. left._intervals, .. right._intervals], budget),
            "∩" => Intersection(left, right, budget),
            _ => Intersection(left, right.Complement(), budget),
        };
    }

    private static Region Joined(ListForm list, Budget budget)
    {
        IEnumerable<Region> parts = list.Parts.Select(part => Of(part, budget));
        if (list.Joiner == Joiner.And && list.Parts.All(part => part is RelationForm))
        {
            // "x > 1 and x < 3" is both; "x < 1, x > 3" can only be either.
            Region both = parts.Aggregate((a, b) => Intersection(a, b, budget));
            if (both._intervals.Count > 0)
            {
                return both;
            }
        }

        return Ordered([.. parts.SelectMany(part => part._intervals)], budget);
    }

    private static Region Intersection(Region a, Region b, Budget budget)
    {
        List<Interval> result = [];
        foreach (Interval x in a._intervals)
        {
            foreach (Interval y in b._intervals)
            {
                int low = Order(x.Low, y.Low, budget), high = Order(x.High, y.High, budget);
                Interval both = new(
                    low >= 0 ? x.Low : y.Low, low == 0 ? x.HasLow && y.HasLow : low > 0 ? x.HasLow : y.HasLow,
                    high <= 0 ? x.High : y.High, high == 0 ? x.HasHigh && y.HasHigh : high < 0 ? x.HasHigh : y.HasHigh);
                result.Add(both);
            }
        }

        return Ordered(result, budget);
    }

    private Region Complement()
    {
        List<Interval> gaps = [];
        (MathExpression low, bool hasLow) = (MinusInfinity, false);
        foreach (Interval interval in _intervals)
        {
            gaps.Add(new(low, hasLow, interval.Low, !interval.HasLow));
            (low, hasLow) = (interval.High, !interval.HasHigh);
        }

        gaps.Add(new(low, hasLow, MathExpression.Infinity, false));
        return new([.. gaps.Where(gap => gap.Low.InfinitySign != 1 && gap.High.InfinitySign != -1)]);
    }

    /// <summary>Intervals in order, empty ones left out, those that touch joined.</summary>
    private static Region Ordered(IEnumerable<Interval> intervals, Budget budget)
    {
        List<Interval> sorted = [];
        foreach (Interval interval in intervals)
        {
            int width = Order(interval.Low, interval.High, budget);
            if (width > 0 || (width == 0 && !(interval.HasLow && interval.HasHigh)))
            {
                continue;
            }

            int index = 0;
            while (index < sorted.Count && IsBefore(sorted[index], interval, budget))
            {
                index++;
            }

            sorted.Insert(index, interval);
        }

        List<Interval> merged = [];
        foreach (Interval next in sorted)
        {
            if (merged.Count == 0)
            {
                merged.Add(next);
                continue;
            }

            Interval last = merged[^1];
            int gap = Order(last.High, next.Low, budget);
            if (gap < 0 || (gap == 0 && !last.HasHigh && !next.HasLow))
            {
                merged.Add(next);
                continue;
            }

            int end = Order(last.High, next.High, budget);
            merged[^1] = end switch
            {
                < 0 => last with { High = next.High, HasHigh = next.HasHigh },
                0 => last with { HasHigh = last.HasHigh || next.HasHigh },
                _ => last,
            };
        }

        return new(merged);
    }

    private static bool IsBefore(Interval a, Interval b, Budget budget)
    {
        int order = Order(a.Low, b.Low, budget);
        return order < 0 || (order == 0 && a.HasLow);
    }

    private static int Order(MathExpression a, MathExpression b, Budget budget) =>
        Values.Order(a, b, budget) ?? throw new OutOfBoundsException("the ends of intervals cannot be put in order");

    private static Region Solved(RelationForm relation, Budget budget)
    {
        if (relation is { Relations: ["∈"], Sides: [_, var set] })
        {
            return Of(set, budget);
        }

        Region? result = null;
        for (int i = 0; i < relation.Relations.Count; i++)
        {
            if (relation.Sides[i] is not ValueForm left || relation.Sides[i + 1] is not ValueForm right)
            {
                throw new OutOfBoundsException("a relation between what are no numbers");
            }

            Region next = Solved(left.Value, relation.Relations[i], right.Value, budget);
            result = result is null ? next : Intersection(result, next, budget);
        }

        return result!;
    }

    /// <summary>The solutions of a relation that is linear in its one variable.</summary>
    private static Region Solved(MathExpression left, string sign, MathExpression right, Budget budget)
    {
        MathExpression difference = MathExpression.Difference(left, right);
        string[] variables = [.. difference.Variables()];
        if (variables.Length != 1)
        {
            throw new OutOfBoundsException("an inequality in more than one variable");
        }

        bool plain = left is Symbol || right is Symbol;
        MathExpression bound = left is Symbol && !right.Variables().Any() ? right : right is Symbol && !left.Variables().Any() ? left
            : Root(difference, variables[0], budget);
        bool rising = plain ? left is Symbol { Name: var name } && string.Equals(name, variables[0], StringComparison.Ordinal)
            : Slope(difference, variables[0], budget) > 0;
        bool closed = sign is "<=" or ">=";
        return sign switch
        {
            "=" => new([new(bound, true, bound, true)]),
            "!=" => new([new(MinusInfinity, false, bound, false), new(bound, false, MathExpression.Infinity, false)]),
            "<" or "<=" or ">" or ">=" => (sign[0] == '<') == rising
                ? new([new(MinusInfinity, false, bound, closed && bound.InfinitySign == 0)])
                : new([new(bound, closed && bound.InfinitySign == 0, MathExpression.Infinity, false)]),
            _ => throw new OutOfBoundsException("a relation that describes no set"),
        };
    }

    private static int Slope(MathExpression difference, string variable, Budget budget) =>
        Order(At(difference, variable, 1), At(difference, variable, 0), budget);

    private static MathExpression Root(MathExpression difference, string variable, Budget budget)
    {
        MathExpression atZero = At(difference, variable, 0), atOne = At(difference, variable, 1), atTwo = At(difference, variable, 2);
        MathExpression slope = MathExpression.Difference(atOne, atZero);
        bool linear = Values.Compare(MathExpression.Difference(atTwo, atOne), slope, budget).Outcome == Equivalence.Equal
            && Values.Compare(slope, new Constant(0), budget).Outcome == Equivalence.Different;
        return linear ? MathExpression.Negated(MathExpression.Quotient(atZero, slope)) : throw new OutOfBoundsException("an inequality that is not linear");
    }

    private static MathExpression At(MathExpression expression, string variable, int value) =>
        expression is Symbol { Name: var name } && string.Equals(name, variable, StringComparison.Ordinal) ? new Constant(value)
            : expression.Map(part => At(part, variable, value));
}

using System.Globalization;

namespace Stepwise.Answers.Mathematics;

/// <summary>What is known of a claim about values.</summary>
/// <param name="Outcome">Equal, different, or undecided.</param>
/// <param name="Reason">Why, for people.</param>
internal readonly record struct Finding(Equivalence Outcome, string Reason)
{
    public static Finding Equal(string reason) => new(Equivalence.Equal, reason);

    public static Finding Different(string reason) => new(Equivalence.Different, reason);

    public static Finding Undecided(string reason) => new(Equivalence.Undecided, reason);
}

/// <summary>
/// Whether expressions have the same value: by exact normal forms, else by their values in balls of <see cref="FewBits"/> and then
/// <see cref="ManyBits"/> bits, with variables at <see cref="Points"/> random points or more.
/// </summary>
/// <remarks>
/// "Different" is proven: two values at one point have disjoint balls, or a polynomial in variables alone is not 0. "Equal" is proven by normal
/// forms; without, it says that the difference is below 2^−<see cref="AgreedBits"/> of the values' size at every point, which for answers that
/// people and models write has no other cause.
/// </remarks>
internal static class Values
{
    private const int FewBits = 96;
    private const int ManyBits = 320;
    private const int AgreedBits = 200;
    private const int Points = 6;

    // Floor and ceiling are the same over wide ranges.
    private const int StepPoints = 24;
    private const int Tries = 60;
    private const ulong Seed = 0x5EED_A45E_0000_0001;

    private static readonly Dictionary<string, Rational> NoPoint = [];

    /// <summary>Whether two expressions are the same, at all values of their variables.</summary>
    public static Finding Compare(MathExpression a, MathExpression b, Budget budget)
    {
        if ((a.InfinitySign, b.InfinitySign) is not (0, 0))
        {
            return a.InfinitySign == b.InfinitySign ? Finding.Equal("the same infinity") : Finding.Different("one is infinite");
        }

        if (Simplifier.Number(a, NoPoint) is { } x && Simplifier.Number(b, NoPoint) is { } y)
        {
            return x.Equals(y) ? Finding.Equal("equal as fractions") : Finding.Different($"{Shown(x)} is not {Shown(y)}");
        }

        return IsZeroExactly(MathExpression.Difference(a, b), budget) ?? AtPoints(a, b, (left, right, bits) => ComplexBall.Add(left, -right, bits), budget);
    }

    /// <summary>Whether one expression is a constant multiple of the other, and the constant is not 0; for equations a = 0 and b = 0.</summary>
    public static Finding CompareUpToFactor(MathExpression a, MathExpression b, bool positive, Budget budget)
    {
        foreach (Dictionary<string, Rational> origin in RandomPoints([a, b]))
        {
            Evaluator evaluator = new(ManyBits, origin, budget);
            try
            {
                ComplexBall p = evaluator.Value(a), q = evaluator.Value(b);
                if (p.HoldsZero || q.HoldsZero)
                {
                    continue;
                }

                if (positive && (p.Re.Sign != q.Re.Sign))
                {
                    return Finding.Different("the signs differ");
                }

                // a(x) b(o) = b(x) a(o) everywhere.
                return AtPoints(
                    a, b, (left, right, bits) => ComplexBall.Add(ComplexBall.Multiply(left, q, bits), -ComplexBall.Multiply(right, p, bits), bits), budget);
            }
            catch (UndefinedException)
            {
            }
        }

        return Finding.Undecided("no point was found at which both have a value");
    }

    /// <summary>The order of two real values: −1, 0 or 1; <see langword="null"/> where it cannot be said.</summary>
    public static int? Order(MathExpression a, MathExpression b, Budget budget)
    {
        if (a.InfinitySign != 0 || b.InfinitySign != 0)
        {
            return a.InfinitySign.CompareTo(b.InfinitySign);
        }

        if (a.Variables().Any() || b.Variables().Any())
        {
            return null;
        }

        Finding finding = Compare(a, b, budget);
        if (finding.Outcome != Equivalence.Different)
        {
            return finding.Outcome == Equivalence.Equal ? 0 : null;
        }

        ComplexBall difference = new Evaluator(ManyBits, NoPoint, budget).Value(MathExpression.Difference(a, b));
        return difference.IsReal && difference.Re.Sign != 0 ? difference.Re.Sign : null;
    }

    /// <summary>A short decimal form of a value for people; <see langword="null"/> where it has none.</summary>
    public static string Shown(Rational value)
    {
        string text = value.ToString();
        return text.Length <= 40 ? text : $"{text[..18]}… ({text.Length} characters)";
    }

    private static Finding? IsZeroExactly(MathExpression difference, Budget budget)
    {
        try
        {
            AtomTable atoms = new();
            NormalForm form = NormalForm.Of(difference, atoms, budget);
            return form.Numerator.IsZero ? Finding.Equal("equal when brought to one form")
                : atoms.OnlyVariables ? Finding.Different("not equal when brought to one form")
                : null;
        }
        catch (NotExpandedException)
        {
            return null;
        }
    }

    private static Finding AtPoints(
        MathExpression a, MathExpression b, Func<ComplexBall, ComplexBall, int, ComplexBall> difference, Budget budget)
    {
        int agreed = 0;
        Finding last = Finding.Undecided("no point was found at which both have a value");
        bool any = a.Variables().Concat(b.Variables()).Any();
        bool steps = a.All().Concat(b.All()).Any(part => part is Application { Function: Function.Floor or Function.Ceiling });
        int wanted = !any ? 1 : steps ? StepPoints : Points;
        foreach (Dictionary<string, Rational> point in any ? RandomPoints([a, b]) : [NoPoint])
        {
            Finding? finding = AtPoint(a, b, difference, point, budget);
            if (finding is { } found && (found.Outcome == Equivalence.Different || (found.Outcome == Equivalence.Undecided && !any)))
            {
                return found;
            }

            last = finding ?? last;
            agreed += finding is { Outcome: Equivalence.Equal } ? 1 : 0;
            if (agreed == wanted)
            {
                return Finding.Equal(any ? $"the same to 60 digits at {wanted} random points" : "the same to 60 digits");
            }
        }

        return agreed >= wanted / 2 && any ? Finding.Equal($"the same to 60 digits at {agreed} random points") : last.Outcome == Equivalence.Undecided
            ? last
            : Finding.Undecided("too few points were found at which both have a value");
    }

    /// <summary>The finding at a point; <see langword="null"/> where neither has a value there.</summary>
    private static Finding? AtPoint(
        MathExpression a,
        MathExpression b,
        Func<ComplexBall, ComplexBall, int, ComplexBall> difference,
        Dictionary<string, Rational> point,
        Budget budget)
    {
        foreach (int bits in (int[])[FewBits, ManyBits])
        {
            try
            {
                Evaluator evaluator = new(bits, point, budget);
                ComplexBall left = evaluator.Value(a), right = evaluator.Value(b);
                ComplexBall rest = difference(left, right, bits);
                if (!rest.HoldsZero)
                {
                    return Finding.Different(point.Count == 0 ? $"{Shown(left)} is not {Shown(right)}"
                        : $"{Shown(left)} is not {Shown(right)} at {Shown(point)}");
                }

                if (bits == ManyBits && IsSmall(rest.Re, left) && IsSmall(rest.Im, left))
                {
                    return Finding.Equal("the same to 60 digits");
                }
            }
            catch (UndefinedException e)
            {
                return point.Count == 0 ? Finding.Undecided($"no value: {e.Message}") : null;
            }
        }

        return Finding.Undecided("the values cannot be told apart in 90 digits");
    }

    private static bool IsSmall(Ball rest, ComplexBall scale)
    {
        int size = Math.Max(0, Math.Max(scale.Re.Mid.Magnitude, scale.Im.Mid.Magnitude));
        return rest.IsZero || Math.Max(rest.Mid.Magnitude, rest.Radius.Magnitude) < size - AgreedBits;
    }

    /// <summary>Points with variables of both signs; natural numbers where a factorial is taken.</summary>
    private static IEnumerable<Dictionary<string, Rational>> RandomPoints(IReadOnlyList<MathExpression> expressions)
    {
        List<string> names = [.. expressions.SelectMany(e => e.Variables()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        HashSet<string> natural = [.. expressions.SelectMany(e => e.All()).OfType<Application>()
            .Where(call => call.Function is Function.Factorial or Function.Binomial).SelectMany(call => call.Variables())];
        for (int i = 0; i < Tries; i++)
        {
            Dictionary<string, Rational> point = new(StringComparer.Ordinal);
            for (int k = 0; k < names.Count; k++)
            {
                ulong random = CounterRandom.Key(Seed, (ulong)((i * 64) + k));
                int size = (int)(random % 1999) + 1;

                // Every fourth point is positive in all variables, so that roots and logarithms have values; up to 3, 33 and 286 in size.
                bool negative = i % 4 != 0 && (random >> 32) % 2 == 0;
                point[names[k]] = natural.Contains(names[k])
                    ? (int)(random % 12) + 1 + (k == 0 && names.Count > 1 ? 0 : 6)
                    : Rational.Create(negative ? -size : size, i % 3 == 0 ? 577 : i % 3 == 1 ? 61 : 7)!.Value;
            }

            yield return point;
        }
    }

    private static string Shown(Dictionary<string, Rational> point) => string.Join(", ", point.Select(p => $"{p.Key} = {p.Value}"));

    private static string Shown(ComplexBall value) => value.IsReal ? Shown(value.Re) : $"{Shown(value.Re)} + {Shown(value.Im)} i";

    private static string Shown(Ball value)
    {
        BigFloat mid = value.Mid;
        int magnitude = mid.IsZero ? 0 : mid.Magnitude;
        return magnitude > 1000
            ? "a very large number"
            : ((double)mid.ToFixed(64 - Math.Min(0, magnitude)) / Math.Pow(2, 64 - Math.Min(0, magnitude))).ToString("G10", CultureInfo.InvariantCulture);
    }
}

using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>Values of expressions at a point, as balls that are proven to hold them.</summary>
/// <param name="bits">Bits of the mantissas.</param>
/// <param name="point">The values of the variables.</param>
/// <param name="budget">Bounds the work.</param>
internal sealed class Evaluator(int bits, IReadOnlyDictionary<string, Rational> point, Budget budget)
{
    private const int MaxFactorial = 5000;

    private const int MaxExponent = 1 << 16;

    /// <summary>The value of an expression.</summary>
    /// <exception cref="UndefinedException">It has none there.</exception>
    /// <exception cref="OutOfBoundsException">It cannot be computed within the bounds.</exception>
    public ComplexBall Value(MathExpression expression)
    {
        budget.Spend(bits / 32);
        return expression switch
        {
            Constant c => Exact(c.Value),
            Symbol s => Named(s.Name),
            Sum sum => sum.Terms.Aggregate(ComplexBall.Real(Ball.Zero), (total, term) => ComplexBall.Add(total, Value(term), bits)),
            Product product => Multiplied(product),
            Power power => Raised(power),
            Application application => Applied(application),
            _ => throw new OutOfBoundsException("an unsettled sign"),
        };
    }

    private ComplexBall Exact(Rational value) => ComplexBall.Real(Ball.Of(value, bits));

    private ComplexBall Named(string name) => name switch
    {
        "π" => ComplexBall.Real(Transcendental.Pi(bits)),
        "e" => ComplexBall.Real(Transcendental.Exp(Ball.One, bits)),
        "i" => ComplexBall.I,
        _ => point.TryGetValue(name, out Rational value) ? Exact(value) : throw new UndefinedException($"{name} has no value"),
    };

    private ComplexBall Multiplied(Product product)
    {
        ComplexBall result = ComplexBall.One;
        foreach (MathExpression factor in product.Factors)
        {
            result = factor is Power { Exponent: Constant { Value: var c }, Base: var divisor } && c.Equals(-1)
                ? ComplexBall.Divide(result, Value(divisor), bits)
                : ComplexBall.Multiply(result, Value(factor), bits);
        }

        return result;
    }

    private ComplexBall Raised(Power power)
    {
        if (power.Base is Symbol { Name: "e" })
        {
            return ComplexBall.Exp(Value(power.Exponent), bits);
        }

        ComplexBall a = Value(power.Base);
        if (Simplifier.Number(power.Exponent, point) is { } exponent)
        {
            return Raised(a, exponent);
        }

        return a.IsZero
            ? throw new UndefinedException("a power of 0")
            : ComplexBall.Exp(ComplexBall.Multiply(Value(power.Exponent), ComplexBall.Log(a, bits), bits), bits);
    }

    /// <summary>A rational power; an odd root of a negative number is real.</summary>
    private ComplexBall Raised(ComplexBall a, Rational exponent)
    {
        if (a.IsZero)
        {
            return exponent.Numerator.Sign > 0 ? a : throw new UndefinedException("0 to a power that is not positive");
        }

        if (BigInteger.Abs(exponent.Numerator) > MaxExponent || exponent.Denominator > MaxExponent)
        {
            throw new OutOfBoundsException("an exponent is too large to compute with");
        }

        budget.Spend(10);
        ComplexBall root = exponent.Denominator == 1 ? a : exponent.Denominator == 2 ? ComplexBall.Sqrt(a, bits) : Root(a, exponent.Denominator);
        ComplexBall result = ComplexBall.Power(root, BigInteger.Abs(exponent.Numerator), bits);
        return exponent.Numerator.Sign < 0 ? ComplexBall.Divide(ComplexBall.One, result, bits) : result;
    }

    private ComplexBall Root(ComplexBall a, BigInteger index)
    {
        bool mirrored = a.IsReal && a.Re.Sign < 0 && !index.IsEven;
        ComplexBall log = ComplexBall.Log(mirrored ? -a : a, bits);
        Rational share = Rational.Create(1, index)!.Value;
        ComplexBall root = ComplexBall.Exp(ComplexBall.Multiply(log, Exact(share), bits), bits);
        return mirrored ? -root : root;
    }

    private ComplexBall Applied(Application application)
    {
        budget.Spend(20);
        if (application.Function is Function.Factorial or Function.Binomial)
        {
            return Counted(application);
        }

        ComplexBall a = Value(application.Arguments[0]);
        return application.Function switch
        {
            Function.Exp => ComplexBall.Exp(a, bits),
            Function.Log => ComplexBall.Log(a, bits),
            Function.Abs => ComplexBall.Real(a.Size(bits)),
            Function.Floor => Whole(application.Arguments[0], a, up: false),
            Function.Ceiling => Whole(application.Arguments[0], a, up: true),
            Function.Sinh => Hyperbolic(a).Sinh,
            Function.Cosh => Hyperbolic(a).Cosh,
            Function.Tanh => ComplexBall.Divide(Hyperbolic(a).Sinh, Hyperbolic(a).Cosh, bits),
            _ => Angle(application.Function, a),
        };
    }

    private ComplexBall Angle(Function function, ComplexBall a)
    {
        if (function is Function.Arctan or Function.Arcsin or Function.Arccos)
        {
            return Inverse(function, RealPart(a));
        }

        (ComplexBall sin, ComplexBall cos) = SinCos(a);
        return function switch
        {
            Function.Sin => sin,
            Function.Cos => cos,
            Function.Tan => ComplexBall.Divide(sin, cos, bits),
            Function.Cot => ComplexBall.Divide(cos, sin, bits),
            Function.Sec => ComplexBall.Divide(ComplexBall.One, cos, bits),
            _ => ComplexBall.Divide(ComplexBall.One, sin, bits),
        };
    }

    private (ComplexBall Sin, ComplexBall Cos) SinCos(ComplexBall a)
    {
        if (a.IsReal)
        {
            (Ball s, Ball c) = Transcendental.SinCos(a.Re, bits);
            return (ComplexBall.Real(s), ComplexBall.Real(c));
        }

        // cos a = cosh(i a), and i sin a = sinh(i a).
        (ComplexBall sinh, ComplexBall cosh) = Hyperbolic(ComplexBall.Multiply(ComplexBall.I, a, bits));
        return (ComplexBall.Multiply(-ComplexBall.I, sinh, bits), cosh);
    }

    private (ComplexBall Sinh, ComplexBall Cosh) Hyperbolic(ComplexBall a)
    {
        ComplexBall up = ComplexBall.Exp(a, bits), down = ComplexBall.Exp(-a, bits), half = Exact(Rational.Create(1, 2)!.Value);
        return (
            ComplexBall.Multiply(ComplexBall.Add(up, -down, bits), half, bits),
            ComplexBall.Multiply(ComplexBall.Add(up, down, bits), half, bits));
    }

    private ComplexBall Inverse(Function function, Ball x)
    {
        if (function == Function.Arctan)
        {
            return ComplexBall.Real(Transcendental.Atan(x, bits));
        }

        // arcsin x = 2 arctan(x / (1 + √(1 − x²))); arccos x = π/2 − arcsin x.
        Ball rest = Ball.Add(Ball.One, -Ball.Multiply(x, x, bits), bits);
        if (rest.Sign < 0)
        {
            throw new UndefinedException("an arc sine or cosine of more than 1");
        }

        Ball tangent = Ball.Divide(x, Ball.Add(Ball.One, Ball.Sqrt(rest, bits), bits), bits);
        Ball arcsin = Ball.Multiply(Ball.Exact(BigFloat.PowerOfTwo(1)), Transcendental.Atan(tangent, bits), bits);
        Ball quarter = Ball.Multiply(Transcendental.Pi(bits), Ball.Exact(BigFloat.PowerOfTwo(-1)), bits);
        return ComplexBall.Real(function == Function.Arcsin ? arcsin : Ball.Add(quarter, -arcsin, bits));
    }

    private static Ball RealPart(ComplexBall a) => a.IsReal ? a.Re : throw new UndefinedException("a function of real numbers has a complex argument");

    private ComplexBall Whole(MathExpression argument, ComplexBall value, bool up)
    {
        if (Simplifier.Number(argument, point) is { } exact)
        {
            BigInteger below = BigInteger.DivRem(exact.Numerator, exact.Denominator, out BigInteger rest) - (rest.Sign < 0 ? 1 : 0);
            return ComplexBall.Real(Ball.Exact(new(up && !rest.IsZero ? below + 1 : below, 0)));
        }

        Ball real = RealPart(value);
        BigInteger floor = (up ? -real : real).Floor() ?? throw new OutOfBoundsException("a number cannot be told from the whole number beside it");
        return ComplexBall.Real(Ball.Exact(new(up ? -floor : floor, 0)));
    }

    private ComplexBall Counted(Application application)
    {
        BigInteger n = Natural(application.Arguments[0]);
        BigInteger result = BigInteger.One;
        if (application.Function == Function.Factorial)
        {
            for (int k = 2; k <= n; k++)
            {
                result *= k;
            }
        }
        else
        {
            BigInteger k = Natural(application.Arguments[1]);
            for (int i = 1; i <= BigInteger.Min(k, n - k); i++)
            {
                result = result * (n - i + 1) / i;
            }

            result = k > n ? 0 : result;
        }

        budget.Spend((int)n);
        return ComplexBall.Real(Ball.Rounded(new(result, 0), BigFloat.Zero, bits));
    }

    private BigInteger Natural(MathExpression expression) => Simplifier.Number(expression, point) switch
    {
        { IsWhole: true, Numerator: { Sign: >= 0 } n } => n <= MaxFactorial ? n : throw new OutOfBoundsException("a factorial is too large to compute"),
        null => throw new OutOfBoundsException("a factorial of what is not a plain number"),
        _ => throw new UndefinedException("the factorial of a number that is not natural"),
    };
}

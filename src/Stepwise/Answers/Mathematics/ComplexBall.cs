using System.Numerics;

namespace Stepwise.Answers.Mathematics;

/// <summary>A complex number of two balls.</summary>
internal readonly record struct ComplexBall(Ball Re, Ball Im)
{
    public static readonly ComplexBall One = new(Ball.One, Ball.Zero);

    public static readonly ComplexBall I = new(Ball.Zero, Ball.One);

    public bool IsReal => Im.IsZero;

    public bool IsZero => Re.IsZero && Im.IsZero;

    public bool HoldsZero => Re.HoldsZero && Im.HoldsZero;

    public static ComplexBall Real(Ball value) => new(value, Ball.Zero);

    public static ComplexBall operator -(ComplexBall a) => new(-a.Re, -a.Im);

    public static ComplexBall Add(ComplexBall a, ComplexBall b, int bits) => new(Ball.Add(a.Re, b.Re, bits), Ball.Add(a.Im, b.Im, bits));

    public static ComplexBall Multiply(ComplexBall a, ComplexBall b, int bits) => a.IsReal && b.IsReal
        ? Real(Ball.Multiply(a.Re, b.Re, bits))
        : new(
            Ball.Add(Ball.Multiply(a.Re, b.Re, bits), -Ball.Multiply(a.Im, b.Im, bits), bits),
            Ball.Add(Ball.Multiply(a.Re, b.Im, bits), Ball.Multiply(a.Im, b.Re, bits), bits));

    public static ComplexBall Divide(ComplexBall a, ComplexBall b, int bits)
    {
        if (b.IsReal)
        {
            return new(Ball.Divide(a.Re, b.Re, bits), a.IsReal ? Ball.Zero : Ball.Divide(a.Im, b.Re, bits));
        }

        Ball norm = b.SquaredSize(bits);
        ComplexBall top = Multiply(a, b with { Im = -b.Im }, bits);
        return new(Ball.Divide(top.Re, norm, bits), Ball.Divide(top.Im, norm, bits));
    }

    /// <summary>A whole power, by squaring.</summary>
    public static ComplexBall Power(ComplexBall a, BigInteger exponent, int bits)
    {
        ComplexBall result = One;
        for (int i = (int)exponent.GetBitLength() - 1; i >= 0; i--)
        {
            result = Multiply(result, result, bits);
            if (!((exponent >> i) & 1).IsZero)
            {
                result = Multiply(result, a, bits);
            }
        }

        return result;
    }

    public static ComplexBall Exp(ComplexBall a, int bits)
    {
        Ball size = Transcendental.Exp(a.Re, bits);
        if (a.IsReal)
        {
            return Real(size);
        }

        (Ball sin, Ball cos) = Transcendental.SinCos(a.Im, bits);
        return new(Ball.Multiply(size, cos, bits), Ball.Multiply(size, sin, bits));
    }

    /// <summary>The principal logarithm.</summary>
    public static ComplexBall Log(ComplexBall a, int bits)
    {
        if (a.HoldsZero)
        {
            throw a.IsZero ? new UndefinedException("the logarithm of 0") : new OutOfBoundsException("the argument of a logarithm cannot be told from 0");
        }

        if (a.IsReal)
        {
            Ball log = Transcendental.Log(Ball.Abs(a.Re), bits);
            return new(log, a.Re.Sign > 0 ? Ball.Zero : Transcendental.Pi(bits));
        }

        Ball half = Ball.Exact(BigFloat.PowerOfTwo(-1));
        return new(Ball.Multiply(Transcendental.Log(a.SquaredSize(bits), bits), half, bits), a.Argument(bits));
    }

    /// <summary>The square root with a real part that is not negative.</summary>
    public static ComplexBall Sqrt(ComplexBall a, int bits)
    {
        if (a.IsReal && (a.IsZero || a.Re.Sign != 0))
        {
            Ball root = Ball.Sqrt(Ball.Abs(a.Re), bits);
            return a.Re.Sign < 0 ? new(Ball.Zero, root) : Real(root);
        }

        if (a.HoldsZero)
        {
            // What may be 0 on either side has a root of at most this size in both parts.
            Ball bound = Ball.Sqrt(a.Size(bits), bits);
            Ball around = new(BigFloat.Zero, bound.Mid.Abs() + bound.Radius);
            return new(around, around);
        }

        ComplexBall log = Log(a, bits);
        Ball half = Ball.Exact(BigFloat.PowerOfTwo(-1));
        return Exp(new(Ball.Multiply(log.Re, half, bits), Ball.Multiply(log.Im, half, bits)), bits);
    }

    public Ball Size(int bits) => IsReal ? Ball.Abs(Re) : Ball.Sqrt(SquaredSize(bits), bits);

    private Ball SquaredSize(int bits) => Ball.Add(Ball.Multiply(Re, Re, bits), Ball.Multiply(Im, Im, bits), bits);

    /// <summary>The argument in (−π, π].</summary>
    private Ball Argument(int bits)
    {
        Ball half = Ball.Exact(BigFloat.PowerOfTwo(-1));
        Ball quarter = Ball.Multiply(Transcendental.Pi(bits), half, bits);
        if (Re.Sign > 0)
        {
            return Transcendental.Atan(Ball.Divide(Im, Re, bits), bits);
        }

        if (Im.Sign == 0)
        {
            throw new OutOfBoundsException("the argument of a complex number cannot be told from that of its conjugate");
        }

        Ball rest = Transcendental.Atan(Ball.Divide(Re, Im, bits), bits);
        return Ball.Add(Im.Sign > 0 ? quarter : -quarter, -rest, bits);
    }
}

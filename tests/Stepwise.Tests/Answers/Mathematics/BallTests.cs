using System.Globalization;
using System.Numerics;
using Stepwise.Answers;
using Stepwise.Answers.Mathematics;

namespace Stepwise.Tests.Answers.Mathematics;

/// <summary>Balls hold the numbers that they stand for, and are as small as their bits allow.</summary>
public sealed class BallTests
{
    private const int Bits = 200;

    // Published digits, cut off.
    public static TheoryData<string, string> Constants => new()
    {
        { "π", "3.14159265358979323846264338327950288419716939937510" },
        { "e", "2.71828182845904523536028747135266249775724709369995" },
        { "ln 2", "0.69314718055994530941723212145817656807550013436025" },
        { "√2", "1.41421356237309504880168872420969807856967187537694" },
        { "sin 1", "0.84147098480789650665250232163029899962256306079837" },
        { "cos 1", "0.54030230586813971740093660744297660373231042061792" },
        { "arctan 1/2", "0.46364760900080611621425623146121440202853705428612" },
        { "ln 10", "2.30258509299404568401799145468436420760110148862877" },
        { "sin 100", "-0.50636564110975879365655761045978543206503272129065" },
    };

    [Theory]
    [MemberData(nameof(Constants))]
    public void Function_PublishedDigits_AreHeld(string name, string digits)
    {
        Ball ball = name switch
        {
            "π" => Transcendental.Pi(Bits),
            "e" => Transcendental.Exp(Ball.One, Bits),
            "ln 2" => Transcendental.Log(Whole(2), Bits),
            "ln 10" => Transcendental.Log(Whole(10), Bits),
            "√2" => Ball.Sqrt(Whole(2), Bits),
            "sin 1" => Transcendental.Sin(Ball.One, Bits),
            "cos 1" => Transcendental.Cos(Ball.One, Bits),
            "sin 100" => Transcendental.Sin(Whole(100), Bits),
            _ => Transcendental.Atan(Ball.Of(Rational.Create(1, 2)!.Value, Bits), Bits),
        };

        bool negative = digits[0] == '-';
        Rational cut = Rational.Parse(negative ? digits.AsSpan(1) : digits, out int decimals)!.Value;
        Ball published = Ball.Of(negative ? cut.Negated() : cut, Bits);
        Ball rest = Ball.Add(ball, -published, Bits);
        (rest.Mid.Abs() < BigFloat.PowerOfTwo((int)(-decimals * 3.32))).ShouldBeTrue();
        (ball.Radius < BigFloat.PowerOfTwo(12 - Bits + Math.Max(0, ball.Mid.Magnitude))).ShouldBeTrue();
    }

    [Fact]
    public void Function_FewBits_HoldTheValueOfMany()
    {
        for (int i = 0; i < 400; i++)
        {
            ulong key = CounterRandom.Key(3, (ulong)i);
            Rational x = Rational.Create(CounterRandom.Integer(key, 0, 8000) - 4000, CounterRandom.Integer(key, 1, 399) + 1)!.Value;
            Rational positive = Rational.Create(CounterRandom.Integer(key, 2, 3999) + 1, CounterRandom.Integer(key, 3, 399) + 1)!.Value;
            Same(bits => Transcendental.Exp(Ball.Of(x, bits), bits), $"exp {x}");
            Same(bits => Transcendental.Sin(Ball.Of(x, bits), bits), $"sin {x}");
            Same(bits => Transcendental.Cos(Ball.Of(x, bits), bits), $"cos {x}");
            Same(bits => Transcendental.Atan(Ball.Of(x, bits), bits), $"atan {x}");
            Same(bits => Transcendental.Log(Ball.Of(positive, bits), bits), $"ln {positive}");
            Same(bits => Ball.Sqrt(Ball.Of(positive, bits), bits), $"sqrt {positive}");
            Same(bits => Ball.Divide(Ball.Of(x, bits), Ball.Of(positive, bits), bits), $"{x} / {positive}");
            Same(bits => Ball.Multiply(Ball.Of(x, bits), Ball.Of(positive, bits), bits), $"{x} * {positive}");
        }
    }

    [Fact]
    public void Function_KnownRelations_HoldWithinTheRadii()
    {
        for (int n = 1; n < 40; n++)
        {
            Ball x = Ball.Of(Rational.Create(n, 7)!.Value, Bits);
            (Ball sin, Ball cos) = Transcendental.SinCos(x, Bits);
            Ball.Add(Ball.Add(Ball.Multiply(sin, sin, Bits), Ball.Multiply(cos, cos, Bits), Bits), -Ball.One, Bits).HoldsZero.ShouldBeTrue();
            Ball.Add(Transcendental.Log(Transcendental.Exp(x, Bits), Bits), -x, Bits).HoldsZero.ShouldBeTrue();
            Ball root = Ball.Sqrt(x, Bits);
            Ball.Add(Ball.Multiply(root, root, Bits), -x, Bits).HoldsZero.ShouldBeTrue();
        }
    }

    [Fact]
    public void Divide_ByWhatMayBeZero_IsRefused()
    {
        Should.Throw<UndefinedException>(() => Ball.Divide(Ball.One, Ball.Zero, Bits));
        Should.Throw<OutOfBoundsException>(() => Ball.Divide(Ball.One, new Ball(BigFloat.Zero, BigFloat.One), Bits));
    }

    private static Ball Whole(int n) => Ball.Exact(new BigFloat(new BigInteger(n), 0));

    /// <summary>A ball of few bits holds the middle of one of many, which is as good as exact; it is not wider than its bits make it.</summary>
    private static void Same(Func<int, Ball> function, string what)
    {
        Ball few = function(64), many = function(256);
        Ball rest = Ball.Add(few, -Ball.Exact(many.Mid), 300);
        rest.HoldsZero.ShouldBeTrue(what);
        (few.Radius < BigFloat.PowerOfTwo(Math.Max(few.Mid.Magnitude, 0) + 20 - 64)).ShouldBeTrue(string.Create(CultureInfo.InvariantCulture,
            $"{what}: radius 2^{few.Radius.Magnitude}"));
    }
}

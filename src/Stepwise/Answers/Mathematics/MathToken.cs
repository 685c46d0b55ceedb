namespace Stepwise.Answers.Mathematics;

/// <summary>What a token of an answer is.</summary>
internal enum MathTokenKind
{
    /// <summary>The end of the answer.</summary>
    End,

    /// <summary>A numeral.</summary>
    Number,

    /// <summary>A letter, Greek ones too, with its subscript and primes: a variable or a constant.</summary>
    Letter,

    /// <summary>A word in the text of an answer, a unit among them.</summary>
    Word,

    /// <summary>A function's name.</summary>
    Function,

    /// <summary>An operator, relation, bracket or separator, by its sign.</summary>
    Sign,

    /// <summary>A LaTeX command that takes arguments: a fraction, a root, a binomial coefficient.</summary>
    Command,

    /// <summary>The begin of an environment, by its name.</summary>
    Begin,

    /// <summary>The end of an environment, by its name.</summary>
    Finish,
}

/// <summary>A token of an answer.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The sign, name or numeral in one spelling.</param>
/// <param name="Spaced">Whether white space stands before it.</param>
internal readonly record struct MathToken(MathTokenKind Kind, string Text, bool Spaced)
{
    /// <summary>The value of a numeral.</summary>
    public Rational Value { get; init; }

    /// <summary>The function of a function's name.</summary>
    public Function Function { get; init; }

    /// <summary>Whether a numeral has a decimal point, an exponent or separators.</summary>
    public bool Decorated { get; init; }

    /// <summary>Whether it stands in a text of LaTeX.</summary>
    public bool InText { get; init; }

    public bool Is(string sign) => Kind == MathTokenKind.Sign && string.Equals(Text, sign, StringComparison.Ordinal);
}

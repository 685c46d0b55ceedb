namespace Stepwise.Answers;

/// <summary>What a piece of a sentence means to arithmetic.</summary>
internal enum TokenKind
{
    /// <summary>A numeral.</summary>
    Number,

    /// <summary>+</summary>
    Plus,

    /// <summary>−</summary>
    Minus,

    /// <summary>×</summary>
    Times,

    /// <summary>÷</summary>
    Over,

    /// <summary>To the power of.</summary>
    Power,

    /// <summary>Opens a parenthesis.</summary>
    Open,

    /// <summary>Closes a parenthesis.</summary>
    Close,

    /// <summary>=</summary>
    Equal,

    /// <summary>≈</summary>
    Approximate,

    /// <summary>A word that leaves values as they are: a unit or prose.</summary>
    Word,

    /// <summary>A word that changes the value beside it (<c>twice</c>, <c>dozen</c>), or one of unknown effect (a variable).</summary>
    Symbol,

    /// <summary>The end of a clause: no expression goes across it.</summary>
    Break,

    /// <summary>The end of a line, which an expression goes across only if the next line begins with a relation.</summary>
    LineBreak,
}

/// <summary>A piece of a sentence.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Start">First character.</param>
/// <param name="End">One past the last character.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int End)
{
    /// <summary>The value of a number, a percentage as it is written (40 for 40 %).</summary>
    public Rational Value { get; init; }

    /// <summary>Digits after the decimal point.</summary>
    public int Decimals { get; init; }

    /// <summary>Whether a percent sign follows.</summary>
    public bool Percent { get; init; }

    /// <summary>Whether an ellipsis follows: the decimals are cut off.</summary>
    public bool CutOff { get; init; }

    /// <summary>Whether a parenthesis opens a fraction, so that a whole number before it makes a mixed number.</summary>
    public bool Fraction { get; init; }

    /// <summary>Whether an operator was read from the word <c>of</c>, which does not always multiply.</summary>
    public bool Guessed { get; init; }
}

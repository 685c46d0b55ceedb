namespace Stepwise.Answers;

/// <summary>What a piece of a stated answer is.</summary>
internal enum PieceKind
{
    /// <summary>A numeral, or a LaTeX fraction of two.</summary>
    Number,

    /// <summary>A word of two letters or more, <c>a</c>, <c>I</c>, or a unit's sign.</summary>
    Word,

    /// <summary>A single letter: a variable.</summary>
    Letter,

    /// <summary>+</summary>
    Plus,

    /// <summary>A minus, a hyphen or a dash that may be one.</summary>
    Minus,

    /// <summary>A slash between values.</summary>
    Over,

    /// <summary>Another operation: times, divided, to the power of.</summary>
    Operator,

    /// <summary>=</summary>
    Equal,

    /// <summary>≈</summary>
    Approximate,

    /// <summary>A parenthesis or brace that opens.</summary>
    Open,

    /// <summary>A parenthesis or brace that closes.</summary>
    Close,

    /// <summary>A comma, semicolon or long dash.</summary>
    Comma,

    /// <summary>A colon.</summary>
    Colon,

    /// <summary>The end of a sentence.</summary>
    Stop,

    /// <summary>An exclamation mark at the very end: the end of a sentence, or a factorial.</summary>
    Exclamation,

    /// <summary>The end of a line.</summary>
    Line,

    /// <summary>%</summary>
    Percent,

    /// <summary>Anything else: what it does to a number beside it is not known.</summary>
    Unreadable,
}

/// <summary>A piece of a stated answer.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">First character.</param>
/// <param name="End">One past the last character.</param>
/// <param name="Spaced">Whether white space or decoration stands before it.</param>
internal readonly record struct Piece(PieceKind Kind, int Start, int End, bool Spaced)
{
    /// <summary>The value of a number.</summary>
    public Rational Value { get; init; }

    /// <summary>Whether a number is a LaTeX fraction.</summary>
    public bool Fraction { get; init; }

    /// <summary>Whether digits are grouped by commas, which in parentheses may be those of a list.</summary>
    public bool Commas { get; init; }

    /// <summary>Whether digits are grouped by spaces.</summary>
    public bool Spaces { get; init; }

    /// <summary>Whether it is the numeral of a whole number.</summary>
    public bool IsWhole => Kind == PieceKind.Number && !Fraction && Value.IsWhole;
}

namespace Stepwise.Answers;

/// <summary>What a piece of prose is.</summary>
internal enum TokenKind
{
    /// <summary>A numeral.</summary>
    Number,

    /// <summary>A LaTeX fraction: numerator and denominator follow, each between <see cref="Open"/> and <see cref="Close"/>.</summary>
    Fraction,

    /// <summary>A word of two letters or more, <c>a</c>, <c>I</c>, or a unit's sign.</summary>
    Word,

    /// <summary>A single letter: a variable.</summary>
    Letter,

    /// <summary>What has an unknown effect on the value beside it: a command, a sign, letters after a numeral, what only looks like a numeral.</summary>
    Symbol,

    /// <summary>+</summary>
    Plus,

    /// <summary>A minus, a hyphen or a dash that may be one.</summary>
    Minus,

    /// <summary>×</summary>
    Times,

    /// <summary>÷</summary>
    Divide,

    /// <summary>A slash between values.</summary>
    Over,

    /// <summary>To the power of.</summary>
    Power,

    /// <summary>=</summary>
    Equal,

    /// <summary>≈</summary>
    Approximate,

    /// <summary>A parenthesis, or the brace of a fraction or power, that opens.</summary>
    Open,

    /// <summary>A parenthesis, or the brace of a fraction or power, that closes.</summary>
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

    /// <summary>A mark that means nothing to a number beside it, but that no calculation goes across: a quote, a delimiter of mathematics.</summary>
    Mark,

    /// <summary>Anything else: no calculation goes across it, and what it does to a number beside it is not known.</summary>
    Break,
}

/// <summary>A piece of prose.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">First character.</param>
/// <param name="End">One past the last character.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int End)
{
    /// <summary>Whether white space or decoration stands before it.</summary>
    public bool Spaced { get; init; }

    /// <summary>The value of a number, a percentage as it is written (40 for 40 %).</summary>
    public Rational Value { get; init; }

    /// <summary>Digits after the decimal point.</summary>
    public int Decimals { get; init; }

    /// <summary>What groups the digits of a number.</summary>
    public Numeral.Separator Grouping { get; init; }

    /// <summary>Whether an ellipsis follows: the decimals are cut off, and the token is a <see cref="TokenKind.Symbol"/> with a value.</summary>
    public bool CutOff { get; init; }

    /// <summary>Whether a percent sign follows, in a <see cref="Calculation"/>.</summary>
    public bool Percent { get; init; }

    /// <summary>Whether an operator was read from the word <c>of</c>, which does not always multiply.</summary>
    public bool Guessed { get; init; }

    /// <summary>Whether it multiplies, divides or raises to a power.</summary>
    public bool IsOperator => Kind is TokenKind.Times or TokenKind.Divide or TokenKind.Over or TokenKind.Power;

    /// <summary>Whether it is not known what it does to a number beside it.</summary>
    public bool IsUnknown => Kind is TokenKind.Symbol or TokenKind.Break;

    /// <summary>Whether it is the numeral of a whole number.</summary>
    public bool IsWhole => Kind == TokenKind.Number && Value.IsWhole;
}

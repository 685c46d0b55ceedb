using System.Collections.Frozen;
using System.Globalization;

namespace Stepwise.Answers;

/// <summary>Words and what they do to the numbers beside them.</summary>
internal static class Vocabulary
{
    // Numbers below the number, bounds of it, names of what it numbers, and functions of it: none is the number.
    private static readonly FrozenSet<string> Before = Set(
        "than least most never no neither between under over above below beyond within exceeds exceed exceeding except without besides "
        + "step part question problem exercise option choice equation line page factorial absolute log ln sin cos tan sqrt exp reciprocal "
        + "inverse opposite negation multiple multiples divisor divisors power powers divisible congruent january february "
        + "march april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec");

    private static readonly FrozenSet<string> Changing = Set(
        "twice thrice double triple half halves third thirds quarter quarters fourth fourths fifth fifths sixth eighth tenth dozen dozens hundred "
        + "thousand million billion squared cubed square root sum difference product less fewer mod");

    // Words that name a result, or take from it.
    private static readonly FrozenSet<string> Naming = Set("average mean remainder ratio off score");

    private static readonly FrozenSet<string> Conjunctions = Set("because since so therefore thus hence then if when but means where which");

    private static readonly FrozenSet<string> Rounding = Set(
        "round rounded rounding rounds approximately about roughly nearly almost around whole nearest");

    private static readonly FrozenSet<string> Alternatives = Set("or maybe perhaps possibly alternatively either otherwise unless might could below");

    private static readonly FrozenSet<string> Reasons = Set("because since so therefore thus hence which where given");

    private static readonly FrozenDictionary<string, int> Numbers = (
        "zero 0 two 2 twice 2 three 3 thrice 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 dozen 12 thirteen 13 fourteen 14 "
        + "fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 "
        + "hundred 100 thousand 1000 million 1000000")
        .Split(' ').Chunk(2).ToFrozenDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase);

    /// <summary>The kind of a word: an operation, a sign, or a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="afterValue">Whether a value stands before it.</param>
    public static TokenKind Meaning(ReadOnlySpan<char> word, bool afterValue) => word switch
    {
        _ when Is(word, "plus") => TokenKind.Plus,
        _ when Is(word, "minus") || Is(word, "negative") => TokenKind.Minus,
        _ when Is(word, "times") || Is(word, "multiplied") => TokenKind.Times,
        _ when Is(word, "divided") => TokenKind.Divide,
        _ when Is(word, "equals") => TokenKind.Equal,
        _ when Is(word, "percent") && afterValue => TokenKind.Percent,
        _ => TokenKind.Word,
    };

    /// <summary>Whether a clause of a calculation ends at the word.</summary>
    public static bool IsConjunction(ReadOnlySpan<char> word) => Holds(Conjunctions, word);

    /// <summary>Whether the word says that values are rounded.</summary>
    public static bool IsRounding(ReadOnlySpan<char> word) => Holds(Rounding, word);

    /// <summary>Whether the word changes the value beside it in a calculation, or may.</summary>
    public static bool IsChanging(ReadOnlySpan<char> word) => Holds(Changing, word) || Holds(Naming, word);

    /// <summary>Whether a number after the word is not what the words state: <c>at least 5</c>, <c>step 5</c>, <c>half of 5</c>.</summary>
    public static bool IsBefore(ReadOnlySpan<char> word) => Holds(Before, word) || Holds(Changing, word) || IsNumber(word) || Is(word, "May");

    /// <summary>Whether a number before the word is not what the words state: <c>5 dozen</c>, <c>5 or so</c>.</summary>
    public static bool IsAfter(ReadOnlySpan<char> word) => Holds(Changing, word) || Holds(Alternatives, word) || Is(word, "off");

    /// <summary>Whether what follows the word gives a reason and is no part of the answer.</summary>
    public static bool IsReason(ReadOnlySpan<char> word) => Holds(Reasons, word);

    /// <summary>Whether the word denies what follows it.</summary>
    public static bool IsDenial(ReadOnlySpan<char> word) => Is(word, "not") || word.EndsWith("n't") || word.EndsWith("n’t");

    /// <summary>Whether what follows the word is what the number is not: <c>18, not 20</c>; <c>18 instead of 20</c>.</summary>
    public static bool IsContrast(ReadOnlySpan<char> word) => IsDenial(word) || Is(word, "instead") || Is(word, "rather");

    /// <summary>Whether the word adds another number to one: <c>5 and 6</c>, <c>5 to 6</c>.</summary>
    public static bool IsJoiner(ReadOnlySpan<char> word) => Is(word, "and") || Is(word, "or") || Is(word, "to");

    /// <summary>The number that the word names: <c>three</c>, <c>twice</c>; <see langword="null"/> where it names none.</summary>
    public static int? Number(ReadOnlySpan<char> word) =>
        Numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out int number) ? number : null;

    /// <summary>Whether the word, or a part of it between hyphens, is a number.</summary>
    public static bool IsNumber(ReadOnlySpan<char> word)
    {
        foreach (Range part in word.Split('-'))
        {
            if (Number(word[part]) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static bool Holds(FrozenSet<string> words, ReadOnlySpan<char> word) => words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);

    private static bool Is(ReadOnlySpan<char> word, string other) => word.Equals(other, StringComparison.OrdinalIgnoreCase);
}

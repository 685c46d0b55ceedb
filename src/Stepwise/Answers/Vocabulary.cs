using System.Collections.Frozen;

namespace Stepwise.Answers;

/// <summary>Words with a meaning to numbers beside them.</summary>
internal static class Vocabulary
{
    /// <summary>Words that change the value beside them, or may.</summary>
    public static readonly FrozenSet<string> Changing = new[]
    {
        "twice", "thrice", "double", "triple", "half", "halves", "third", "thirds", "quarter", "quarters", "fourth", "fourths", "fifth",
        "fifths", "sixth", "eighth", "tenth", "dozen", "dozens", "hundred", "thousand", "million", "billion", "squared", "cubed", "square",
        "root", "average", "mean", "remainder", "sum", "difference", "product", "ratio", "less", "fewer", "off", "mod", "score",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Words that end a clause.</summary>
    public static readonly FrozenSet<string> Conjunctions = new[]
    {
        "because", "since", "so", "therefore", "thus", "hence", "then", "if", "when", "but", "means", "where", "which",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Units that are written right after a number.</summary>
    public static readonly FrozenSet<string> AttachedUnits = new[]
    {
        "kg", "mg", "cm", "mm", "km", "ft", "oz", "lb", "lbs", "ml", "mph", "min", "mins", "hr", "hrs", "sec", "kb", "mb", "gb",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Numbers as words.</summary>
    public static readonly FrozenDictionary<string, int> Numbers = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["two"] = 2,
        ["twice"] = 2,
        ["three"] = 3,
        ["thrice"] = 3,
        ["four"] = 4,
        ["five"] = 5,
        ["six"] = 6,
        ["seven"] = 7,
        ["eight"] = 8,
        ["nine"] = 9,
        ["ten"] = 10,
        ["eleven"] = 11,
        ["twelve"] = 12,
        ["dozen"] = 12,
        ["fifteen"] = 15,
        ["twenty"] = 20,
        ["thirty"] = 30,
        ["forty"] = 40,
        ["fifty"] = 50,
        ["sixty"] = 60,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}

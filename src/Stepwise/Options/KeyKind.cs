using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Stepwise.Options;

/// <summary>How the values of a key are written: its words, its range.</summary>
/// <param name="Allowed">The values that are allowed, for people.</param>
/// <param name="Read">The value that a text stands for, or nothing; relative paths start in the folder.</param>
/// <param name="Show">A value as it is written in YAML.</param>
internal sealed record KeyKind(string Allowed, Func<GivenValue, KeyKind.Reading> Read, Func<object?, string> Show)
{
    /// <summary>Whether a value may be given as a list in YAML.</summary>
    public bool TakesList { get; init; }

    /// <summary>What a text stands for.</summary>
    /// <param name="Holds">Whether it is allowed.</param>
    /// <param name="Value">The value.</param>
    public readonly record struct Reading(bool Holds, object? Value)
    {
        public static Reading Of(object? value) => new(value is not null, value);
    }

    /// <summary>The kind that a property's type and declaration say.</summary>
    /// <exception cref="InvalidOperationException">There is no kind for such a property.</exception>
    public static KeyKind Of(PropertyInfo property, KeyAttribute key) => (key, property.PropertyType) switch
    {
        (PathKeyAttribute path, _) => Path(path),
        (TextKeyAttribute text, _) => new(
            text.Allowed, v => new(Regex.IsMatch(v.Text, $"^(?:{text.Pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), v.Text),
            value => YamlText.SingleQuoted((string)value!)),
        (_, var type) when type == typeof(string) => new(
            "a text", v => new(YamlText.IsUnicode(v.Text), v.Text), value => YamlText.DoubleQuoted((string)value!)),
        (_, var type) when type == typeof(TextList) => new(
            "a text, or a list of texts such as [\"a\", \"b\"], none of them empty", v => Reading.Of(TextList.Read(v.Text)), value => value!.ToString()!)
        { TakesList = true },
        (_, var type) when type == typeof(int) => Whole(key, optional: false),
        (_, var type) when type == typeof(int?) => Whole(key, optional: true),
        (_, var type) when type == typeof(ulong) => new(
            $"a whole number from 0 to {ulong.MaxValue}",
            v => Reading.Of(ulong.TryParse(v.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong n) ? n : null),
            value => ((ulong)value!).ToString(CultureInfo.InvariantCulture)),
        (_, var type) when type == typeof(double) => Number(key, optional: false),
        (_, var type) when type == typeof(double?) => Number(key, optional: true),
        (_, var type) when type == typeof(bool) => new(
            "true or false", v => Reading.Of(v.Text switch { "true" => true, "false" => false, _ => null }),
            value => (bool)value! ? "true" : "false"),
        (_, { IsEnum: true } type) when type.IsDefined(typeof(FlagsAttribute)) => Words(type),
        (_, { IsEnum: true } type) => Word([.. Enum.GetValues(type).Cast<Enum>().Select(member => (Hyphenated(member), (object)member))]),
        _ => throw new InvalidOperationException($"{property.DeclaringType}.{property.Name}: no kind of key has the type {property.PropertyType}."),
    };

    /// <summary>One of a few words.</summary>
    public static KeyKind Word(IReadOnlyList<(string Word, object Value)> words) => new(
        string.Join(" | ", words.Select(w => w.Word)),
        v => Reading.Of(words.FirstOrDefault(w => string.Equals(w.Word, v.Text, StringComparison.Ordinal)).Value),
        value => words.First(w => w.Value.Equals(value)).Word);

    /// <summary>A member of an enumeration as recipes write it.</summary>
    public static string Hyphenated(Enum member) => JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString());

    /// <summary>The same, and a word for no value.</summary>
    private KeyKind OrUnset(string unset) => new(
        $"{Allowed}, or {unset}",
        v => string.Equals(v.Text, unset, StringComparison.Ordinal) ? new(Holds: true, null) : Read(v),
        value => value is null ? unset : Show(value));

    private static KeyKind Whole(KeyAttribute key, bool optional)
    {
        int low = Bound(key.Low, int.MinValue), high = Bound(key.High, int.MaxValue);
        KeyKind kind = new(
            $"a whole number from {low} to {high}",
            v => Reading.Of(
                int.TryParse(v.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) && n >= low && n <= high ? n : null),
            value => ((int)value!).ToString(CultureInfo.InvariantCulture));
        return optional ? kind.OrUnset(key.Unset) : kind;

        static int Bound(double bound, int orElse) => double.IsFinite(bound) ? (int)bound : orElse;
    }

    private static KeyKind Number(KeyAttribute key, bool optional)
    {
        KeyKind kind = new(
            $"a number {(key.AboveLow ? "above" : "from")} {Text(key.Low)} {(key.BelowHigh ? "to below" : "to")} {Text(key.High)}",
            v => Reading.Of(Read(v.Text)),
            value => Text((double)value!));
        return optional ? kind.OrUnset(key.Unset) : kind;

        // The sum turns −0 into 0: to a person they are the same.
        double? Read(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double n)
            && (key.AboveLow ? n > key.Low : n >= key.Low) && (key.BelowHigh ? n < key.High : n <= key.High)
                ? n + 0.0
                : null;

        static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>One or more of the members of an enumeration of flags, in snake case with blanks between them; each at most once.</summary>
    private static KeyKind Words(Type type)
    {
        (string Word, int Flag)[] known = [.. Enum.GetValues(type).Cast<Enum>()
            .Select(member => (JsonNamingPolicy.SnakeCaseLower.ConvertName(member.ToString()), Convert.ToInt32(member, CultureInfo.InvariantCulture)))
            .Where(member => int.IsPow2(member.Item2))];
        return new(
            $"some of {string.Join(' ', known.Select(k => k.Word))}, with blanks between them",
            v =>
            {
                string[] words = v.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                bool holds = words.Length > 0 && words.Distinct(StringComparer.Ordinal).Count() == words.Length
                    && words.All(w => known.Any(k => string.Equals(k.Word, w, StringComparison.Ordinal)));
                return new(holds, Enum.ToObject(type, known.Where(k => words.Contains(k.Word, StringComparer.Ordinal)).Sum(k => k.Flag)));
            },
            value => string.Join(' ', known
                .Where(k => (Convert.ToInt32(value, CultureInfo.InvariantCulture) & k.Flag) != 0).Select(k => k.Word)));
    }

    private static KeyKind Path(PathKeyAttribute key) => new(
        key.None.Length > 0 ? $"a path, or {key.None}" : "a path",
        v => v.Text.Length == 0 || v.Text.Any(YamlText.IsLineBreaking) ? default
            : key.None.Length > 0 && string.Equals(v.Text, key.None, StringComparison.Ordinal) ? new(Holds: true, null)
            : new(Holds: true, key.Locate(v.Text, v.Folder)),
        value => value is string { Length: > 0 } path ? YamlText.SingleQuoted(path) : key.None);
}

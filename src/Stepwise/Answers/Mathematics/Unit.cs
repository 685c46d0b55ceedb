using System.Collections.Frozen;
using System.Globalization;

namespace Stepwise.Answers.Mathematics;

/// <summary>A unit: a size in units of its dimension.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Dimension">What it measures, such as <c>length^2</c>; <see langword="null"/> for a word that is no known unit.</param>
/// <param name="Size">Its size in the base unit of the dimension.</param>
internal sealed record Unit(string Name, string? Dimension, Rational Size)
{
    private static readonly FrozenDictionary<string, (string Dimension, Rational Size)> Known = new[]
    {
        ("length", "m:1 meter meters metre metres|km:1000 kilometer kilometers kilometre kilometres|cm:1/100 centimeter centimeters centimetre centimetres|"
            + "mm:1/1000 millimeter millimeters millimetre millimetres|dm:1/10 decimeter decimeters|um:1/1000000 micrometer micrometers micron microns|"
            + "nm:1/1000000000 nanometer nanometers|inch:127/5000 inches|ft:381/1250 foot feet|yd:1143/1250 yard yards|mile:201168/125 miles mi|"
            + "pc:30856775814913673 parsec parsecs|AU:149597870700 au|angstrom:1/10000000000 angstroms|Å:1/10000000000"),
        ("mass", "g:1 gram grams gramme grammes|kg:1000 kilogram kilograms kilo kilos|mg:1/1000 milligram milligrams|t:1000000 tonne tonnes|"
            + "lb:45359237/100000 lbs pound pounds|oz:45359237/1600000 ounce ounces|ton:45359237/50 tons"),
        ("time", "s:1 sec secs second seconds|ms:1/1000 millisecond milliseconds|min:60 mins minute minutes|h:3600 hr hrs hour hours|day:86400 days|"
            + "week:604800 weeks|fortnight:1209600"),
        ("span", "month:1 months|year:12 years yr yrs|decade:120 decades|century:1200 centuries"),
        ("volume",
            "L:1/1000 l liter liters litre litres|ml:1/1000000 mL milliliter milliliters millilitre millilitres|cl:1/100000|dl:1/10000|"
                + "gal:473176473/125000000000 gallon gallons|"
            + "qt:473176473/500000000000 quart quarts|pint:473176473/1000000000000 pints|cup:473176473/2000000000000 cups"),
        ("speed", "mph:1397/3125|kmh:5/18 kph|knot:463/900 knots"),
        ("angle", "°:1 degree degrees deg"),
        ("money", "$:1 dollar dollars USD usd bucks|cent:1/100 cents ¢ penny pennies|nickel:1/20 nickels|dime:1/10 dimes|quarter:1/4 quarters"),
        ("euro", "€:1 euro euros EUR"),
        ("sterling", "£:1"),
        ("rupee", "rupee:1 rupees ₹"),
        ("yuan", "yuan:1 元"),
        ("charge", "C:1 coulomb coulombs"),
        ("force", "N:1 newton newtons"),
        ("energy",
            "J:1 joule joules|kJ:1000|eV:1602176634/10000000000000000000000000000|keV:1602176634/10000000000000000000000000|"
                + "MeV:1602176634/10000000000000000000000"),
        ("power", "W:1 watt watts|kW:1000 kilowatt kilowatts|MW:1000000"),
        ("voltage", "V:1 volt volts"),
        ("temperature", "K:1 kelvin kelvins"),
        ("frequency", "Hz:1 hertz|kHz:1000|MHz:1000000|GHz:1000000000"),
        ("amount", "mol:1 mole moles"),
        ("bytes", "byte:1 bytes|KB:1000 kb|MB:1000000 mb|GB:1000000000 gb"),
    }.SelectMany(d => d.Item2.Split('|').SelectMany(entry => Entries(d.Item1, entry)))
        .ToFrozenDictionary(e => e.Word, e => (e.Dimension, e.Size), StringComparer.Ordinal);

    /// <summary>Letters that name a unit where they stand alone behind a number.</summary>
    public static bool IsLetter(string name) => name is "g" or "m" or "h" or "s" or "L" or "l" or "N" or "J" or "W" or "V" or "K" or "C" or "t";

    /// <summary>Whether a word names a unit.</summary>
    public static bool IsKnown(string word) => Find(word) is not null;

    /// <summary>Reads what stands behind a value.</summary>
    /// <param name="words">Words, <c>/</c>, <c>per</c>, and exponents (<c>^2</c>), in order.</param>
    public static Unit Read(IReadOnlyList<string> words)
    {
        SortedDictionary<string, int> dimensions = new(StringComparer.Ordinal);
        Rational? size = 1;
        bool known = true, below = false;
        int power = 1;
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word is "/" or "per")
            {
                below = true;
                continue;
            }

            if (word is "square" or "sq" or "cubic")
            {
                power = word is "cubic" ? 3 : 2;
                continue;
            }

            if (word is "*" || Find(word) is not { } unit)
            {
                known &= word is "*";
                continue;
            }

            int exponent = power;
            power = 1;
            if (i + 1 < words.Count && words[i + 1].StartsWith('^')
                && int.TryParse(words[i + 1].AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int raised)
                && raised is >= -4 and <= 4)
            {
                exponent = raised;
                i++;
            }

            exponent = below ? -exponent : exponent;
            dimensions[unit.Dimension] = dimensions.GetValueOrDefault(unit.Dimension) + exponent;
            size = Simplifier.Power(unit.Size, exponent) is { } factor && size is { } before ? Rational.Multiply(before, factor) : null;
        }

        known &= dimensions.Count > 0 && size is not null;
        string dimension = string.Join(' ', dimensions.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Key}^{d.Value}")));
        return new(string.Join(' ', words), known ? dimension : null, known ? size!.Value : 1);
    }

    /// <summary>The unit that a word names; <see langword="null"/> where it names none.</summary>
    public static (string Dimension, Rational Size)? Find(string word) =>
        Known.TryGetValue(word, out (string, Rational) unit) || Known.TryGetValue(word.ToLowerInvariant(), out unit) ? unit : null;

    private static IEnumerable<(string Word, string Dimension, Rational Size)> Entries(string dimension, string entry)
    {
        string[] words = entry.Split(' ');
        string[] first = words[0].Split(':');
        string[] size = first[1].Split('/');
        Rational value = Rational.Create(
            System.Numerics.BigInteger.Parse(size[0], CultureInfo.InvariantCulture),
            size.Length > 1 ? System.Numerics.BigInteger.Parse(size[1], CultureInfo.InvariantCulture) : 1)!.Value;
        return words.Skip(1).Prepend(first[0]).Select(word => (word, dimension, value));
    }
}

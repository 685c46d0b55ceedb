using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// Unicode normalization form C. The platform's own is the identity where globalization is invariant, as it is here.
/// Source: Unicode Standard Annex #15; Hangul by arithmetic (Unicode Standard, section 3.12).
/// </summary>
internal static class NormalizationFormC
{
    // Below the first combining mark every character is its own normal form and nothing composes.
    private const char FirstMark = '\u0300';

    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28;

    private static readonly FrozenDictionary<int, byte> Classes = ParseClasses();
    private static readonly FrozenDictionary<int, int[]> Decompositions = ParseDecompositions();
    private static readonly FrozenDictionary<long, int> Compositions = NormalizationData.Decompositions
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Where(entry => entry.Contains('=', StringComparison.Ordinal))
        .Select(entry => Code(entry.AsSpan(0, entry.IndexOf('=', StringComparison.Ordinal))))
        .ToFrozenDictionary(composite => Pair(Decompositions[composite][0], Decompositions[composite][1]));

    /// <summary>Characters that may join with the one before them.</summary>
    private static readonly FrozenSet<int> Joining = Compositions.Keys.Select(pair => (int)(pair & int.MaxValue)).ToFrozenSet();

    /// <summary>Characters that do not come back once they are taken apart.</summary>
    private static readonly FrozenSet<int> Vanishing = Decompositions.Keys.Except(Compositions.Values).ToFrozenSet();

    /// <summary>The normal form; unpaired surrogates become U+FFFD unless nothing had to be done.</summary>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyInRange(FirstMark, char.MaxValue))
        {
            foreach (Rune rune in text.EnumerateRunes())
            {
                if (rune.Value >= FirstMark && MayChange(rune.Value))
                {
                    return Compose(text);
                }
            }
        }

        return text;
    }

    /// <summary>The normal form, computed in any case.</summary>
    internal static ReadOnlySpan<char> Compose(ReadOnlySpan<char> text)
    {
        List<int> codes = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codes);
        }

        Span<int> points = CollectionsMarshal.AsSpan(codes);
        Order(points);
        StringBuilder composed = new(text.Length);
        Span<char> utf16 = stackalloc char[2];
        foreach (int code in points[..Compose(points)])
        {
            composed.Append(utf16[..new Rune(code).EncodeToUtf16(utf16)]);
        }

        return composed.ToString();
    }

    /// <summary>Whether a text with this character may not be in normal form (NFC_Quick_Check of the standard is not "yes").</summary>
    private static bool MayChange(int code) => Class(code) != 0 || Joining.Contains(code) || Vanishing.Contains(code)
        || code - VowelBase is >= 0 and < Vowels || code - TailBase is > 0 and < Tails;

    private static void Decompose(int code, List<int> codes)
    {
        int syllable = code - SyllableBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails)
        {
            codes.Add(LeadBase + (syllable / (Vowels * Tails)));
            codes.Add(VowelBase + (syllable / Tails % Vowels));
            if (syllable % Tails != 0)
            {
                codes.Add(TailBase + (syllable % Tails));
            }
        }
        else if (Decompositions.TryGetValue(code, out int[]? parts))
        {
            foreach (int part in parts)
            {
                Decompose(part, codes);
            }
        }
        else
        {
            codes.Add(code);
        }
    }

    /// <summary>Sorts every run of marks by class; equal classes keep their order.</summary>
    private static void Order(Span<int> codes)
    {
        for (int start = 0; start < codes.Length; start++)
        {
            int end = start;
            while (end < codes.Length && Class(codes[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] sorted = [.. codes[start..end].ToArray().OrderBy(Class)];
                sorted.CopyTo(codes[start..]);
            }

            start = end;
        }
    }

    /// <summary>Joins each starter with the marks behind it that no mark of the same or a higher class cuts off.</summary>
    /// <returns>How many codes are left, at the front.</returns>
    private static int Compose(Span<int> codes)
    {
        int starter = -1;
        int kept = 0;
        int lastClass = 0;
        foreach (int code in codes)
        {
            int own = Class(code);
            bool adjacent = kept == starter + 1;
            if (starter >= 0 && (adjacent || (own != 0 && lastClass < own)) && Composite(codes[starter], code) is { } composite)
            {
                codes[starter] = composite;
                continue;
            }

            if (own == 0)
            {
                starter = kept;
            }

            lastClass = own;
            codes[kept++] = code;
        }

        return kept;
    }

    private static int? Composite(int first, int second)
    {
        if (first - LeadBase is >= 0 and < Leads && second - VowelBase is >= 0 and < Vowels)
        {
            return SyllableBase + ((((first - LeadBase) * Vowels) + (second - VowelBase)) * Tails);
        }

        int syllable = first - SyllableBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && second - TailBase is > 0 and < Tails)
        {
            return first + (second - TailBase);
        }

        return Compositions.TryGetValue(Pair(first, second), out int composite) ? composite : null;
    }

    private static int Class(int code) => code >= FirstMark && Classes.TryGetValue(code, out byte value) ? value : 0;

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    private static int Code(ReadOnlySpan<char> hexadecimal) => int.Parse(hexadecimal, NumberStyles.AllowHexSpecifier);

    private static FrozenDictionary<int, int[]> ParseDecompositions() => NormalizationData.Decompositions
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => Array.ConvertAll(entry.Split('=', '!', '+'), code => Code(code)))
        .ToFrozenDictionary(codes => codes[0], codes => codes[1..]);

    private static FrozenDictionary<int, byte> ParseClasses()
    {
        Dictionary<int, byte> classes = [];
        foreach (string entry in NormalizationData.CombiningClasses.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split(':');
            string[] range = parts[0].Split('-');
            for (int code = Code(range[0]); code <= Code(range[^1]); code++)
            {
                classes.Add(code, byte.Parse(parts[1]));
            }
        }

        return classes.ToFrozenDictionary();
    }
}

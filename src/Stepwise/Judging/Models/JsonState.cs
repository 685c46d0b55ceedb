using System.Text;

namespace Stepwise.Judging.Models;

/// <summary>
/// A place in a text of JSON that keeps to a form, between two bytes: what may come next, and where it leads. States are made as they are reached and kept,
/// so that asking about a whole vocabulary costs little. Not for two threads at once.
/// </summary>
internal abstract class JsonState
{
    private static readonly JsonState Nowhere = new Place();

    private JsonState?[]? _next;

    /// <summary>Where the text is whole; nothing may follow.</summary>
    public static JsonState End { get; } = new Place();

    /// <summary>The place after a byte, or <see langword="null"/> where it may not come.</summary>
    public JsonState? After(byte next)
    {
        JsonState known = (_next ??= new JsonState?[256])[next] ??= Step(next) ?? Nowhere;
        return ReferenceEquals(known, Nowhere) ? null : known;
    }

    /// <summary>The place before a text of a form.</summary>
    /// <param name="form">The form.</param>
    /// <param name="then">The place after it.</param>
    public static JsonState Before(JsonForm form, JsonState then) => form switch
    {
        ObjectForm fields => Before(fields, then),
        ListForm list => Literal("[", list.Fewest == 0 ? new Fork(Literal("]", then), Item(list, 0, then)) : Item(list, 0, then)),
        IntegerForm number => new Digits(number.Low, number.High, null, then),
        TextForm text => Literal("\"", new Characters(text.Most, then)),
        LiteralForm literal => Literal($"\"{literal.Text}\"", then),
        WordForm words => new Words([.. words.Words.Select(word => Encoding.UTF8.GetBytes($"\"{word}\""))], 0, then),
        TruthForm => new Words(["true"u8.ToArray(), "false"u8.ToArray()], 0, then),
        _ => throw new ArgumentException($"There is no automaton for {form.GetType().Name}.", nameof(form)),
    };

    private protected abstract JsonState? Step(byte next);

    private static JsonState Before(ObjectForm form, JsonState then)
    {
        JsonState place = Literal("}", then);
        for (int f = form.Fields.Count - 1; f >= 0; f--)
        {
            (string name, JsonForm field) = form.Fields[f];
            place = Literal($"{(f == 0 ? "{" : ", ")}\"{name}\": ", Before(field, place));
        }

        return place;
    }

    /// <summary>The place before item i of a list, or its end where it can have no more.</summary>
    private static JsonState Item(ListForm list, int first, JsonState then)
    {
        JsonState end = Literal("]", then), place = end;
        for (int i = list.Each.Count - 1; i >= first; i--)
        {
            JsonState after = i + 1 == list.Each.Count ? end : i + 1 < list.Fewest ? Literal(", ", place) : new Fork(end, Literal(", ", place));
            place = Before(list.Each[i], after);
        }

        return place;
    }

    private static Words Literal(string text, JsonState then) => new([Encoding.UTF8.GetBytes(text)], 0, then);

    private sealed class Place : JsonState
    {
        private protected override JsonState? Step(byte next) => null;
    }

    /// <summary>Two ways on, which begin with different bytes.</summary>
    private sealed class Fork(JsonState left, JsonState right) : JsonState
    {
        private protected override JsonState? Step(byte next) => left.After(next) ?? right.After(next);
    }

    /// <summary>One of a few words, none the beginning of another, of which so many bytes are there.</summary>
    private sealed class Words(byte[][] words, int length, JsonState then) : JsonState
    {
        private protected override JsonState? Step(byte next)
        {
            byte[][] left = Array.FindAll(words, word => word[length] == next);
            return left.Length == 0 ? null : left[0].Length == length + 1 ? then : new Words(left, length + 1, then);
        }
    }

    /// <summary>A whole number in a range, of which some digits are there.</summary>
    private sealed class Digits(int low, int high, long? value, JsonState then) : JsonState
    {
        private protected override JsonState? Step(byte next)
        {
            if (next is < (byte)'0' or > (byte)'9')
            {
                return value is { } whole && whole >= low && whole <= high ? then.After(next) : null;
            }

            long longer = ((value ?? 0) * 10) + next - '0';
            return value != 0 && CanEnd(longer) ? new Digits(low, high, longer, then) : null;
        }

        /// <summary>Whether more digits, or none, make it a number of the range.</summary>
        private bool CanEnd(long first)
        {
            for (long last = first; first <= high; first *= 10, last = (last * 10) + 9)
            {
                if (last >= low)
                {
                    return true;
                }

                if (first == 0)
                {
                    break;
                }
            }

            return false;
        }
    }

    /// <summary>Inside a text that may have so many more characters.</summary>
    private sealed class Characters(int left, JsonState then) : JsonState
    {
        private JsonState? _longer;

        private JsonState Longer => _longer ??= new Characters(left - 1, then);

        private protected override JsonState? Step(byte next) => next switch
        {
            (byte)'"' => then,
            _ when left == 0 => null,
            (byte)'\\' => new Words([.. "\"\\/bfnrt"u8.ToArray().Select(c => new[] { c })], 0, Longer),
            < 0x20 or 0x7F => null,
            < 0x7F => Longer,

            // RFC 3629: neither overlong, nor half of a surrogate pair, nor beyond U+10FFFF.
            >= 0xC2 and <= 0xDF => new Continuation(0x80, 0xBF, 1, Longer),
            0xE0 => new Continuation(0xA0, 0xBF, 2, Longer),
            0xED => new Continuation(0x80, 0x9F, 2, Longer),
            >= 0xE1 and <= 0xEF => new Continuation(0x80, 0xBF, 2, Longer),
            0xF0 => new Continuation(0x90, 0xBF, 3, Longer),
            >= 0xF1 and <= 0xF3 => new Continuation(0x80, 0xBF, 3, Longer),
            0xF4 => new Continuation(0x80, 0x8F, 3, Longer),
            _ => null,
        };
    }

    /// <summary>Inside a character of UTF-8 that has so many more bytes, the next of them in a range.</summary>
    private sealed class Continuation(byte low, byte high, int left, JsonState then) : JsonState
    {
        private protected override JsonState? Step(byte next) =>
            next < low || next > high ? null : left == 1 ? then : new Continuation(0x80, 0xBF, left - 1, then);
    }
}

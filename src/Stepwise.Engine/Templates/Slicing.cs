namespace Stepwise.Engine.Templates;

/// <summary><c>value[start:stop:step]</c> of lists and texts, as Python counts.</summary>
internal static class Slicing
{
    /// <summary>The part of a list or text; bounds beyond its ends are moved to them, <see langword="null"/> stands for the end.</summary>
    public static object Slice(object? value, long? start, long? stop, long? step, RenderContext context)
    {
        if (step == 0)
        {
            throw context.Error("a slice's step is 0");
        }

        switch (value)
        {
            case IReadOnlyList<object?> list:
                return Pick(list, start, stop, step ?? 1, context);
            case string text:
                object?[] picked = Pick(Values.Items(text, context), start, stop, step ?? 1, context);
                context.SpendCharacters(text.Length);
                return string.Concat(picked);
            default:
                throw context.Error($"{Values.Kind(value)} has no slices");
        }
    }

    private static object?[] Pick(IReadOnlyList<object?> list, long? start, long? stop, long step, RenderContext context)
    {
        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? list.Count : list.Count - 1;
        long first = Clamp(start, step > 0 ? low : high);
        long end = Clamp(stop, step > 0 ? high : low);
        context.SpendItems(step > 0 ? Math.Max(0, end - first) : Math.Max(0, first - end));
        List<object?> picked = [];
        long stride = Math.Clamp(step, -list.Count - 1, list.Count + 1);
        for (long i = first; step > 0 ? i < end : i > end; i += stride)
        {
            picked.Add(list[(int)i]);
        }

        return [.. picked];

        long Clamp(long? bound, long open) =>
            bound is { } place ? Math.Clamp(place < 0 ? place + list.Count : place, low, high) : open;
    }
}

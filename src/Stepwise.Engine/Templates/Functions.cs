namespace Stepwise.Engine.Templates;

/// <summary>The functions that a template finds.</summary>
internal static class Functions
{
    /// <summary>The functions by name.</summary>
    public static readonly IReadOnlyDictionary<string, Function> All = new Dictionary<string, Function>(StringComparer.Ordinal)
    {
        ["namespace"] = NewNamespace,
        ["raise_exception"] = RaiseException,
        ["range"] = Range,
        ["strftime_now"] = FormatToday,
    };

    private static Namespace NewNamespace(Arguments arguments)
    {
        IReadOnlyCollection<KeyValuePair<string, object?>> entries = arguments.Positional switch
        {
            [] => [],
            [IReadOnlyDictionary<string, object?> map] => map,
            _ => throw arguments.Error("of namespace allows names with values, or one map"),
        };
        arguments.Context.SpendItems(entries.Count);
        return new Namespace(arguments.Named.Concat(entries).DistinctBy(entry => entry.Key, StringComparer.Ordinal));
    }

    private static object RaiseException(Arguments arguments) =>
        throw arguments.Context.Error(
            $"the template refuses this chat: {Quoted.Of(Values.Text(arguments.Bind(1, "message")[0], arguments.Context))}");

    private static object?[] Range(Arguments arguments)
    {
        object?[] given = arguments.Bind(1, "start", "stop", "step");
        long first = Number(given[0]), step = arguments.OptionalNumber(given[2]) ?? 1;
        (long start, long stop) = arguments.OptionalNumber(given[1]) is { } end ? (first, end) : (0, first);
        if (step == 0)
        {
            throw arguments.Error("of range is given the step 0");
        }

        Int128 span = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        Int128 stride = Int128.Abs(step);
        Int128 count = span <= 0 ? 0 : (span + stride - 1) / stride;
        arguments.Context.SpendItems((long)Int128.Min(count, RenderContext.MaxWork));
        object?[] numbers = new object?[(int)count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = start + (i * step);
        }

        return numbers;

        long Number(object? value) => arguments.OptionalNumber(value) ?? throw arguments.Error("of range needs numbers");
    }

    private static string FormatToday(Arguments arguments) =>
        DateFormat.Format(arguments.Context.Today, arguments.Text(arguments.Bind(1, "format")[0]), arguments);
}

namespace Stepwise.Engine.Templates;

/// <summary>What a function, filter or test is called with.</summary>
/// <param name="context">The rendering.</param>
/// <param name="callee">What is called, for messages.</param>
/// <param name="positional">The arguments without a name.</param>
/// <param name="named">Those with one.</param>
internal sealed class Arguments(
    RenderContext context, string callee, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
{
    /// <summary>Stands for an argument that is not given.</summary>
    public static readonly object Missing = new();

    public RenderContext Context => context;

    public IReadOnlyList<object?> Positional => positional;

    public IReadOnlyDictionary<string, object?> Named => named;

    /// <summary>The arguments in the order of the parameters; <see cref="Missing"/> where one is not given.</summary>
    /// <param name="required">How many of the parameters must be given.</param>
    /// <param name="parameters">The parameters' names.</param>
    /// <exception cref="InputException">An argument is missing, given twice, or of no parameter.</exception>
    public object?[] Bind(int required, params ReadOnlySpan<string> parameters)
    {
        if (positional.Count > parameters.Length)
        {
            throw Error($"has {positional.Count} arguments; at most {parameters.Length} are allowed");
        }

        object?[] bound = new object?[parameters.Length];
        int used = 0;
        for (int i = 0; i < bound.Length; i++)
        {
            bool isNamed = named.TryGetValue(parameters[i], out object? value);
            used += isNamed ? 1 : 0;
            if (isNamed && i < positional.Count)
            {
                throw Error($"is given \"{parameters[i]}\" twice");
            }

            bound[i] = i < positional.Count ? positional[i] : isNamed ? value : Missing;
            if (i < required && ReferenceEquals(bound[i], Missing))
            {
                throw Error($"needs the argument \"{parameters[i]}\"");
            }
        }

        return used == named.Count
            ? bound
            : throw Error(
                $"is given {string.Join(", ", named.Keys.Except(parameters.ToArray(), StringComparer.Ordinal).Select(Quoted.Of))}, "
                + "which is not supported");
    }

    /// <summary>The arguments without the first ones, for what those name.</summary>
    public Arguments From(int place, string inner) => new(context, inner, [.. positional.Skip(place)], named);

    /// <summary>No arguments are allowed.</summary>
    public void BindNone() => Bind(0);

    /// <summary>An argument that must be a text.</summary>
    public string Text(object? argument) => argument as string ?? throw Error($"needs a text, and is given {Values.Kind(argument)}");

    /// <summary>An argument that may be absent or none, and is a text otherwise.</summary>
    public string? OptionalText(object? argument) => argument is null || ReferenceEquals(argument, Missing) ? null : Text(argument);

    /// <summary>An argument that may be absent or none, and is a whole number otherwise.</summary>
    public long? OptionalNumber(object? argument) => argument switch
    {
        long number => number,
        null => null,
        _ when ReferenceEquals(argument, Missing) => null,
        _ => throw Error($"needs a number, and is given {Values.Kind(argument)}"),
    };

    public InputException Error(string problem) => context.Error($"{callee} {problem}");
}

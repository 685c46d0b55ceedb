using System.Text.Json.Nodes;
using Stepwise.Options;

namespace Stepwise.Methods;

/// <summary>The state of a method's parts as a whole: taken, saved and loaded under the names of the parts; one that another holds is named after it.</summary>
public static class MethodState
{
    /// <summary>The method with copies of its parts that remember something, each with the state of a run's start.</summary>
    /// <param name="method">The method.</param>
    public static Method Fresh(this Method method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return OptionTree.WithParts(method, part => (part as IStateful)?.Fresh() ?? part);
    }

    /// <summary>What the parts remember; empty where none does.</summary>
    /// <param name="method">The method.</param>
    public static JsonObject Save(this Method method) =>
        new(Stateful(method).Select(part => KeyValuePair.Create(part.Name, (JsonNode?)part.Part.Save())));

    /// <summary>Takes what <see cref="Save"/> gave.</summary>
    /// <param name="method">The method, of the same parts.</param>
    /// <param name="state">The state.</param>
    /// <exception cref="InputException">It is the state of other parts, or one that a part does not take.</exception>
    public static void Load(this Method method, JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        (string Name, IStateful Part)[] parts = [.. Stateful(method)];
        foreach ((string name, _) in state)
        {
            if (!parts.Any(part => string.Equals(part.Name, name, StringComparison.Ordinal)))
            {
                throw new InputException($"the state has a part {Escaped.Line(name, 80)}, which this method lacks or which remembers nothing.");
            }
        }

        foreach ((string name, IStateful part) in parts)
        {
            part.Load(state[name] as JsonObject ?? throw new InputException($"the state of the part {name} is missing."));
        }
    }

    private static IEnumerable<(string Name, IStateful Part)> Stateful(Method method) =>
        method.Parts.Where(part => part.Part is IStateful).Select(part => (part.Name, (IStateful)part.Part));
}

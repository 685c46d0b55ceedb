namespace Stepwise.Engine.Templates;

/// <summary>The variables of a template, a loop's item or a macro's call; names that are not here are looked for outside.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public object? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._values.TryGetValue(name, out object? value))
            {
                return value;
            }
        }

        return new Undefined($"\"{name}\"");
    }

    public void Set(string name, object? value) => _values[name] = value;

    private Scope? Outer => outer;
}

using System.Runtime.CompilerServices;

namespace Stepwise.Metrics;

/// <summary>A named number that a run measures, as it is declared (<see cref="MetricAttribute"/>).</summary>
public sealed class Metric
{
    internal Metric()
    {
    }

    /// <summary>Its name, unique among all metrics: words in camel case, the type's prefix and a dot before them where it has one.</summary>
    public required string Name { get; init; }

    /// <summary>Its unit; "share" for a number in [0, 1], empty for a plain number.</summary>
    public required string Unit { get; init; }

    /// <summary>What it is, in one line.</summary>
    public required string Meaning { get; init; }

    /// <summary>What a rise or a fall means, as far as that is known; empty where there is nothing to say.</summary>
    public required string Reading { get; init; }

    /// <summary>Whether it is one of the few numbers that tell how a training step went.</summary>
    public required bool Headline { get; init; }

    /// <summary>The type that declares it.</summary>
    public required Type Holder { get; init; }

    /// <summary>The property that declares it.</summary>
    public required string Property { get; init; }

    /// <summary>Where it is computed: the type and its property.</summary>
    public string Source => $"{Holder.FullName}.{Property}";

    /// <summary>Whether it stands for several, each with a name of its own where this one has <c>*</c> (<see cref="Of(string)"/>).</summary>
    public bool IsFamily => Name.Contains('*', StringComparison.Ordinal);

    /// <summary>Whether a name is that of a member of the family.</summary>
    /// <param name="name">The name.</param>
    public bool IsOneOfFamily(string name) => Name.Split('*') is [string before, string after] && name.Length > before.Length + after.Length
        && name.StartsWith(before, StringComparison.OrdinalIgnoreCase) && name.EndsWith(after, StringComparison.OrdinalIgnoreCase);

    /// <summary>A member of the family.</summary>
    /// <param name="member">What it is called in its name.</param>
    public Metric Of(string member) => new()
    {
        Name = Name.Replace("*", member, StringComparison.Ordinal),
        Unit = Unit,
        Meaning = Meaning,
        Reading = Reading,
        Headline = Headline,
        Holder = Holder,
        Property = Property,
    };

    /// <summary>The metric that a static property declares; written as the property's value.</summary>
    /// <typeparam name="T">The type that has the property.</typeparam>
    /// <param name="property">The property's name.</param>
    /// <exception cref="InvalidOperationException">It has no <see cref="MetricAttribute"/>.</exception>
    public static Metric Of<T>([CallerMemberName] string property = "") =>
        DeclaredMetrics.Of(typeof(T)).FirstOrDefault(m => string.Equals(m.Property, property, StringComparison.Ordinal))
        ?? throw new InvalidOperationException($"{typeof(T)}.{property} declares no metric.");

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A metric's value at one training step; what is not known has none.</summary>
/// <param name="Metric">Which metric.</param>
/// <param name="Value">A finite number in the metric's unit.</param>
public readonly record struct MetricValue(Metric Metric, double Value);

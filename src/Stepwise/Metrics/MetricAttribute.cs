namespace Stepwise.Metrics;

/// <summary>
/// Declares a property as a metric: once, in the file that computes it. A property of an object gives the value itself; a static one of type
/// <see cref="Metric"/> names a value that is computed with others (<see cref="Metric.Of{T}"/>). The metric's name is the property's in
/// camel case, after the type's <see cref="MetricPrefixAttribute"/>.
/// </summary>
/// <param name="meaning">What it is, in one line: what is counted, over what.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MetricAttribute(string meaning) : Attribute
{
    /// <summary>What it is, in one line.</summary>
    public string Meaning { get; } = meaning;

    /// <summary>The name where it is not the property's.</summary>
    public string? Name { get; init; }

    /// <summary>The unit; "share" for a number in [0, 1], empty for a plain number.</summary>
    public string Unit { get; init; } = "";

    /// <summary>What a rise or a fall means, as far as that is known; empty where there is nothing to say.</summary>
    public string Reading { get; init; } = "";

    /// <summary>Whether it is one of the few numbers that tell how a training step went.</summary>
    public bool Headline { get; init; }
}

/// <summary>
/// What the names of a type's metrics begin with, a dot after it. A property of such a type brings the metrics of what it holds.
/// </summary>
/// <param name="prefix">One word in camel case.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MetricPrefixAttribute(string prefix) : Attribute
{
    /// <summary>One word in camel case.</summary>
    public string Prefix { get; } = prefix;
}

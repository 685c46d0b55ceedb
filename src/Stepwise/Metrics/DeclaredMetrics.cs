using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Stepwise.Statistics;

namespace Stepwise.Metrics;

/// <summary>The metrics that types declare, and their values in an object.</summary>
public static class DeclaredMetrics
{
    private static readonly ConcurrentDictionary<Type, Declared[]> Known = new();

    /// <summary>The metrics that a type itself declares, in their order; none for most types.</summary>
    /// <param name="type">The type; those of its base types and of what it holds are not among them.</param>
    public static IEnumerable<Metric> Of(Type type) => DeclaredBy(type).Select(d => d.Metric);

    /// <summary>The values of an object's metrics, those of the objects that it holds among them (<see cref="MetricPrefixAttribute"/>).</summary>
    /// <remarks>
    /// Whole numbers, times (in seconds) and intervals (estimate, low and high end) count as numbers; null and what is not finite is left
    /// out.
    /// </remarks>
    /// <param name="holder">An object whose type declares metrics.</param>
    public static IEnumerable<MetricValue> Read(object holder)
    {
        foreach (Declared declared in DeclaredBy(holder.GetType()))
        {
            if (declared.Value?.Invoke(holder) is { } value && double.IsFinite(value))
            {
                yield return new(declared.Metric, value);
            }
        }

        foreach (PropertyInfo inner in holder.GetType().GetProperties().Where(p => p.PropertyType.IsDefined(typeof(MetricPrefixAttribute))))
        {
            foreach (MetricValue value in Read(inner.GetValue(holder)!))
            {
                yield return value;
            }
        }
    }

    /// <summary>A metric's value among others; <see langword="null"/> where it has none.</summary>
    /// <param name="values">Values, at most one per metric.</param>
    /// <param name="metric">The metric.</param>
    public static double? Find(this IEnumerable<MetricValue> values, Metric metric) =>
        values.Where(v => v.Metric == metric).Select(v => (double?)v.Value).FirstOrDefault();

    private static Declared[] DeclaredBy(Type type) => Known.GetOrAdd(type, static t =>
    [
        .. t.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(p => p.IsDefined(typeof(MetricAttribute))).SelectMany(Declare),
    ]);

    private static IEnumerable<Declared> Declare(PropertyInfo property)
    {
        MetricAttribute attribute = property.GetCustomAttribute<MetricAttribute>()!;
        if (property.PropertyType == typeof(Interval))
        {
            yield return new(Make("", attribute.Meaning), holder => Of(holder).Estimate);
            yield return new(Make("Low", $"lower end of its 95 % interval: {attribute.Meaning}"), holder => Of(holder).Low);
            yield return new(Make("High", $"upper end of its 95 % interval: {attribute.Meaning}"), holder => Of(holder).High);
        }
        else
        {
            yield return new(Make("", attribute.Meaning), property.GetMethod!.IsStatic ? null : holder => Number(property.GetValue(holder)));
        }

        Interval Of(object holder) => (Interval)property.GetValue(holder)!;

        Metric Make(string end, string meaning) => new()
        {
            Name = (property.DeclaringType!.GetCustomAttribute<MetricPrefixAttribute>() is { } type ? type.Prefix + "." : "")
                + (attribute.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name)) + end,
            Unit = attribute.Unit,
            Meaning = meaning,
            Reading = end.Length > 0 ? "" : attribute.Reading,
            Headline = attribute.Headline,
            Holder = property.DeclaringType!,
            Property = property.Name,
        };
    }

    private static double? Number(object? value) => value switch
    {
        null => null,
        double number => number,
        int number => number,
        long number => number,
        TimeSpan time => time.TotalSeconds,
        _ => throw new InvalidOperationException($"A metric is a number; found {value.GetType()}."),
    };

    /// <summary>A metric with how its value is read from an object; null where no object of the type has it.</summary>
    private sealed record Declared(Metric Metric, Func<object, double?>? Value);
}

using System.Text;
using Stepwise.Metrics;

namespace Stepwise.Cli.Commands;

/// <summary>Metrics as tables, one for each type that declares some.</summary>
internal static class MetricTable
{
    /// <summary>The type, as the source has it below the project.</summary>
    public static string Heading(Type holder) => holder.FullName![(nameof(Stepwise).Length + 1)..];

    /// <summary>The tables as docs/metrics.md has them.</summary>
    public static string ToMarkdown(IEnumerable<Metric> metrics)
    {
        StringBuilder text = new();
        foreach (IGrouping<Type, Metric> group in metrics.GroupBy(m => m.Holder))
        {
            text.Append($"\n### {Heading(group.Key)}\n\n| metric | unit | meaning | how to read it |\n| --- | --- | --- | --- |\n");
            foreach (Metric metric in group)
            {
                string name = metric.Headline ? $"**`{metric.Name}`**" : $"`{metric.Name}`";
                text.Append($"| {name} | {metric.Unit} | {metric.Meaning} | {metric.Reading} |\n");
            }
        }

        return text.Append('\n').ToString();
    }
}

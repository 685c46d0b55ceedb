using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Metrics;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise explain</c>: what the numbers of a training step and of an evaluation mean.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        Argument<string[]> names = new("name")
        {
            Description = "Metrics by their names or the last words of these, as --json has them; all metrics if left out.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<bool> json = CommonOptions.Json();
        Option<bool> markdown = new("--markdown") { Description = "Print Markdown tables, as docs/metrics.md has them." };
        CliCommand command = new(
            "explain",
            "Explain metrics: unit, meaning, how to read them, where they are computed.",
            """
            stepwise explain
            stepwise explain deadGroupShare kl
            """)
        {
            names, json, markdown,
        };
        command.SetAction(parsed =>
        {
            Terminal terminal = Terminal.Of(parsed);
            string[] asked = parsed.GetValue(names)!;
            IReadOnlyList<Metric> metrics = asked.Length == 0 ? MetricCatalog.All : [.. asked.SelectMany(Find).Distinct()];
            if (parsed.GetValue(json))
            {
                foreach (Metric m in metrics)
                {
                    JsonLine.Write(terminal.Output, new { @event = "metric", m.Name, m.Unit, m.Meaning, m.Reading, m.Headline, m.Source });
                }
            }
            else if (parsed.GetValue(markdown))
            {
                terminal.Output.Write(MetricTable.ToMarkdown(metrics));
            }
            else if (asked.Length > 0)
            {
                terminal.Output.Write(string.Join('\n', metrics.Select(Text)));
            }
            else
            {
                List(terminal, metrics);
            }
        });
        return command;
    }

    /// <summary>The metrics that a name means: the one of that name or property, or all whose names end in it.</summary>
    private static Metric[] Find(string name)
    {
        bool Is(string known) => string.Equals(known, name, StringComparison.OrdinalIgnoreCase);
        Metric[] found = [.. MetricCatalog.All.Where(m => Is(m.Name) || m.IsOneOfFamily(name))];
        found = found.Length > 0 ? found : [.. MetricCatalog.All.Where(m => Is(LastWord(m)) || Is($"{m.Holder.Name}.{m.Property}"))];
        if (found.Length > 0)
        {
            return found;
        }

        string nearest = Nearest.Of(name, MetricCatalog.All.Select(m => m.Name).Concat(MetricCatalog.All.Select(LastWord)));
        throw new InputException(
            $"There is no metric {Escaped.Line(name, 80)}; the nearest is {nearest}. stepwise explain lists all.");
    }

    private static string LastWord(Metric metric) => metric.Name.Split('.')[^1];

    private static string Text(Metric metric)
    {
        string unit = metric.Unit is "share" ? "share, from 0 to 1" : metric.Unit.Length > 0 ? metric.Unit : "none, a plain number";
        return $"{metric.Name}{(metric.Headline ? ", one of a step's headline numbers" : "")}\n"
            + $"  meaning   {metric.Meaning}\n"
            + $"  unit      {unit}\n"
            + (metric.Reading.Length > 0 ? $"  reading   {metric.Reading}\n" : "")
            + $"  computed  {metric.Source}\n";
    }

    private static void List(Terminal terminal, IReadOnlyList<Metric> metrics)
    {
        terminal.Output.WriteLine("Headline numbers of a training step are marked *.");
        foreach (IGrouping<Type, Metric> group in metrics.GroupBy(m => m.Holder))
        {
            terminal.Output.WriteLine();
            TextTable.Write(terminal, [MetricTable.Heading(group.Key), "unit", "meaning"], group.Select(m => (string[])
                [m.Headline ? m.Name + " *" : m.Name, m.Unit, m.Meaning]));
        }
    }
}

using Stepwise.Metrics;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>A training step as JSON: every metric by its name, what stands before a dot as an object; one without a value is null.</summary>
internal static class StepEvent
{
    /// <summary>Metrics of the ledger that stand beside it too.</summary>
    private static readonly string[] OfLedger =
        ["solveRate", "allNegativeShare", "flatShare", "deadGroupShare", "signalTokenShare", "sampledTokens"];

    public static object Of(StepReport report)
    {
        Dictionary<string, object?> step = new(StringComparer.Ordinal) { ["event"] = "step", ["step"] = report.Step, ["steps"] = report.Steps };
        foreach (Metric metric in MetricCatalog.OfSteps.Where(m => !m.IsFamily))
        {
            Set(step, metric.Name, null);
        }

        foreach (MetricValue value in report.Metrics)
        {
            Set(step, value.Metric.Name, value.Value);
        }

        Dictionary<string, object?> ledger = (Dictionary<string, object?>)step["ledger"]!;
        foreach (string name in OfLedger)
        {
            step[name] = ledger[name];
        }

        ledger["tokens"] = ledger["sampledTokens"];
        return step;
    }

    private static void Set(Dictionary<string, object?> holder, string name, double? value)
    {
        if (name.Split('.', 2) is not [string first, string rest])
        {
            holder[name] = value;
            return;
        }

        if (!holder.TryGetValue(first, out object? inner))
        {
            inner = new Dictionary<string, object?>(StringComparer.Ordinal);
            holder.Add(first, inner);
        }

        Set((Dictionary<string, object?>)inner!, rest, value);
    }
}

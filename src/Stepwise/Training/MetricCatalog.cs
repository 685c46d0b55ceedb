using Stepwise.Evaluation;
using Stepwise.Metrics;
using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>Every metric that this program declares.</summary>
public static class MetricCatalog
{
    private static readonly Type[] Reports = [typeof(StepReport), typeof(StepTimes), typeof(Ledger), typeof(EvaluationResult)];

    /// <summary>The metrics by the types that declare them: what every step and every evaluation reports, then what single parts do.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        .. Reports.Concat(typeof(Metric).Assembly.GetTypes().Except(Reports).OrderBy(t => t.FullName, StringComparer.Ordinal))
            .SelectMany(DeclaredMetrics.Of),
    ];

    /// <summary>Those of a training step; the others are an evaluation's.</summary>
    public static IEnumerable<Metric> OfSteps => All.Where(m => m.Holder != typeof(EvaluationResult));
}

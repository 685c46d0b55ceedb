using Stepwise.Metrics;
using Stepwise.Rollouts;

namespace Stepwise.Methods;

/// <summary>
/// A part of a method with metrics of its own, beside those that every training step reports: static properties of the part, each with a
/// <see cref="MetricAttribute"/>. A loss has <see cref="Policies.LossMetrics"/> for those that it computes by the token.
/// </summary>
public interface IMeasures
{
    /// <summary>The values of the part's metrics in a training step; one that is not known is left out.</summary>
    /// <param name="groups">The step's groups, with all that the step came to know of them.</param>
    IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups);
}

using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Losses;
using Stepwise.Options;

namespace Stepwise.Tests.Methods;

/// <summary>Parts by the names that recipes use, for tests over several.</summary>
internal static class CatalogParts
{
    public static IAggregation Aggregation(string name) => Find<IAggregation>(AggregationCatalog.Entries, name);

    public static IKlEstimator KlEstimator(string name) => Find<IKlEstimator>(KlEstimatorCatalog.Entries, name);

    public static IAdvantageScale AdvantageScale(string name) => Find<IAdvantageScale>(AdvantageScaleCatalog.Entries, name);

    private static T Find<T>(IReadOnlyList<PartEntry> entries, string name) =>
        (T)entries.Single(entry => string.Equals(entry.Name, name, StringComparison.Ordinal)).Part;
}

using Stepwise.Evaluation.Benchmarks;

namespace Stepwise.Cli.Tests;

/// <summary>The table of docs/evaluation.md against the catalog of benchmarks.</summary>
public sealed class EvaluationPageTests
{
    [Fact]
    public void Table_OfThePage_IsTheCatalog()
    {
        string[] rows = [.. BenchmarkCatalog.Entries.Select(b => $"| `{b.Name}` | {b.Title} | {b.Fields} | {b.Rule} | {b.Metrics} | {b.Source} |")];

        string page = File.ReadAllText(Path.Combine(ReadMeTests.Root, "docs", "evaluation.md"));
        page.ShouldContain($"|---|---|---|---|---|---|\n{string.Join('\n', rows)}\n\n");
    }
}

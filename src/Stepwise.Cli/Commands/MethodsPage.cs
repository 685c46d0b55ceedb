using System.Text;
using Stepwise.Methods;
using Stepwise.Options;

namespace Stepwise.Cli.Commands;

/// <summary>docs/methods.md: every method with its settings, and every part there is, from their declarations alone.</summary>
internal static class MethodsPage
{
    /// <summary>The page.</summary>
    public static string ToMarkdown()
    {
        StringBuilder text = new();
        text.Append("# Methods\n\nWritten by `stepwise methods --markdown`, from the declarations in `src/Stepwise/Methods/`. A recipe names a method by\n");
        text.Append("`method.name` and may choose its parts one by one; pages with equations, measurements and prose are [GRPO and its relatives]");
        text.Append("(algorithms/grpo.md),\n[other ratios](algorithms/ratios.md), [preferences](algorithms/preferences.md) and [SGPO](algorithms/sgpo.md).\n");
        HashSet<(string, string)> told = [];
        foreach (PartEntry method in MethodCatalog.Entries)
        {
            told.UnionWith(OptionTree.List(method.Part, method.Part).Select(key => (key.Name, key.Help)));
            text.Append("\n## ").Append(method.Name).Append("\n\n").Append(method.Summary).Append(" Source: ").Append(method.Source).Append(".\n\n");
            text.Append(new MethodTable([method.Name]).ToMarkdown());
        }

        Part("Sampling schemes", SamplingCatalog.Entries);
        Part("Rewards", RewardCatalog.Entries);
        Part("Terms of the reward", RewardTermCatalog.Entries, "terms.1.");
        Part("Measures of RTS", RtsMeasureCatalog.Entries);
        Part("Denominators of RTS by steps", RtsDenominatorCatalog.Entries);
        Part("Rewards of RTS", RtsShapingCatalog.Entries);
        Part("Selections", SelectionCatalog.Entries);
        Part("Advantages", AdvantageCatalog.Entries);
        Part("Scales of advantages", AdvantageScaleCatalog.Entries);
        Part("Losses", LossCatalog.Entries);
        Part("Aggregations", AggregationCatalog.Entries);
        Part("Estimators of the KL divergence", KlEstimatorCatalog.Entries);
        Part("Traces", TraceCatalog.Entries);
        Part("Weights of tokens by probability", TokenShapeCatalog.Entries);
        Part("Scores of completions", DiscoScoreCatalog.Entries);
        Part("Corrections for another sampler", SamplerCorrectionCatalog.Entries);
        return text.ToString();

        void Part(string title, IReadOnlyList<PartEntry> parts, string place = "")
        {
            text.Append("\n## ").Append(title).Append("\n\n| name | what it is | keys | source |\n| --- | --- | --- | --- |\n");
            foreach (PartEntry part in parts)
            {
                string keys = string.Join(", ", OptionTree.List(part.Part, part.Part).Select(key => $"`{key.Name}`"));
                text.Append("| ").AppendJoin(" | ", part.Name, part.Summary, keys, part.Source).Append(" |\n");
            }

            foreach (PartEntry part in parts)
            {
                OptionKey[] untold = [.. OptionTree.List(part.Part, part.Part).Where(key => !told.Contains((key.Name, key.Help)))];
                if (untold.Length > 0)
                {
                    text.Append("\nKeys of `").Append(part.Name).Append("` that none of the methods above has:\n\n");
                    text.Append("| key | default | what it is | allowed |\n| --- | --- | --- | --- |\n");
                    Array.ForEach(untold, key => text.Append("| `method.").Append(place).Append(key.Name).Append("` | ")
                        .AppendJoin(" | ", key.Value, key.Help, key.Allowed).Append(" |\n"));
                }
            }
        }
    }
}

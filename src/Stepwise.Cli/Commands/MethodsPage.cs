using System.Text;
using Stepwise.Methods;
using Stepwise.Options;

namespace Stepwise.Cli.Commands;

/// <summary>docs/catalog.md: every method by what it does otherwise than GRPO, and every part there is, from their declarations alone.</summary>
internal static class MethodsPage
{
    /// <summary>The page.</summary>
    public static string ToMarkdown()
    {
        StringBuilder text = new();
        text.Append("# Catalog of methods and parts\n\nWritten by `stepwise methods --markdown`, from the declarations in `src/Stepwise/Methods/`. ");
        text.Append("A recipe names a method by\n");
        text.Append("`method.name` and may choose its parts one by one. GRPO is listed whole, every other method by what it has otherwise;\n");
        text.Append("`stepwise methods show NAME` lists all of it. Which method helps when is measured in [methods.md](methods.md).\n\n");
        text.Append("| method | what it is | needs | source |\n| --- | --- | --- | --- |\n");
        foreach (PartEntry entry in MethodCatalog.Entries)
        {
            text.Append("| [").Append(entry.Name).Append("](#").Append(entry.Name).Append(") | ")
                .AppendJoin(" | ", entry.Summary, string.Join(", ", MethodNeeds.Of((Method)entry.Part)), entry.Source).Append(" |\n");
        }

        Method grpo = (Method)MethodCatalog.Entries[0].Part;
        HashSet<(string, string)> told = [];
        Method(grpo, [], []);
        foreach (PartEntry entry in MethodCatalog.Entries.Skip(1))
        {
            Method((Method)entry.Part, [.. OptionTree.List(grpo, grpo).Select(key => (key.Name, key.Help, key.Value))], [.. grpo.Formulas]);
        }

        Part("Problems", ProblemChoiceCatalog.Entries);
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

        void Method(Method method, HashSet<(string, string, string)> known, HashSet<(string, string)> formulas)
        {
            text.Append("\n## ").Append(method.Name).Append("\n\n");
            (string Part, string Formula)[] own = [.. method.Formulas.Where(formula => !formulas.Contains(formula))];
            foreach ((string part, string formula) in own)
            {
                text.Append("- ").Append(part).Append(": `").Append(formula).Append("`\n");
            }

            Keys(OptionTree.List(method, method).Where(key => !known.Contains((key.Name, key.Help, key.Value))), own.Length > 0 ? "\n" : "");
        }

        void Keys(IEnumerable<OptionKey> keys, string before, string place = "")
        {
            OptionKey[] all = [.. keys];
            if (all.Length > 0)
            {
                text.Append(before).Append("| key | default | what it is | allowed |\n| --- | --- | --- | --- |\n");
            }

            foreach (OptionKey key in all)
            {
                told.Add((key.Name, key.Help));
                text.Append("| `method.").Append(place).Append(key.Name).Append("` | ").AppendJoin(
                    " | ", new[] { key.Value, key.Help, key.Allowed }.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
            }
        }

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
                Keys(
                    OptionTree.List(part.Part, part.Part).Where(key => !told.Contains((key.Name, key.Help))),
                    $"\nKeys of `{part.Name}` that none of the methods above has:\n\n", place);
            }
        }
    }
}

using Stepwise.Files;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Recipes;

namespace Stepwise.Comparisons;

/// <summary>One of the settings a comparison compares.</summary>
/// <param name="Name">Its name; letters, digits, hyphens, underscores and dots, at most 64.</param>
/// <param name="Recipe">Its recipe; a run of it has its own seed.</param>
public sealed record ComparisonVariant(string Name, Recipe Recipe)
{
    /// <summary>Runs that were finished before, one per seed; a variant that has some is compared by these and not run again.</summary>
    public IReadOnlyList<ComparedRun> Finished { get; init; } = [];
}

/// <summary>A run of a comparison.</summary>
/// <param name="Variant">The variant's name.</param>
/// <param name="Recipe">The variant's recipe with the run's seed.</param>
/// <param name="Digest">
/// SHA-256 of all that decides the result: the resolved recipe with the contents of the files it names in place of their paths.
/// </param>
public sealed record PlannedRun(string Variant, Recipe Recipe, string Digest);

/// <summary>
/// Variants × seeds, paired: runs of one seed have the same problems, the same number of samples and the same starting policy. Finished
/// runs beside them were evaluated alike.
/// </summary>
public sealed class ComparisonPlan
{
    /// <summary>The most seeds of a comparison.</summary>
    public const int MaxSeeds = 1000;

    private const int DefaultSeeds = 5;
    private const string SeedKey = "seed";

    // What variants share that are run, so that their runs are pairs and cost the same samples.
    private static readonly string[] Shared =
    [
        "policy.", "task.", "evaluation.every", "training.steps", "training.sampledTokens", "training.promptsPerStep", "training.groupSize",
        "sampling.maxNewTokens",
    ];

    private ComparisonPlan(string name, int seeds, IReadOnlyList<ComparisonVariant> variants)
    {
        Name = name;
        Seeds = seeds;
        Variants = variants;
    }

    /// <summary>Its name: the file's name without extension, or "recipes".</summary>
    public string Name { get; }

    /// <summary>Number of seeds: every variant that is run has seeds 1 … this.</summary>
    public int Seeds { get; }

    /// <summary>The variants, at least two; differences are to the first.</summary>
    public IReadOnlyList<ComparisonVariant> Variants { get; }

    /// <summary>The variants that are run; none where only finished runs are compared.</summary>
    public IReadOnlyList<ComparisonVariant> Planned => [.. Variants.Where(v => v.Finished.Count == 0)];

    /// <summary>
    /// The sampled tokens that end every run, by which they are then compared; <see langword="null"/> where one is not ended by them, or by another number.
    /// </summary>
    public int? Tokens => Variants[0].Recipe.Training.SampledTokens is { } tokens && Variants.All(v => v.Recipe.Training.SampledTokens == tokens)
        ? tokens : null;

    /// <summary>Every run, seed by seed, so that what is finished after an interruption is paired.</summary>
    public IEnumerable<PlannedRun> Runs()
    {
        IReadOnlyList<ComparisonVariant> planned = Planned;
        if (planned.Count == 0)
        {
            yield break;
        }

        Recipe first = RecipeContents.Of(planned[0].Recipe);
        for (ulong seed = 1; seed <= (ulong)Seeds; seed++)
        {
            foreach (ComparisonVariant variant in planned)
            {
                Recipe run = variant.Recipe with { Seed = seed };
                yield return new(variant.Name, run, (run with { Policy = first.Policy, Task = first.Task }).Digest);
            }
        }
    }

    /// <summary>Compares what is named: a comparison's file, recipes as they are, and finished runs as they are, in any number.</summary>
    /// <param name="paths">
    /// The names, see <see cref="Shipped.Recipe"/>, and the folders of finished runs. A recipe's variant has its file's name, a run's own
    /// recipe and a finished run that of the run's folder; finished runs that differ in nothing but the seed are one variant.
    /// </param>
    /// <param name="overrides">Texts <c>key=value</c> for all that is run.</param>
    /// <param name="seeds">Number of seeds, or <see langword="null"/> for the file's, or else 5.</param>
    /// <exception cref="InputException">
    /// A file, a recipe or an override is not as described, the variants' runs would not be pairs, or a run is not finished.
    /// </exception>
    public static ComparisonPlan Of(IReadOnlyList<string> paths, IReadOnlyList<string> overrides, int? seeds)
    {
        List<ComparisonVariant> variants = [];
        (string? name, int? own) = (null, null);
        foreach (string path in paths)
        {
            if (RunLayout.IsRun(path))
            {
                FinishedRuns.Add(variants, path);
                continue;
            }

            string file = Shipped.Recipe(path);
            if (ComparisonFile.IsOne(file))
            {
                name ??= Recipe.NameOf(file);
                (IReadOnlyList<ComparisonVariant> listed, int? wanted) = VariantsOf(file, overrides);
                own ??= wanted;
                variants.AddRange(listed);
            }
            else
            {
                variants.Add(new(Recipe.NameOf(file), Checked(Recipe.NameOf(file), Overrides(overrides), () => Recipe.Load(file, overrides))));
            }
        }

        return Paired(name ?? "recipes", paths[0], seeds ?? own ?? DefaultSeeds, variants);
    }

    /// <summary>Compares recipes that a program made.</summary>
    /// <param name="name">The comparison's name.</param>
    /// <param name="path">What they were made from, for messages.</param>
    /// <param name="variants">The variants, at least two; differences are to the first.</param>
    /// <param name="seeds">Number of seeds, at least 1.</param>
    /// <exception cref="InputException">The variants' runs would not be pairs.</exception>
    public static ComparisonPlan Of(string name, string path, IReadOnlyList<ComparisonVariant> variants, int seeds) =>
        Paired(name, path, seeds, [.. variants]);

    internal static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static Dictionary<string, GivenValue> Overrides(IReadOnlyList<string> overrides) =>
        RecipeReader.ReadOverrides(overrides, Path.GetFullPath("."));

    private static (IReadOnlyList<ComparisonVariant> Variants, int? Seeds) VariantsOf(string path, IReadOnlyList<string> overrides)
    {
        ComparisonFile file = ComparisonFile.Read(path);
        string beside = Path.GetFullPath(file.Base, Recipe.FolderOf(path));
        string basePath = File.Exists(beside) ? beside : Shipped.FindRecipe(file.Base) ?? beside;
        string yaml = RecipeReader.ReadText(basePath);
        Dictionary<string, GivenValue> given = Overrides(overrides);
        List<ComparisonVariant> variants = [];
        foreach ((string name, Dictionary<string, GivenValue> own) in file.Variants)
        {
            foreach (string key in own.Keys)
            {
                if (given.TryGetValue(key, out GivenValue value))
                {
                    throw new InputException(
                        $"{value.Where}: variant {name} sets {key} itself ({own[key].Where}); change it there.");
                }
            }

            Dictionary<string, GivenValue> wins = new(file.Set, StringComparer.Ordinal);
            foreach ((string key, GivenValue value) in given.Concat(own))
            {
                wins[key] = value;
            }

            variants.Add(new(name, Checked(name, wins, () =>
                Recipe.Resolve(basePath, RecipeReader.ReadYaml(yaml, basePath, Recipe.FolderOf(basePath)), wins))));
        }

        return (variants, file.Seeds);
    }

    private static Recipe Checked(string variant, Dictionary<string, GivenValue> wins, Func<Recipe> read)
    {
        if (wins.TryGetValue(SeedKey, out GivenValue seed))
        {
            throw new InputException($"{seed.Where}: every variant runs with seeds 1 to n; say how many with seeds, or --seeds.");
        }

        try
        {
            Recipe recipe = read();
            recipe.Sampling.RequireUnfiltered();
            return recipe;
        }
        catch (InputException error)
        {
            throw new InputException($"Variant {variant}: {error.Message}", error);
        }
    }

    private static ComparisonPlan Paired(string name, string path, int seeds, List<ComparisonVariant> variants)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seeds, MaxSeeds);
        if (variants.Count < 2)
        {
            throw new InputException($"{path}: a comparison has at least two variants; found {variants.Count}.");
        }

        if (variants.FirstOrDefault(v => !IsName(v.Name) || variants.Count(o => o.Name.Equals(v.Name, StringComparison.OrdinalIgnoreCase)) > 1) is { } bad)
        {
            throw new InputException(
                $"{path}: variant {Quoted.Of(bad.Name)}: a recipe's file or a run's folder names its variant; the name must be unique, of at most "
                + "64 letters, digits, hyphens, underscores and dots.");
        }

        ComparisonPlan plan = new(name, seeds, variants);
        RequireAlike(
            path, [.. variants.Select(AsEvaluated)], IsEvaluated,
            "are evaluated alike, on the same problems with the same sampling (sampling.* where evaluation.* says nothing)");
        if (plan.Planned.Count > 0)
        {
            RequireAlike(
                path, plan.Planned, key => Array.Exists(Shared, prefix => key.StartsWith(prefix, StringComparison.Ordinal)),
                "have the same problems, number of samples and starting policy");
        }

        return plan;
    }

    /// <summary>The variant with the sampling of its evaluations in full, whichever keys it comes from.</summary>
    private static ComparisonVariant AsEvaluated(ComparisonVariant variant)
    {
        SamplingOptions sampling = variant.Recipe.EvaluationSampling;
        return variant with
        {
            Recipe = variant.Recipe with
            {
                Evaluation = variant.Recipe.Evaluation with
                {
                    Temperature = sampling.Temperature,
                    TopP = sampling.TopP,
                    MaxNewTokens = sampling.MaxNewTokens,
                },
            },
        };
    }

    /// <summary>Whether a key decides an evaluation, beside the policy and the seed; a task's keys of training problems begin with train.</summary>
    private static bool IsEvaluated(string key) =>
        (key.StartsWith("task.", StringComparison.Ordinal) && !key.StartsWith("task.train", StringComparison.Ordinal))
        || (key.StartsWith("evaluation.", StringComparison.Ordinal) && key is not "evaluation.every")
        || key is "sampling.topK" or "sampling.minP" or "sampling.stopStrings";

    private static void RequireAlike(string path, IReadOnlyList<ComparisonVariant> variants, Func<string, bool> concerns, string what)
    {
        (string firstName, Recipe first) = variants[0];
        foreach ((string name, Recipe other) in variants.Skip(1))
        {
            string[] different =
            [
                .. first.Keys.Where(key => concerns(key.Name) && !IsSame(key, first, other))
                    .Select(key => $"{key.Name} {ValueOf(key.Name, other) ?? "not"} and {firstName} {key.Value}"),
            ];
            if (different.Length > 0)
            {
                throw new InputException(
                    $"{path}: variant {name} has {string.Join("; ", different)}; compared runs {what}. Give all the same, with set or --set.");
            }
        }
    }

    /// <summary>Whether two recipes have the same value; files are the same by what they hold.</summary>
    private static bool IsSame(OptionKey key, Recipe left, Recipe right) =>
        string.Equals(ValueOf(key.Name, left), ValueOf(key.Name, right), StringComparison.Ordinal)
        || (key.IsPath
            && string.Equals(ValueOf(key.Name, RecipeContents.Of(left)), ValueOf(key.Name, RecipeContents.Of(right)), StringComparison.Ordinal));

    private static string? ValueOf(string key, Recipe recipe) =>
        recipe.Keys.FirstOrDefault(k => string.Equals(k.Name, key, StringComparison.Ordinal))?.Value;
}

using Stepwise.Options;

namespace Stepwise.Runs;

/// <summary>One of the settings a comparison compares.</summary>
/// <param name="Name">Its name; letters, digits, hyphens and dots, at most 64.</param>
/// <param name="Recipe">Its recipe; a run of it has its own seed.</param>
public sealed record ComparisonVariant(string Name, Recipe Recipe);

/// <summary>A run of a comparison.</summary>
/// <param name="Variant">The variant's name.</param>
/// <param name="Recipe">The variant's recipe with the run's seed.</param>
/// <param name="Digest">
/// SHA-256 of all that decides the result: the resolved recipe with the contents of the files it names in place of their paths.
/// </param>
public sealed record PlannedRun(string Variant, Recipe Recipe, string Digest);

/// <summary>
/// Variants × seeds, paired: runs of one seed have the same problems, the same number of samples and the same starting policy.
/// </summary>
public sealed class ComparisonPlan
{
    /// <summary>The most seeds of a comparison.</summary>
    public const int MaxSeeds = 1000;

    private const int DefaultSeeds = 5;
    private const string SeedKey = "seed";

    // What variants share, so that their runs are pairs and cost the same samples.
    private static readonly string[] Shared =
    [
        "policy.", "task.", "evaluation.", "training.steps", "training.promptsPerStep", "training.groupSize", "sampling.maxNewTokens",
    ];

    private ComparisonPlan(string name, int seeds, IReadOnlyList<ComparisonVariant> variants)
    {
        Name = name;
        Seeds = seeds;
        Variants = variants;
    }

    /// <summary>Its name: the file's name without extension, or "recipes".</summary>
    public string Name { get; }

    /// <summary>Number of seeds: every variant runs with seeds 1 … this.</summary>
    public int Seeds { get; }

    /// <summary>The variants, at least two; differences are to the first.</summary>
    public IReadOnlyList<ComparisonVariant> Variants { get; }

    /// <summary>Every run, seed by seed, so that what is finished after an interruption is paired.</summary>
    public IEnumerable<PlannedRun> Runs()
    {
        Recipe first = RecipeContents.Of(Variants[0].Recipe);
        for (ulong seed = 1; seed <= (ulong)Seeds; seed++)
        {
            foreach ((string name, Recipe recipe) in Variants)
            {
                Recipe run = recipe with { Seed = seed };
                yield return new(name, run, (run with { Policy = first.Policy, Task = first.Task }).Digest);
            }
        }
    }

    /// <summary>Reads a comparison from a file with the keys <c>base</c>, <c>seeds</c>, <c>set</c> and <c>variants</c>.</summary>
    /// <param name="path">The YAML file; the base recipe and relative paths start from its folder.</param>
    /// <param name="overrides">Texts <c>key=value</c> for every variant; they win over the file's <c>set</c>.</param>
    /// <param name="seeds">Number of seeds, or <see langword="null"/> for the file's.</param>
    /// <exception cref="InputException">
    /// The file, a recipe or an override is not as described, or the variants' runs would not be pairs.
    /// </exception>
    public static ComparisonPlan Read(string path, IReadOnlyList<string> overrides, int? seeds)
    {
        ComparisonFile file = ComparisonFile.Read(path);
        string basePath = Path.GetFullPath(file.Base, Recipe.FolderOf(path));
        string yaml = RecipeReader.ReadText(basePath);
        Dictionary<string, GivenValue> given = RecipeReader.ReadOverrides(overrides, Path.GetFullPath("."));
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

        return Paired(Path.GetFileNameWithoutExtension(path), path, seeds ?? file.Seeds ?? DefaultSeeds, variants);
    }

    /// <summary>Compares recipes as they are; a variant has its file's name.</summary>
    /// <param name="paths">The recipes, at least two.</param>
    /// <param name="overrides">Texts <c>key=value</c> for every recipe.</param>
    /// <param name="seeds">Number of seeds, or <see langword="null"/> for 5.</param>
    /// <exception cref="InputException">As in <see cref="Read"/>.</exception>
    public static ComparisonPlan Of(IReadOnlyList<string> paths, IReadOnlyList<string> overrides, int? seeds)
    {
        Dictionary<string, GivenValue> given = RecipeReader.ReadOverrides(overrides, Path.GetFullPath("."));
        List<ComparisonVariant> variants = [];
        foreach (string path in paths)
        {
            string name = Path.GetFileNameWithoutExtension(path);
            if (!IsName(name) || variants.Exists(v => string.Equals(v.Name, name, StringComparison.OrdinalIgnoreCase)))
            {
                throw new InputException(
                    $"{path}: a recipe's file name names its variant; it must be unique, of at most 64 letters, digits, hyphens and dots.");
            }

            variants.Add(new(name, Checked(name, given, () => Recipe.Load(path, overrides))));
        }

        return Paired("recipes", paths[0], seeds ?? DefaultSeeds, variants);
    }

    internal static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');

    private static Recipe Checked(string variant, Dictionary<string, GivenValue> wins, Func<Recipe> read)
    {
        if (wins.TryGetValue(SeedKey, out GivenValue seed))
        {
            throw new InputException($"{seed.Where}: every variant runs with seeds 1 to n; say how many with seeds, or --seeds.");
        }

        try
        {
            return read();
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

        OptionKey[][] shared = [.. variants.Select(v => v.Recipe.Keys.Where(k => Shared.Any(s => k.Name.StartsWith(s, StringComparison.Ordinal))).ToArray())];
        for (int v = 1; v < shared.Length; v++)
        {
            foreach ((OptionKey first, OptionKey other) in shared[0].Zip(shared[v]))
            {
                if (!string.Equals(first.Value, other.Value, StringComparison.Ordinal))
                {
                    throw new InputException(
                        $"{path}: variant {variants[v].Name} has {other.Name} {other.Value} and {variants[0].Name} {first.Value}; compared runs "
                        + "have the same problems, number of samples and starting policy. Give all the same, with set or --set.");
                }
            }
        }

        return new(name, seeds, variants);
    }
}

using System.Security.Cryptography;
using System.Text;
using Stepwise.Evaluation;
using Stepwise.Files;
using Stepwise.Judging;
using Stepwise.Methods;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Tasks;
using Stepwise.Tasks.Chains;
using Stepwise.Training;
using Stepwise.Training.Judges;

namespace Stepwise.Recipes;

/// <summary>Where a policy's first weights come from.</summary>
public enum PolicyWeights
{
    /// <summary>They are read from the policy's files.</summary>
    Stored,

    /// <summary>They are drawn from the recipe's seed; the policy's folder needs a configuration and a tokenizer only.</summary>
    Random,
}

/// <summary>Which policy is trained.</summary>
public sealed record PolicyOptions
{
    /// <summary>
    /// Full path of a model folder in Hugging Face's layout, a folder of adapters or a GGUF file; until a recipe is checked also of a run
    /// or a checkpoint.
    /// </summary>
    [PolicyKey($"what to start from: {PolicyPath.Allowed}")]
    public string Model { get; init; } = "";

    /// <summary>Where its first weights come from.</summary>
    [Key("first weights: those stored with the model, or drawn from the seed")]
    public PolicyWeights Weights { get; init; } = PolicyWeights.Stored;
}

/// <summary>Supervised fine-tuning by <c>stepwise sft</c>; steps and learning rate are those of <c>training.*</c>.</summary>
public sealed record SftOptions
{
    /// <summary>Solutions per training step; at least 1.</summary>
    [Key("solutions per training step of stepwise sft", Unit = "solutions", Low = 1, High = 65_536)]
    public int BatchSize { get; init; } = 64;
}

/// <summary>What a run leaves to go on from.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Training steps between checkpoints; 0 writes one at the end only.</summary>
    [Key("steps between checkpoints; 0 for one at the end only", Unit = "training steps", Low = 0, High = 1e9)]
    public int Every { get; init; }
}

/// <summary>What a run shows.</summary>
public sealed record ReportOptions
{
    /// <summary>Training steps between two groups shown on the console; 0 shows none.</summary>
    [Key("steps between two groups shown on the console; 0 shows none", Unit = "training steps", Low = 0, High = 1e9)]
    public int ShowGroupEvery { get; init; } = 10;
}

/// <summary>
/// Everything a run is made from: typed, checked, immutable. Read from a YAML file, then overridden by <c>--set</c>; what neither names has
/// its default. <see cref="Keys"/> lists the keys.
/// </summary>
public sealed record Recipe
{
    private const string ModelName = "policy.model";

    // Each decides which other keys its section has.
    private static readonly string[] SectionChoices = ["task.name", "judge.kind", "method.name"];

    /// <summary>
    /// The recipe's name: its file's name without extension; a run's own has that of the run's folder. Names run folders; not a key.
    /// </summary>
    public string Name { get; init; } = "recipe";

    /// <summary>Decides every random number of the run.</summary>
    [Key("decides every random number of the run")]
    public ulong Seed { get; init; } = 1;

    /// <summary>Keys <c>policy.*</c>.</summary>
    [Section("policy")]
    public PolicyOptions Policy { get; init; } = new();

    /// <summary>Keys <c>task.*</c>.</summary>
    [Part<TaskCatalog>("name", "the kind of problem; named by --set it drops the other task keys of another in the file", Section = "task")]
    public TaskOptions Task { get; init; } = new ChainedArithmeticOptions();

    /// <summary>Keys <c>judge.*</c>.</summary>
    [Part<JudgeCatalog>("kind", "the step judge that a method may ask", Section = "judge")]
    public JudgeOptions Judge { get; init; } = new TaskJudgeOptions();

    /// <summary>Keys <c>method.*</c>.</summary>
    [Part<MethodCatalog>(
        "name", "the method; sets what the other method keys are, and named by --set it drops those of another in the file", Section = "method")]
    public Method Method { get; init; } = MethodCatalog.Find("sgpo");

    /// <summary>Keys <c>data.*</c>.</summary>
    [Section("data")]
    public DataOptions Data { get; init; } = new();

    /// <summary>Keys <c>training.*</c>.</summary>
    [Section("training")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Keys <c>lora.*</c>.</summary>
    [Section("lora")]
    public LoraOptions Lora { get; init; } = new();

    /// <summary>Keys <c>optimizer.*</c>.</summary>
    [Section("optimizer")]
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Keys <c>sampling.*</c>; stop tokens are the policy's own.</summary>
    [Section("sampling")]
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Keys <c>evaluation.*</c>.</summary>
    [Section("evaluation")]
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Keys <c>checkpoint.*</c>.</summary>
    [Section("checkpoint")]
    public CheckpointOptions Checkpoint { get; init; } = new();

    /// <summary>Keys <c>report.*</c>.</summary>
    [Section("report")]
    public ReportOptions Report { get; init; } = new();

    /// <summary>Keys <c>sft.*</c>.</summary>
    [Section("sft")]
    public SftOptions Sft { get; init; } = new();

    /// <summary>Keys <c>judgeTraining.*</c>.</summary>
    [Section("judgeTraining")]
    public JudgeTrainingOptions JudgeTraining { get; init; } = new();

    /// <summary>How an evaluation draws, <c>sampling.*</c> where <c>evaluation.*</c> says nothing.</summary>
    public SamplingOptions EvaluationSampling => Evaluation.SamplingFrom(Sampling);

    /// <summary>Every key of the recipe with its value, those of the chosen parts among them, in the order of a resolved recipe.</summary>
    public IReadOnlyList<OptionKey> Keys => [.. OptionTree.List(this, new Recipe()).Where(key => !key.IsEmptyList)];

    /// <summary>SHA-256 of the resolved recipe as it is written, paths included, in lower-case hexadecimal.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToYaml())));

    /// <summary>Reads a recipe from a file.</summary>
    /// <param name="path">The YAML file; relative paths in it start from its folder.</param>
    /// <param name="overrides">
    /// Texts <c>key=value</c> that win over the file; relative paths in them start from the working directory. Where they name another
    /// method or task than the file, its <c>method.*</c> or <c>task.*</c> keys do not carry over.
    /// </param>
    /// <param name="onDropped">Told the keys of the file that do not carry over, if any.</param>
    /// <param name="note">Told which checkpoint is taken where the policy is named by a run, and of keys without effect; or <see langword="null"/>.</param>
    /// <exception cref="InputException">
    /// The file cannot be read, is not YAML of the expected shape, a key is unknown or given twice, a value is not allowed, or a file it
    /// names is missing. The message names file and line, or the override.
    /// </exception>
    public static Recipe Load(
        string path, IReadOnlyList<string>? overrides = null, Action<IReadOnlyList<string>>? onDropped = null, Action<string>? note = null)
    {
        (Dictionary<string, GivenValue> values, Dictionary<string, GivenValue> wins) = Read(path, overrides);
        return Resolve(path, values, wins, onDropped, note);
    }

    /// <summary>As <see cref="Load"/>, to look at: nothing that a recipe names needs to exist, and its keys need not fit each other.</summary>
    /// <param name="path">The YAML file; <see langword="null"/> for the defaults.</param>
    /// <param name="overrides">As in <see cref="Load"/>.</param>
    /// <param name="onDropped">As in <see cref="Load"/>.</param>
    /// <exception cref="InputException">As in <see cref="Load"/>, but for what the keys are to each other and to the disk.</exception>
    public static Recipe LoadUnchecked(
        string? path, IReadOnlyList<string>? overrides = null, Action<IReadOnlyList<string>>? onDropped = null)
    {
        (Dictionary<string, GivenValue> values, Dictionary<string, GivenValue> wins) = Read(path, overrides);
        return Apply(path ?? "recipe", values, wins, onDropped);
    }

    /// <summary>Reads a recipe from a text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="path">The name of its file, for messages and as the start of relative paths.</param>
    /// <param name="overrides">As in <see cref="Load"/>.</param>
    /// <exception cref="InputException">As in <see cref="Load"/>.</exception>
    public static Recipe Parse(string yaml, string path, IReadOnlyList<string>? overrides = null) => Resolve(
        path, RecipeReader.ReadYaml(yaml, path, FolderOf(path)), RecipeReader.ReadOverrides(overrides ?? [], Path.GetFullPath(".")));

    /// <summary>The recipe of a file's values and those that win over them.</summary>
    /// <exception cref="InputException">As in <see cref="Load"/>.</exception>
    internal static Recipe Resolve(
        string path, Dictionary<string, GivenValue> values, Dictionary<string, GivenValue> wins,
        Action<IReadOnlyList<string>>? onDropped = null, Action<string>? note = null)
    {
        Recipe recipe = Apply(path, values, wins, onDropped);
        recipe = recipe with { Policy = recipe.Policy with { Model = ModelOf(recipe, path, values, note) } };
        Check(recipe, path, values);
        Remark(recipe, values, note);
        return recipe;
    }

    /// <summary>Tells of keys that were given and may not do what was meant.</summary>
    private static void Remark(Recipe recipe, Dictionary<string, GivenValue> values, Action<string>? note)
    {
        if (note is null)
        {
            return;
        }

        Dictionary<string, OptionKey> keys = recipe.Keys.ToDictionary(key => key.Name, StringComparer.Ordinal);
        foreach ((string key, string remark) in OptionTree.Remarks(recipe))
        {
            if (values.TryGetValue(key, out GivenValue value) && !string.Equals(keys[key].Value, keys[key].Default, StringComparison.Ordinal))
            {
                note($"{value.Where}: {key}{remark}.");
            }
        }
    }

    private static (Dictionary<string, GivenValue> Values, Dictionary<string, GivenValue> Wins) Read(
        string? path, IReadOnlyList<string>? overrides) => (
            path is null ? new(StringComparer.Ordinal) : RecipeReader.ReadYaml(RecipeReader.ReadText(path), path, FolderOf(path)),
            RecipeReader.ReadOverrides(overrides ?? [], Path.GetFullPath(".")));

    private static Recipe Apply(
        string path, Dictionary<string, GivenValue> values, Dictionary<string, GivenValue> wins,
        Action<IReadOnlyList<string>>? onDropped)
    {
        Recipe recipe = new() { Name = NameOf(path) };
        List<string> dropped = [.. SectionChoices.SelectMany(choice => Replaced(choice, recipe, values, wins))];
        Dictionary<string, GivenValue> given = new(values, StringComparer.Ordinal);
        foreach ((string key, GivenValue value) in wins)
        {
            given[key] = values[key] = value;
        }

        recipe = OptionTree.Read(recipe, given);
        foreach ((string key, GivenValue value) in given)
        {
            if (wins.ContainsKey(key) || !RecipeKeys.ChoosesPartBeside(recipe, key, wins.Keys))
            {
                throw RecipeKeys.NotOf(recipe, key, value);
            }

            values.Remove(key);
            dropped.Add(key);
        }

        if (dropped.Count > 0)
        {
            onDropped?.Invoke(dropped);
        }

        return recipe;
    }

    /// <summary>
    /// Removes the file's settings of a part in whose place another is named: they were chosen for their own part, and under another could be
    /// refused, or mislead.
    /// </summary>
    /// <returns>The keys that are then given by nothing.</returns>
    private static string[] Replaced(
        string choice, Recipe defaults, Dictionary<string, GivenValue> values, Dictionary<string, GivenValue> wins)
    {
        if (!wins.TryGetValue(choice, out GivenValue named))
        {
            return [];
        }

        string before = values.TryGetValue(choice, out GivenValue own) ? own.Text : defaults.Keys.First(key => Same(key.Name, choice)).Value;
        string section = choice[..(choice.IndexOf('.', StringComparison.Ordinal) + 1)];
        string[] dropped = Same(before, named.Text) ? [] : [.. values.Keys.Where(key => key.StartsWith(section, StringComparison.Ordinal))];
        Array.ForEach(dropped, key => values.Remove(key));
        return [.. dropped.Where(key => !wins.ContainsKey(key))];

        static bool Same(string left, string right) => string.Equals(left, right, StringComparison.Ordinal);
    }

    /// <summary>The resolved recipe: every key with its value; the same recipe gives the same bytes.</summary>
    public string ToYaml()
    {
        StringBuilder yaml = new();
        string section = "";
        foreach (OptionKey key in Keys)
        {
            int dot = key.Name.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0 && !string.Equals(section, key.Name[..dot], StringComparison.Ordinal))
            {
                section = key.Name[..dot];
                yaml.Append(section).Append(":\n");
            }

            yaml.Append(dot > 0 ? "  " : "").Append(key.Name[(dot + 1)..]).Append(": ").Append(key.Value).Append('\n');
        }

        return yaml.ToString();
    }

    /// <summary>What a recipe is called.</summary>
    /// <param name="path">Its file.</param>
    internal static string NameOf(string path) => Path.GetFileName(path) is RunLayout.RecipeName && Path.GetFileName(FolderOf(path)) is { Length: > 0 } folder
        ? folder
        : Path.GetFileNameWithoutExtension(path);

    /// <summary>Where a file's relative paths start.</summary>
    internal static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? Path.GetFullPath(".");

    /// <summary>What the policy is loaded from.</summary>
    private static string ModelOf(Recipe recipe, string path, Dictionary<string, GivenValue> values, Action<string>? note)
    {
        if (!values.TryGetValue(ModelName, out GivenValue value))
        {
            throw new InputException($"{path}: {ModelName} is not set; give {PolicyPath.Allowed}.");
        }

        try
        {
            return PolicyPath.Resolve(recipe.Policy.Model, value.Text, note);
        }
        catch (InputException error)
        {
            throw new InputException($"{value.Where}: {ModelName} names {error.Message}", error);
        }
    }

    /// <summary>What concerns more than one key, or the disk.</summary>
    private static void Check(Recipe recipe, string path, Dictionary<string, GivenValue> values)
    {
        string Where(string key) => values.TryGetValue(key, out GivenValue value) ? value.Where : path;

        if (recipe.Lora.Rank > 0 && recipe.Policy.Weights == PolicyWeights.Random)
        {
            throw new InputException(
                $"{Where("lora.rank")}: adapters train beside frozen weights, and policy.weights is random; train all of them (lora.rank: 0).");
        }

        if (recipe.Judge is NoJudgeOptions && recipe.Method.AsksJudge)
        {
            throw new InputException(
                $"{Where("judge.kind")}: judge.kind is none, and method.name {recipe.Method.Name} asks a judge. Set judge.kind to task, or take "
                + "a method that asks none: grpo.");
        }

        OptionTree.Check(recipe, "", (key, message) => throw new InputException($"{Where(key)}: {key}{message}"));
    }
}

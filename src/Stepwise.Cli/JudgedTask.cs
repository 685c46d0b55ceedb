using System.CommandLine;
using Stepwise.Engine.Loading;
using Stepwise.Judging;
using Stepwise.Recipes;
using Stepwise.Tasks;

namespace Stepwise.Cli;

/// <summary>The argument and options by which a command is told how responses are verified and judged, without a run.</summary>
internal sealed class JudgedTask
{
    /// <summary>A value of recipe key judge.kind.</summary>
    public readonly record struct JudgeKind(string Name);

    /// <summary>A recipe of which task, judge and reward are taken.</summary>
    public RecipeOptions Recipe { get; } = new(shipped: null, "word problems in GSM8K's form");

    /// <summary>The judge.</summary>
    public Option<JudgeKind?> Judge { get; } = CommonOptions.ChoiceIfGiven(
        "--judge", "The judge, as recipe key judge.kind; its settings by --set judge.… (default: the recipe's, without one that of the task).",
        JudgeCatalog.Entries.Select(entry => KeyValuePair.Create(entry.Name, new JudgeKind(entry.Name)))
            .Append(KeyValuePair.Create("reference", new JudgeKind("task"))).ToDictionary(StringComparer.Ordinal));

    /// <summary>Reads the recipe; without one, the task is GSM8K's form of word problems.</summary>
    /// <exception cref="InputException">As in <see cref="Recipes.Recipe.LoadUnchecked"/>.</exception>
    public Recipe Load(ParseResult parsed) => Recipe.LoadUnchecked(
        parsed,
        [
            .. parsed.GetValue(Recipe.Path) is null && !(parsed.GetValue(Recipe.Set) ?? []).Any(set => set.StartsWith("task.name=", StringComparison.Ordinal))
                ? (string[])["task.name=gsm8k"] : [],
            .. parsed.GetValue(Judge) is { } judge ? (string[])[$"judge.kind={judge.Name}"] : [],
        ]);

    /// <summary>Makes the task and the judge; what holds something is <see cref="IDisposable"/>.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="threads">Threads of a judge that is a model.</param>
    /// <exception cref="InputException">What one of them needs is not to be had.</exception>
    public static (ITask Task, IStepJudge Judge) Create(Recipe recipe, int threads)
    {
        ITask task = recipe.Task.Create();
        return (task, recipe.Judge.Create(new JudgeSetting(task.Judge)
        {
            Reference = task.ReferenceResponse, Milestones = task.Milestones, OpenModel = PolicyLoader.Opening(threads),
        }));
    }
}

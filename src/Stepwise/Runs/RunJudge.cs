using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Recipes;

namespace Stepwise.Runs;

/// <summary>The judge of a recipe.</summary>
internal static class RunJudge
{
    /// <summary>Makes the judge; one that holds something is <see cref="IDisposable"/>.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Its problems.</param>
    /// <param name="policy">The policy that is trained.</param>
    /// <param name="openModel">Loads a model to read, or <see langword="null"/> where no engine is at hand.</param>
    /// <param name="folder">Where the judge may keep what it paid for, or <see langword="null"/>.</param>
    /// <exception cref="InputException">The method asks a judge and there is none, or what the judge needs is not to be had.</exception>
    public static IStepJudge Of(Recipe recipe, ProblemSets problems, IPolicy policy, Func<string, IPolicy>? openModel, string? folder = null)
    {
        IStepJudge judge = recipe.Judge.Create(new JudgeSetting(problems.Task.Judge)
        {
            Reference = problems.Task.ReferenceResponse,
            Milestones = problems.Task.Milestones,
            OpenModel = openModel,
            Policy = policy,
            Folder = folder,
        });
        if (recipe.Method.AsksJudge && judge is NoJudge)
        {
            string missing = problems.Task.Judge is NoJudge
                ? $"the task {problems.Task.Name} has none. Give it one (ITask.Judge)"
                : "judge.kind is none. Set it to task";
            throw new InputException(
                $"method.name {recipe.Method.Name} asks a judge, and {missing}, or take a method that asks none: grpo.");
        }

        return judge;
    }
}

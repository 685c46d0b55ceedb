using Stepwise.Files;
using Stepwise.Recipes;

namespace Stepwise.Runs;

/// <summary>What to do with a run that ended badly.</summary>
internal static class RunAdvice
{
    /// <summary>How to go on after the policy diverged: from the last good checkpoint, in a form that <c>policy.model</c> takes.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="folder">The run's folder, if any.</param>
    /// <param name="lastGoodStep">The newest training step whose weights are good; below 0 if none are.</param>
    public static string AfterDivergence(Recipe recipe, RunFolder? folder, int lastGoodStep)
    {
        if (lastGoodStep < 0)
        {
            return $"It has trained nothing yet: the model {recipe.Policy.Model} is not sound.";
        }

        const string Lower = "with a lower training.learningRate or optimizer.clipNorm";
        Checkpoint? good = folder is null ? null : Newest(folder.CheckpointsPath, lastGoodStep);
        return good is null
            ? $"There is no checkpoint of weights that were still good: start a new run {Lower}."
            : $"The last good checkpoint is {good.Folder}. {From(recipe, good)} {Lower}.";
    }

    /// <summary>The newest whole checkpoint of at most so many training steps.</summary>
    private static Checkpoint? Newest(string checkpoints, int lastStep)
    {
        for (int step = lastStep; step > 0; step--)
        {
            string folder = Path.Combine(checkpoints, Checkpoint.NameOf(step));
            try
            {
                if (Directory.Exists(folder))
                {
                    return Checkpoint.Load(folder);
                }
            }
            catch (InputException)
            {
                // A broken one is not good.
            }
        }

        return null;
    }

    private static string From(Recipe recipe, Checkpoint good)
    {
        string stored = recipe.Policy.Weights == PolicyWeights.Random ? " and policy.weights=stored" : "";
        return recipe.Lora.Rank > 0
            ? $"Make it one model (stepwise export {good.Folder} --out <folder>) and start a new run from that (policy.model=<folder>)"
            : $"Start a new run from it (policy.model={good.PolicyFolder}{stored})";
    }
}

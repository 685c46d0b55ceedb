using Stepwise.Comparisons;
using Stepwise.Engine.Loading;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary>Carries out a run of a comparison in a folder of its own, as <c>stepwise train</c> would; one that was stopped goes on.</summary>
/// <param name="folder">The comparison's folder.</param>
/// <param name="threads">Threads of one run; changes no result.</param>
/// <param name="observer">Follows the runs.</param>
internal sealed class ComparedTraining(CompareFolder folder, int threads, IRunObserver observer)
{
    /// <summary>Trains and evaluates; called from several threads.</summary>
    /// <exception cref="InputException">The policy cannot be loaded, or what is in the run's folder is another run's.</exception>
    /// <exception cref="RunException">The run failed.</exception>
    public async Task<ComparedRun> ExecuteAsync(PlannedRun planned, CancellationToken cancellationToken)
    {
        string path = folder.RunOf(planned);
        Recipe recipe = planned.Recipe with { Name = Path.GetFileName(path) };
        using ProblemSets problems = PolicyLoader.LoadProblems(recipe, cancellationToken);
        using IPolicy policy = PolicyLoader.Load(recipe, threads);
        using IPolicy? reference = PolicyLoader.LoadReference(recipe, policy, threads);
        (RunFolder run, Checkpoint? from) = Open(path, recipe);
        TrainingRun training = new(recipe, problems, policy, reference)
        {
            Folder = run, Observer = observer, OpenModel = PolicyLoader.Opening(threads),
        };
        RunResult result = await training.ExecuteAsync(from, cancellationToken).ConfigureAwait(false);
        return new(planned.Variant, recipe.Seed, result.Seconds, Evaluations(run, result));
    }

    /// <summary>The run's folder, and where to go on in it.</summary>
    private static (RunFolder Run, Checkpoint? From) Open(string path, Recipe recipe)
    {
        if (!Directory.Exists(path))
        {
            return (RunFolder.Create(path, recipe, DateTimeOffset.Now), null);
        }

        if (RunLayout.IsRun(path))
        {
            RunFolder run = RunFolder.Open(path);
            if (run.HasCheckpoint)
            {
                return (run, run.Newest(_ => { }));
            }

            run.RequireFree();
        }
        else if (Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new InputException($"{path}: exists and is no run's folder; nothing is ever overwritten. Give another --out.");
        }

        // Stopped before its first checkpoint: there is nothing in it to go on from.
        Directory.Delete(path, recursive: true);
        return (RunFolder.Create(path, recipe, DateTimeOffset.Now), null);
    }

    /// <summary>Those of this start in full, and those of earlier ones as the store keeps them.</summary>
    private static List<ComparedEvaluation> Evaluations(RunFolder run, RunResult result) =>
    [
        .. StoredEvaluations.Read(run).Select(stored => result.Evaluations.Where(e => e.Step == stored.Step)
            .Select(e => stored with { Result = e.Result }).FirstOrDefault(stored)),
    ];
}

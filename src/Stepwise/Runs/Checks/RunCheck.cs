using Stepwise.Evaluation.Probes;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Runs.Checks;

/// <summary>What is found of a recipe before its run.</summary>
/// <param name="Data">What its problems are like.</param>
/// <param name="Prompt">A prompt as the policy gets it.</param>
/// <param name="Probes">What the verifier made of responses that answer nothing or something wrong.</param>
/// <param name="Samples">What a few groups say; <see langword="null"/> where none was sampled.</param>
/// <param name="Findings">What its owner should know.</param>
public sealed record CheckReport(
    DataReport Data, RenderedPrompt Prompt, IReadOnlyList<ProbeOutcome> Probes, CheckedSamples? Samples, IReadOnlyList<CheckFinding> Findings)
{
    /// <summary>Why the run cannot learn; none where it may.</summary>
    public IEnumerable<CheckFinding> Refusals => Findings.Where(finding => finding.Refuses);
}

/// <summary>Looks at a recipe before its run: what is asked, whether the verifier can be trusted, and whether there is anything to learn.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="problems">Its problems.</param>
/// <param name="policy">Its policy; used up, as a training step that changes nothing is carried out on it.</param>
/// <param name="reference">The frozen policy of the KL term, or <see langword="null"/> where the loss has none.</param>
public sealed class RunCheck(Recipe recipe, ProblemSets problems, IPolicy policy, IPolicy? reference = null)
{
    private const int ProbedProblems = 16;

    /// <summary>As in <see cref="TrainingRun.OpenModel"/>.</summary>
    public Func<string, IPolicy>? OpenModel { get; init; }

    /// <summary>Checks the recipe.</summary>
    /// <param name="groups">Groups to sample, or to take of stored ones; 0 for none.</param>
    /// <param name="progress">Told how many completions are sampled, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputException">
    /// A prompt does not fit the policy's context, the method asks a judge and the task has none, or what the method or the task needs is not to be had.
    /// </exception>
    /// <exception cref="DivergenceException">A log-probability of the policy is not finite.</exception>
    /// <exception cref="RunException">The verifier threw, or every sample failed.</exception>
    public async Task<CheckReport> RunAsync(int groups, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(groups);
        await problems.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
        DataReport data = problems.Describe(policy.Tokenizer, policy.ContextLength, cancellationToken);
        problems.RequireSources(recipe, policy.Tokenizer, policy.ContextLength);
        RenderedPrompt prompt = RenderedPrompt.Of(problems, policy, recipe.Sampling, cancellationToken);
        List<CheckFinding> findings = [.. CheckFindings.OfReferences(recipe, data), .. CheckFindings.OfPolicy(recipe, data, policy)];
        IReadOnlyList<ProbeOutcome> probes = await RewardProbes.RunAsync(
            problems.Task, [.. problems.Train.Where(problems.Task.Decides).Take(ProbedProblems)], cancellationToken).ConfigureAwait(false);
        findings.AddRange(CheckFindings.OfProbes(probes));
        CheckedSamples? samples = null;
        if (groups > 0 && !findings.Exists(finding => finding.Refuses))
        {
            IStepJudge judge = RunJudge.Of(recipe, problems, policy, OpenModel);
            using IDisposable? heldByJudge = judge as IDisposable;
            (samples, IReadOnlyList<CheckFinding> found) = await LookAsync(
                groups, judge, policy.ContextLength - data.LongestPrompt, progress, cancellationToken).ConfigureAwait(false);
            findings.AddRange(found);
        }

        return new(data, prompt, probes, samples, findings);
    }

    /// <summary>
    /// Looks at a training step behind the method's beginning; where a run that were all like it could not learn, at the first too: a run that begins with easy
    /// problems may learn from those first, and one that begins without help only then.
    /// </summary>
    private async Task<(CheckedSamples Samples, IReadOnlyList<CheckFinding> Findings)> LookAsync(
        int groups, IStepJudge judge, int room, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        int beginning = recipe.Method.FirstSteps(recipe.Training.Steps);
        (CheckedSamples Samples, IReadOnlyList<CheckFinding> Findings) behind = await AfterAsync(beginning).ConfigureAwait(false);
        if (beginning == 0 || !Refuses(behind.Findings))
        {
            return behind;
        }

        (CheckedSamples Samples, IReadOnlyList<CheckFinding> Findings) first = await AfterAsync(0).ConfigureAwait(false);
        return Refuses(first.Findings) ? behind : first;

        async Task<(CheckedSamples Samples, IReadOnlyList<CheckFinding> Findings)> AfterAsync(int steps)
        {
            CheckedSamples samples = await CheckedSamples.OfAsync(
                g => Trainer(g, steps, judge), groups, recipe, problems, policy, progress, cancellationToken).ConfigureAwait(false);
            return (samples, [.. CheckFindings.OfSamples(recipe, problems, samples, room)]);
        }

        static bool Refuses(IReadOnlyList<CheckFinding> findings) => findings.Any(finding => finding.Refuses);
    }

    /// <summary>A trainer of the one training step that comes after so many.</summary>
    private Trainer Trainer(int groups, int after, IStepJudge judge)
    {
        TrainingOptions once = recipe.Training with
        {
            Steps = after + 1,
            PromptsPerStep = groups,
            LearningRate = 0,
            WarmupSteps = 0,
            MiniBatches = Math.Min(recipe.Training.MiniBatches, groups),
        };
        Trainer trainer = new(policy, reference, problems.Task, judge, problems.Train, recipe.Method, recipe.Sampling, once, recipe.Seed)
        {
            Stored = problems.Stored?.ForFirstWeights,
        };
        trainer.Load(trainer.State with { Step = after });
        return trainer;
    }
}

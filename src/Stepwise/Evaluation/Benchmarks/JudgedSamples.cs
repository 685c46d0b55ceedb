using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>What is known of samples: their verdicts, and what the task's own judge reads in their steps where the problems have milestones.</summary>
/// <remarks>
/// Rarely solved problems say little by their answers alone: a right one may be luck, and most wrong ones look alike. Nothing of it is kept with the samples;
/// it follows from them and from the references.
/// </remarks>
public static class JudgedSamples
{
    /// <summary>The outcomes of an evaluation's samples on a set.</summary>
    /// <param name="set">The problems.</param>
    /// <param name="samples">Verified samples, some of them maybe of other sets; those of a problem stand together.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>One for each sample of the set, in their order.</returns>
    /// <exception cref="RunException">The verifier threw.</exception>
    public static async Task<IReadOnlyList<SampleOutcome>> OutcomesAsync(
        BenchmarkSet set, IReadOnlyList<ScoredSample> samples, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        ScoredSample[] own = [.. samples.Where(set.Has)];
        if (!set.HasMilestones)
        {
            return [.. own.Select(sample => sample.Outcome)];
        }

        List<SampleOutcome> outcomes = [];
        foreach (IGrouping<string, ScoredSample> problem in own.GroupBy(sample => sample.Id, StringComparer.Ordinal))
        {
            outcomes.AddRange(await JudgeAsync(set, set.Place(problem.Key), [.. problem], cancellationToken).ConfigureAwait(false));
        }

        return outcomes;
    }

    private static async Task<IEnumerable<SampleOutcome>> JudgeAsync(
        BenchmarkSet set, int place, ScoredSample[] samples, CancellationToken cancellationToken)
    {
        Problem problem = set.Problems[place].Problem;
        bool hasMilestones = set.Task.Milestones(problem).Count > 1;
        List<JudgedResponse> responses = [];
        foreach (ScoredSample sample in samples)
        {
            Completion completion = sample.Completion;
            string name = $"sample {sample.Sample + 1}";

            // A judge wants to know where in the response the answer was read, which is not kept with the sample.
            Verdict verdict = await set.VerifyAsync(place, completion, name, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ReasoningStep> steps = sample.Failed
                ? [] : Verification.Guard(set.Task, problem, name, () => set.Task.Steps(completion.Text, completion.Truncated));
            responses.Add(new(completion.Text, completion.Truncated, steps, verdict));
        }

        IReadOnlyList<StepJudgement> judgements = await Judgements.AskAsync(set.Task.Judge, problem, responses, cancellationToken).ConfigureAwait(false);
        return samples.Zip(judgements, (sample, judgement) => sample.Outcome with
        {
            Sound = sample.Verdict == Correctness.Correct && judgement.Outcome == JudgementOutcome.NoError,
            Reached = hasMilestones ? judgement.Progress?.Share ?? 0 : null,
        });
    }
}

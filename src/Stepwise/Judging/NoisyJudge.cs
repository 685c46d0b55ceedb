using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>
/// A judge with simulated errors. Of each vote a number u, uniform in [0, 1), decides: with the rates in their order it misses the error, blames a right
/// step before the error (where there is one), names a near one or says nothing; otherwise it says what the judge says.
/// </summary>
/// <remarks>
/// A judge that believes a wrong step believes that it makes progress: from the true error to the named one each step reaches one milestone more, short of
/// the last, which is the right answer. What most votes name as the first error is it, the earliest among equals; the share of all votes that name
/// it is the confidence.
/// </remarks>
/// <param name="judge">The judge.</param>
/// <param name="options">The rates.</param>
internal sealed class NoisyJudge(IStepJudge judge, NoisyJudgeOptions options) : IStepJudge
{
    private const ulong KindDraw = 0, PlaceDraw = 1;

    /// <inheritdoc/>
    public string Name => $"{judge.Name}, noisy";

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StepJudgement>> JudgeAsync(
        Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<StepJudgement> judgements = await Judgements.AskAsync(judge, problem, responses, cancellationToken).ConfigureAwait(false);
        return [.. judgements.Zip(responses, (judgement, response) => Noisy(judgement, response.Key))];
    }

    private StepJudgement Noisy(StepJudgement truth, ulong key)
    {
        if (truth.Outcome == JudgementOutcome.NoJudgement)
        {
            return truth;
        }

        IGrouping<int, int>[] votes = [.. Enumerable.Range(0, options.Votes)
            .Select(vote => FirstError(truth, CounterRandom.Key(key, (ulong)vote))).GroupBy(place => place)];
        IGrouping<int, int>? mode = votes.Where(place => place.Key > 0).OrderByDescending(place => place.Count()).ThenBy(place => place.Key).FirstOrDefault();
        return mode is null ? StepJudgement.None("simulated: nothing said") : At(mode.Key, truth) with { Confidence = mode.Count() / (double)options.Votes };
    }

    /// <summary>The step that a vote names; 0 for none.</summary>
    private int FirstError(StepJudgement truth, ulong key)
    {
        double u = CounterRandom.Uniform(key, KindDraw);
        (int first, int steps) = (truth.FirstError, truth.Steps);
        if ((u -= options.Miss) < 0)
        {
            return steps + 1;
        }

        if ((u -= options.FalseAlarm) < 0)
        {
            // Before step 1 there is no right step to blame.
            return first == 1 ? first : 1 + CounterRandom.Integer(key, PlaceDraw, first - 1);
        }

        if ((u -= options.Shift) < 0)
        {
            int low = Math.Max(1, first - options.ShiftSteps), high = Math.Min(steps + 1, first + options.ShiftSteps);
            int place = low + CounterRandom.Integer(key, PlaceDraw, Math.Max(1, high - low));
            return place >= first && place < high ? place + 1 : place;
        }

        return u - options.Abstain < 0 ? 0 : first;
    }

    private static StepJudgement At(int first, StepJudgement truth)
    {
        int steps = truth.Steps;
        StepJudgement judgement = first > steps
            ? StepJudgement.NoError(steps, "simulated: no error seen")
            : StepJudgement.Error(first, steps, first == truth.FirstError ? truth.Reason : $"simulated: step {first} is blamed");
        return judgement with { Progress = first == truth.FirstError ? truth.Progress : truth.Progress is { } progress ? Believed(progress, first) : null };
    }

    private static Progress Believed(Progress truth, int first)
    {
        int steps = truth.Steps;
        List<int> reached = [.. truth.ReachedAt.Where(step => step < first)];
        for (int step = truth.FirstError; step < Math.Min(first, steps + 1) && reached.Count < truth.Milestones - 1; step++)
        {
            reached.Add(step);
        }

        return new(truth.Milestones, reached, Math.Min(first, steps + 1), steps);
    }
}

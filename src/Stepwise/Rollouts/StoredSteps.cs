using Stepwise.Reasoning;
using Stepwise.Reasoning.Steps;

namespace Stepwise.Rollouts;

/// <summary>The steps that a judge saw in a stored response, where the file does not say how it was cut.</summary>
public static class StoredSteps
{
    /// <summary>The steps of the first way to cut the response that gives as many as were judged.</summary>
    /// <param name="rollout">The rollout.</param>
    /// <returns>The steps, the last of them empty where an answer is missing; lines where no way gives as many or nothing was judged.</returns>
    public static IReadOnlyList<ReasoningStep> Of(StoredRollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        int judged = rollout.Judgement is { } judgement ? Math.Max(judgement.Steps, judgement.Progress?.Steps ?? 0) : 0;
        IReadOnlyList<ReasoningStep>[] ways =
        [
            ReasoningStep.Lines(rollout.Response, rollout.Truncated),
            .. StepCatalog.Entries.Select(entry => ((StepSplitter)entry.Part).Split(rollout.Response, rollout.Truncated)),
        ];
        ReasoningStep none = new(rollout.Response.Length, rollout.Response.Length, "");
        return ways.FirstOrDefault(steps => steps.Count == judged)
            ?? ways.Where(steps => steps.Count + 1 == judged).Select(steps => (IReadOnlyList<ReasoningStep>)[.. steps, none]).FirstOrDefault()
            ?? ways[0];
    }
}

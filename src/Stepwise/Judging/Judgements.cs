using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>Judgements whatever the judge does: what fails is no judgement with the reason, and ends no run.</summary>
public static class Judgements
{
    private const int LongestReason = 200;

    /// <summary>Asks a judge about a group.</summary>
    /// <param name="judge">The judge.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="responses">The responses.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>
    /// A judgement per response; no judgement for all of them where the judge throws or answers for another number of responses, and for one of
    /// which it says nothing or saw other steps than there are.
    /// </returns>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static async ValueTask<IReadOnlyList<StepJudgement>> AskAsync(
        IStepJudge judge, Problem problem, IReadOnlyList<JudgedResponse> responses, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(responses);
        try
        {
            IReadOnlyList<StepJudgement> answers = await judge.JudgeAsync(problem, responses, cancellationToken).ConfigureAwait(false);
            return answers is null || answers.Count != responses.Count
                ? ForAll(responses, StepJudgement.None($"the judge answered for {answers?.Count ?? 0} of {responses.Count} responses"))
                : [.. answers.Zip(responses, Fitting)];
        }
        catch (Exception error) when (IsFailure(error, cancellationToken))
        {
            return ForAll(responses, Failed(error));
        }
    }

    /// <summary>The answer of a judge that looks at one response at a time: what it throws of one leaves the others their judgements.</summary>
    /// <param name="responses">The responses.</param>
    /// <param name="judge">Judges one.</param>
    /// <param name="cancellationToken">Stops the work between two responses.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static ValueTask<IReadOnlyList<StepJudgement>> Each(
        IReadOnlyList<JudgedResponse> responses, Func<JudgedResponse, StepJudgement> judge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(responses);
        ArgumentNullException.ThrowIfNull(judge);
        return new([.. responses.Select(One)]);

        StepJudgement One(JudgedResponse response)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return judge(response);
            }
            catch (Exception error) when (IsFailure(error, cancellationToken))
            {
                return Failed(error);
            }
        }
    }

    private static StepJudgement Fitting(StepJudgement? judgement, JudgedResponse response)
    {
        int steps = response.Steps.Count;
        return judgement is null ? StepJudgement.None("the judge said nothing of this response")
            : judgement.Outcome != JudgementOutcome.NoJudgement && judgement.Steps != steps
            ? StepJudgement.None($"the judge saw {judgement.Steps} steps, the response has {steps}", judgement.Cost)
            : judgement.Progress is { } progress && progress.Steps != steps
            ? StepJudgement.None($"the judge saw progress in {progress.Steps} steps, the response has {steps}", judgement.Cost)
            : judgement;
    }

    private static StepJudgement[] ForAll(IReadOnlyList<JudgedResponse> responses, StepJudgement judgement) =>
        [.. responses.Select(_ => judgement)];

    private static bool IsFailure(Exception error, CancellationToken cancellationToken) =>
        error is not OperationCanceledException || !cancellationToken.IsCancellationRequested;

    private static StepJudgement Failed(Exception error) =>
        StepJudgement.None($"the judge failed: {error.GetType().Name}, {Escaped.Line(error.Message, LongestReason)}");
}

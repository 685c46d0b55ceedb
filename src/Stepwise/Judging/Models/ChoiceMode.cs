using Stepwise.Reasoning;

namespace Stepwise.Judging.Models;

/// <summary>
/// Of each step in turn the probability w that it is wrong, the steps before it taken as right: from the log-probabilities of the two words, one token each.
/// Step h is the first error with probability wₕ ∏ (1 − wⱼ) over the steps before it; the likeliest place is the answer, and its probability the
/// confidence. Steps are asked until none of the rest can be likelier. It knows no milestones.
/// </summary>
/// <remarks>
/// Where an error is known to be there, the confidence is the place's share of the probability that there is one: exact where every step was asked, else the
/// least that it can be, as if all that is left were in the steps that were not asked.
/// </remarks>
public sealed record ChoiceMode : JudgeMode
{
    private static readonly string[] Words = ["right", "wrong"];

    /// <inheritdoc/>
    internal override string BuiltIn => "choice";

    /// <inheritdoc/>
    internal override async ValueTask<StepJudgement> JudgeAsync(JudgeCase response, Inquiry inquiry, CancellationToken cancellationToken)
    {
        double right = 1, wrongSomewhere = 0, best = 0;
        int likeliest = 0, asked = 0;
        while (asked < response.Shown && right > best)
        {
            int step = ++asked;
            (ChatRequest request, _) = response.Ask(step);
            ChatAnswer answer = await inquiry.AskAsync(request with { Choices = Words, MaxTokens = 1 }, cancellationToken).ConfigureAwait(false);
            if (answer.ChoiceLogProbs is not [var rightLog, var wrongLog])
            {
                return StepJudgement.None("the model tells no log-probabilities; judge.mode may be full or bisect", inquiry.Cost);
            }

            if (double.IsNegativeInfinity(rightLog) && double.IsNegativeInfinity(wrongLog))
            {
                return StepJudgement.None($"of step {step} the model says neither right nor wrong", inquiry.Cost);
            }

            double wrong = 1 / (1 + Math.Exp(rightLog - wrongLog)), here = right * wrong;
            (likeliest, best) = here > best ? (step, here) : (likeliest, best);
            wrongSomewhere += here;
            right *= 1 - wrong;
        }

        // What is left of the probability is that of no error among the steps that were asked.
        bool none = !response.KnownWrong && right > best;
        if (likeliest == 0 && !none)
        {
            return StepJudgement.None("the model holds every step for certainly right", inquiry.Cost);
        }

        double confidence = none ? right : response.KnownWrong && asked == response.Shown ? best / wrongSomewhere : best;
        return Judgement(response, none ? response.Steps + 1 : likeliest, confidence, "by the probabilities of right and wrong", inquiry.Cost);
    }
}

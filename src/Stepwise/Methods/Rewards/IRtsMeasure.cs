using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>What RTS counts: how far a wrong answer was right, a share in [0, 1].</summary>
public interface IRtsMeasure
{
    /// <summary>RTS of the wrong answers of a group, all measured alike.</summary>
    /// <param name="answers">What is known of each.</param>
    /// <returns>
    /// RTS per answer, <see langword="null"/> where the judge could not place it; and whether they are shares of milestones
    /// (<see cref="Group.ByProgress"/>).
    /// </returns>
    (IReadOnlyList<double?> Rts, bool ByProgress) Of(IReadOnlyList<JudgedAnswer> answers);
}

/// <summary>What RTS of a wrong answer is made from: its own part alone, without the steps that it was given.</summary>
/// <param name="Judgement">What the judge said of it, <see langword="null"/> where it was not asked or did not answer.</param>
/// <param name="ReferenceSteps">Steps of the reference solution that were left to it; 0 where there is none.</param>
public readonly record struct JudgedAnswer(StepJudgement? Judgement, int ReferenceSteps)
{
    /// <summary>A rollout's own part.</summary>
    /// <param name="rollout">The rollout, verified.</param>
    /// <param name="referenceSteps">Steps of the whole reference solution; 0 where there is none.</param>
    public static JudgedAnswer Of(Rollout rollout, int referenceSteps)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return new(rollout.Judgement?.After(rollout.GivenSteps), Math.Max(referenceSteps - rollout.GivenSteps, 0));
    }
}

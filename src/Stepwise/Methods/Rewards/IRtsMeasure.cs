using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>What RTS counts: how far a wrong answer was right, a share in [0, 1].</summary>
public interface IRtsMeasure
{
    /// <summary>RTS of the wrong answers of a group, all measured alike.</summary>
    /// <param name="judgements">What the judge said of each, <see langword="null"/> where it was not asked or did not answer.</param>
    /// <param name="referenceSteps">Steps of the reference solution; 0 where there is none.</param>
    /// <returns>
    /// RTS per answer, <see langword="null"/> where the judge could not place it; and whether they are shares of milestones
    /// (<see cref="Group.ByProgress"/>).
    /// </returns>
    (IReadOnlyList<double?> Rts, bool ByProgress) Of(IReadOnlyList<StepJudgement?> judgements, int referenceSteps);
}

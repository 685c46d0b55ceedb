using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>Which rollouts the step judge is asked about.</summary>
public enum JudgeScope
{
    /// <summary>All of a group in which every decided answer is wrong.</summary>
    AllNegative,

    /// <summary>Every wrong answer of every group.</summary>
    EveryIncorrect,
}

/// <summary>
/// SGPO's reward: a wrong answer earns by how far it was right. With h the first wrong step (H + 1 if there is none), D the
/// denominator, and P of K milestones reached,
/// <code>RTS = (h − 1) / D by steps, P / K by progress,   r = 1 if the answer is right, else 1 / (1 + exp(−β(RTS − γ)))</code>
/// </summary>
/// <remarks>
/// <para>
/// By progress a wrong answer earns less than a right one, whatever it reached. Where the judge placed a wrong answer of a group and names no
/// milestones, all of the group is measured by steps: shares of different things are not compared. <see cref="Group.ByProgress"/> says which it was.
/// </para>
/// <para>
/// A group is coloured if the judge placed at least one of its wrong answers and the rewards of its right and placed answers are not all
/// equal. Only then do graded rewards take effect; a wrong answer the judge could not place is then not counted. A group that is not
/// coloured keeps the rewards of <see cref="OutcomeReward"/>: an all-negative group whose RTS are all equal stays flat.
/// </para>
/// <para>
/// Special values: a response without an error has RTS 1 by its own length and H / max(H, reference) by the reference's; a response
/// without a single complete step has RTS 0; a problem without reference solution is measured by the response's own steps. Steps that were given,
/// and the milestones in them, count for nothing: H, h, the reference's steps, P and K begin where the guidance ends.
/// </para>
/// <para>
/// Source: arXiv 2505.11595, equation 2, which is the sigmoid of RTS by steps over the response's own. The paper gives "10 and 0.5" without
/// saying which is β; 10 and 0.5 in this order is our reading.
/// </para>
/// </remarks>
[Formula("RTS = (h − 1) / D by steps, P / K by progress, r = 1 if the answer is right, else 1 / (1 + exp(−β(RTS − γ)))")]
public sealed record SpectralReward : IRewardShaper, IMeasures
{
    // Below the 1 of a right answer, which the sigmoid reaches by rounding where it is steep.
    private static readonly double MostOfAWrongAnswer = Math.BitDecrement(1.0);

    /// <summary>Mean RTS of the wrong answers that the judge placed, in coloured groups or not.</summary>
    [Metric("RTS of the wrong samples that the judge placed, mean", Unit = "share",
        Reading = "A rise is wrong answers that go wrong later. By steps of the response it also rises where the policy stops early: see "
            + "ledger.meanColouredSteps.")]
    public static Metric MeanRts { get; } = Metric.Of<SpectralReward>();

    private static readonly OutcomeReward Outcome = new();

    /// <inheritdoc/>
    public bool AsksJudge => true;

    /// <summary>Which rollouts the judge is asked about.</summary>
    [Key("which rollouts the step judge is asked about", Name = "judgeScope")]
    public JudgeScope Scope { get; init; } = JudgeScope.AllNegative;

    /// <summary>What RTS counts.</summary>
    [Part<RtsMeasureCatalog>("measure", "RTS counts right steps (the paper) or milestones of the reference solution; steps where there are none")]
    public IRtsMeasure Measure { get; init; } = new StepShare();

    /// <summary>How RTS becomes a reward.</summary>
    [Part<RtsShapingCatalog>("shaping", "reward of a wrong answer: sigmoid of RTS, or RTS itself")]
    public IRtsShaping Shaping { get; init; } = new SigmoidOfRts();

    /// <summary>The last training step at which the judge is asked; 0 for no end.</summary>
    [Key("last step at which the judge is asked; 0 for no end", Unit = "training steps", Low = 0, High = 1e9)]
    public int LastJudgedStep { get; init; }

    /// <inheritdoc/>
    public bool WantsJudgement(Group group, Rollout rollout, int step) =>
        rollout.Incorrect && Asks(step) && (Scope == JudgeScope.EveryIncorrect || group.AllNegative);

    /// <inheritdoc/>
    public void Shape(Group group, int step)
    {
        Outcome.Shape(group, step);
        Rollout[] judged = [.. group.Rollouts.Where(r => WantsJudgement(group, r, step))];
        // A group that was judged all wrong may have got a right answer since.
        Rollout[] placed = [.. group.Rollouts.Where(r => judged.Contains(r) || (Asks(step) && r is { Incorrect: true, Judgement: not null }))];
        (IReadOnlyList<double?> shares, group.ByProgress) = Measure.Of([.. placed.Select(r => JudgedAnswer.Of(r, group.ReferenceSteps))]);
        foreach ((Rollout rollout, double? share) in placed.Zip(shares))
        {
            rollout.Rts = share;
        }

        IEnumerable<double> graded = judged.Where(r => r.Rts is not null).Select(r => Reward(r.Rts!.Value, group.ByProgress));
        IEnumerable<double> right = group.Rollouts.Where(r => r.Correct).Select(r => r.Reward);
        group.Coloured = graded.Any() && graded.Concat(right).Distinct().Skip(1).Any();
        if (!group.Coloured)
        {
            return;
        }

        foreach (Rollout rollout in judged)
        {
            rollout.Counted = rollout.Rts is not null;
            rollout.Reward = rollout.Rts is { } rts ? Reward(rts, group.ByProgress) : 0.0;
        }
    }

    /// <summary>What a wrong answer earns by its judgement alone, whatever the others of its group are.</summary>
    /// <param name="answer">What the judge said of it.</param>
    /// <returns>A number below 1 by progress, at most 1 by steps; <see langword="null"/> where the judge could not say.</returns>
    public double? OfWrong(JudgedAnswer answer)
    {
        (IReadOnlyList<double?> shares, bool byProgress) = Measure.Of([answer]);
        return shares[0] is { } rts ? Reward(rts, byProgress) : null;
    }

    /// <inheritdoc/>
    public IEnumerable<MetricValue> MeasureStep(IReadOnlyList<Group> groups)
    {
        double? mean = groups.SelectMany(g => g.Rollouts).Average(r => r.Rts);
        return mean is { } rts ? [new(MeanRts, rts)] : [];
    }

    private bool Asks(int step) => LastJudgedStep == 0 || step <= LastJudgedStep;

    private double Reward(double rts, bool byProgress) =>
        byProgress ? Math.Min(Shaping.Reward(rts), MostOfAWrongAnswer) : Shaping.Reward(rts);
}

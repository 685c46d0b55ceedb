using Stepwise.Algorithms.Advantages;
using Stepwise.Algorithms.Losses;
using Stepwise.Rewards;

namespace Stepwise.Algorithms;

/// <summary>Which tokens of a judged response get its credit.</summary>
public enum Credit
{
    /// <summary>All of them (the paper).</summary>
    Whole,

    /// <summary>Those up to and including the first wrong step, see <see cref="Advantages.CreditToFirstError"/> (ours).</summary>
    ToFirstError,

    /// <summary>Each step its own, see <see cref="Advantages.PerStepAdvantage"/> (ours).</summary>
    PerStep,
}

/// <summary>What bounds the importance ratio of a token.</summary>
public enum Surrogate
{
    /// <summary>Clipping: outside its range a token has no gradient, see <see cref="Losses.Grpo"/>.</summary>
    Clipped,

    /// <summary>A cap on the ratio, which is a mere weight: every token keeps its gradient, see <see cref="Losses.Cispo"/>.</summary>
    Truncated,
}

/// <summary>What a recipe can set of a method. The defaults are GRPO's; <see cref="MethodCatalog"/> has every method's.</summary>
public sealed record MethodOptions
{
    /// <summary>The method's name in <see cref="MethodCatalog"/>.</summary>
    public string Name { get; init; } = "grpo";

    /// <summary>Which rollouts the step judge is asked about; none exactly for the methods without a judge.</summary>
    public JudgeScope JudgeScope { get; init; } = JudgeScope.None;

    /// <summary>The last training step at which the judge is asked, at least 1; <see langword="null"/> for no end.</summary>
    public int? LastJudgedStep { get; init; }

    /// <summary>What the right prefix of a wrong answer is measured by.</summary>
    public RtsDenominator Denominator { get; init; } = RtsDenominator.Response;

    /// <summary>How RTS becomes a reward.</summary>
    public RewardShaping Shaping { get; init; } = RewardShaping.Sigmoid;

    /// <summary>β, the steepness of the sigmoid; above 0.</summary>
    public double Beta { get; init; } = 10.0;

    /// <summary>γ, the RTS that earns 1/2; above 0.</summary>
    public double Gamma { get; init; } = 0.5;

    /// <summary>Which tokens of a judged response get its credit; other than whole only with a judge.</summary>
    public Credit Credit { get; init; } = Credit.Whole;

    /// <summary>What a centred reward is divided by; without effect on groups credited per step.</summary>
    public AdvantageScale AdvantageScale { get; init; } = AdvantageScale.Group;

    /// <summary>What bounds the importance ratio; truncated needs <see cref="RatioCap"/> and knows no clip range.</summary>
    public Surrogate Surrogate { get; init; } = Surrogate.Clipped;

    /// <summary>ε_low in [0, 1]: importance ratios below 1 − ε_low are clipped.</summary>
    public double ClipLow { get; init; } = 0.2;

    /// <summary>ε_high, at least 0: importance ratios above 1 + ε_high are clipped.</summary>
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>What the importance ratio compares.</summary>
    public RatioLevel RatioLevel { get; init; } = RatioLevel.Token;

    /// <summary>
    /// The most an importance ratio counts; <see langword="null"/> for no cap. With clipping where the advantage is negative, at least
    /// 1 + ε_high; truncated everywhere, at least 1.
    /// </summary>
    public double? RatioCap { get; init; }

    /// <summary>
    /// Completions whose mean ℓ_old − ℓ exceeds this many nats have no surrogate where the advantage is negative, at least 0;
    /// <see langword="null"/> for no limit.
    /// </summary>
    public double? OffPolicyThreshold { get; init; }

    /// <summary>How tokens are averaged.</summary>
    public Aggregation Aggregation { get; init; } = Aggregation.SequenceMean;

    /// <summary>Weight of the KL penalty to the reference policy, at least 0; 0 needs no reference policy.</summary>
    public double KlCoefficient { get; init; }

    /// <summary>How the KL divergence is estimated.</summary>
    public KlEstimator KlEstimator { get; init; } = KlEstimator.K3;

    /// <summary>Whether the KL estimate is multiplied by the importance ratio.</summary>
    public bool KlWeighted { get; init; }

    /// <summary>Whether completions cut off by the length limit are left out of the update.</summary>
    public bool DropTruncated { get; init; }
}

using System.Text.Json;
using Stepwise.Algorithms.Advantages;
using Stepwise.Algorithms.Losses;
using Stepwise.Algorithms.Selection;
using Stepwise.Rewards;

namespace Stepwise.Algorithms;

/// <summary>A method: the four parts a training step calls, in their order.</summary>
/// <param name="Options">What it was made from.</param>
/// <param name="Reward">Verdicts and judgements to rewards.</param>
/// <param name="Advantage">Rewards to per-token advantages.</param>
/// <param name="Selection">Which rollouts enter the update.</param>
/// <param name="Loss">The objective.</param>
public sealed record Method(
    MethodOptions Options, IRewardShaper Reward, IAdvantageEstimator Advantage, ISelection Selection, ILoss Loss)
{
    /// <summary>Puts the parts together.</summary>
    /// <param name="options">The settings.</param>
    /// <exception cref="InputException">A setting is out of range, or two do not go together.</exception>
    public static Method Create(MethodOptions options)
    {
        Check(options);
        KlPenalty? kl = options.KlCoefficient > 0.0 ? new(options.KlCoefficient, options.KlEstimator, options.KlWeighted) : null;
        return new(
            options,
            Reward: Shaper(options),
            Advantage: Estimator(options),
            Selection: new SignalSelection(keepSilent: kl is not null, options.DropTruncated),
            Loss: Objective(options, kl));
    }

    private static ILoss Objective(MethodOptions options, KlPenalty? kl) => options.Surrogate == Surrogate.Truncated
        ? new Cispo(options.RatioCap!.Value, options.Aggregation, kl)
        : new Grpo(options.ClipLow, options.ClipHigh, options.Aggregation, kl)
        {
            RatioLevel = options.RatioLevel,
            RatioCap = options.RatioCap ?? double.PositiveInfinity,
            OffPolicyThreshold = options.OffPolicyThreshold ?? double.PositiveInfinity,
        };

    private static IRewardShaper Shaper(MethodOptions options) => options.JudgeScope == JudgeScope.None
        ? new OutcomeReward()
        : new SpectralReward
        {
            Scope = options.JudgeScope,
            Denominator = options.Denominator,
            Shaping = options.Shaping,
            Beta = options.Beta,
            Gamma = options.Gamma,
            LastJudgedStep = options.LastJudgedStep,
        };

    private static IAdvantageEstimator Estimator(MethodOptions options)
    {
        GroupAdvantage outcome = new(options.AdvantageScale);
        return options.Credit switch
        {
            Credit.ToFirstError => new CreditToFirstError(outcome),
            Credit.PerStep => new PerStepAdvantage(outcome),
            _ => outcome,
        };
    }

    private static void Check(MethodOptions options)
    {
        bool judges = MethodCatalog.Defaults(options.Name).JudgeScope != JudgeScope.None;
        Require(judges == (options.JudgeScope != JudgeScope.None), "judgeScope", options.JudgeScope, judges
            ? $"{options.Name} asks a judge: all-negative or every-incorrect; without a judge it is grpo"
            : $"{options.Name} has no judge: none; with a judge it is sgpo");
        Require(judges || options.Credit == Credit.Whole, "credit", options.Credit, $"{options.Name} has no judge: whole");
        Require(
            options.LastJudgedStep is null or >= 1, "lastJudgedStep", options.LastJudgedStep,
            "at least 1, or nothing for no end");
        Require(options.Beta is > 0.0 and < double.PositiveInfinity, "beta", options.Beta, "a number above 0");
        Require(options.Gamma is > 0.0 and < double.PositiveInfinity, "gamma", options.Gamma, "a number above 0");
        Require(options.ClipLow is >= 0.0 and <= 1.0, "clipLow", options.ClipLow, "0 to 1");
        Require(options.ClipHigh >= 0.0, "clipHigh", options.ClipHigh, "at least 0");
        if (options.Surrogate == Surrogate.Truncated)
        {
            Require(options.RatioCap >= 1.0, "ratioCap", options.RatioCap, "at least 1 where surrogate is truncated");
            Require(options.RatioLevel == RatioLevel.Token, "ratioLevel", options.RatioLevel, "token where surrogate is truncated");
            Require(
                options.OffPolicyThreshold is null, "offPolicyThreshold", options.OffPolicyThreshold,
                "nothing where surrogate is truncated");
        }

        Require(
            options.RatioCap is null || options.Surrogate == Surrogate.Truncated || options.RatioCap >= 1.0 + options.ClipHigh, "ratioCap",
            options.RatioCap, "at least 1 + clipHigh, or nothing for no cap");
        Require(
            options.OffPolicyThreshold is null or >= 0.0, "offPolicyThreshold", options.OffPolicyThreshold,
            "at least 0, or nothing for no limit");
        Require(
            options.KlCoefficient is >= 0.0 and < double.PositiveInfinity, "klCoefficient", options.KlCoefficient,
            "at least 0; 0 for no penalty");
    }

    private static void Require(bool holds, string key, object? found, string allowed)
    {
        if (!holds)
        {
            string value = found switch
            {
                null => "nothing",
                Enum => JsonNamingPolicy.KebabCaseLower.ConvertName($"{found}"),
                _ => $"{found}",
            };
            throw new InputException($"method.{key}: found {value}, allowed is {allowed}.");
        }
    }
}

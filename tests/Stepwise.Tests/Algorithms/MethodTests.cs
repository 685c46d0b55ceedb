using Stepwise.Algorithms;
using Stepwise.Algorithms.Advantages;
using Stepwise.Algorithms.Losses;
using Stepwise.Rewards;
using Stepwise.Tests.Algorithms.Losses;

namespace Stepwise.Tests.Algorithms;

public sealed class MethodTests
{
    [Fact]
    public void Create_EveryMethodOfTheCatalog_IsComplete()
    {
        MethodCatalog.Methods.Select(m => m.Defaults.Name).ShouldBe(["grpo", "dr-grpo", "dapo", "cispo", "sgpo"]);
        foreach (MethodEntry entry in MethodCatalog.Methods)
        {
            Method method = Method.Create(MethodCatalog.Defaults(entry.Defaults.Name));
            method.Options.ShouldBeSameAs(entry.Defaults);
            method.Loss.NeedsReference.ShouldBeFalse();
        }
    }

    [Fact]
    public void Create_Sgpo_HandsItsSettingsOn()
    {
        MethodOptions options = MethodCatalog.Defaults("sgpo") with
        {
            JudgeScope = JudgeScope.EveryIncorrect,
            Denominator = RtsDenominator.Reference,
            Shaping = RewardShaping.Raw,
            Beta = 5,
            Gamma = 0.25,
            LastJudgedStep = 7,
            Credit = Credit.PerStep,
            KlCoefficient = 0.1,
        };

        Method method = Method.Create(options);

        SpectralReward reward = method.Reward.ShouldBeOfType<SpectralReward>();
        (reward.Scope, reward.Denominator, reward.Shaping).ShouldBe((JudgeScope.EveryIncorrect, RtsDenominator.Reference, RewardShaping.Raw));
        (reward.Beta, reward.Gamma, reward.LastJudgedStep).ShouldBe((5, 0.25, 7));
        method.Advantage.ShouldBeOfType<PerStepAdvantage>();
        method.Loss.ShouldBeOfType<Grpo>().NeedsReference.ShouldBeTrue();
        Method.Create(options with { Credit = Credit.ToFirstError }).Advantage.ShouldBeOfType<CreditToFirstError>();
    }

    [Fact]
    public void Create_Cispo_TakesTheCapAlone()
    {
        Method method = Method.Create(MethodCatalog.Defaults("cispo") with { ClipHigh = 100, KlCoefficient = 0.1 });
        method.Loss.ShouldBeOfType<Cispo>().NeedsReference.ShouldBeTrue();

        // A ratio of e³ counts as the catalog's cap.
        LossCase one = new() { Offsets = [0, 1], LogProbs = [-1], Old = [-4], Reference = [-1], Advantages = [1], Mask = [true] };
        one.Evaluate(method.Loss).Gradient.ShouldBe([-5.0]);
    }

    [Fact]
    public void Create_OutOfRange_NamesKeyAndWhatIsAllowed()
    {
        MethodOptions grpo = MethodCatalog.Defaults("grpo"), sgpo = MethodCatalog.Defaults("sgpo"), cispo = MethodCatalog.Defaults("cispo");
        (MethodOptions Options, string Message)[] cases =
        [
            (grpo with { Name = "gppo" }, "method.name: found 'gppo', known are grpo, dr-grpo, dapo, cispo, sgpo."),
            (grpo with { JudgeScope = JudgeScope.AllNegative }, "method.judgeScope: found all-negative, allowed is grpo has no judge: none"),
            (sgpo with { JudgeScope = JudgeScope.None }, "method.judgeScope: found none"),
            (grpo with { Credit = Credit.ToFirstError }, "method.credit: found to-first-error"),
            (sgpo with { LastJudgedStep = 0 }, "method.lastJudgedStep: found 0"),
            (sgpo with { Beta = 0 }, "method.beta: found 0"),
            (sgpo with { Gamma = double.NaN }, "method.gamma: found NaN"),
            (grpo with { ClipLow = 1.5 }, "method.clipLow: found 1.5, allowed is 0 to 1."),
            (grpo with { ClipHigh = -0.1 }, "method.clipHigh: found -0.1"),
            (grpo with { RatioCap = 1.1 }, "method.ratioCap: found 1.1, allowed is at least 1 + clipHigh"),
            (cispo with { RatioCap = null }, "method.ratioCap: found nothing, allowed is at least 1 where surrogate is truncated"),
            (cispo with { RatioLevel = RatioLevel.Sequence }, "method.ratioLevel: found sequence, allowed is token"),
            (cispo with { OffPolicyThreshold = 1 }, "method.offPolicyThreshold: found 1, allowed is nothing"),
            (grpo with { OffPolicyThreshold = -1 }, "method.offPolicyThreshold: found -1"),
            (grpo with { KlCoefficient = double.PositiveInfinity }, "method.klCoefficient: found"),
        ];
        foreach ((MethodOptions options, string message) in cases)
        {
            Should.Throw<InputException>(() => Method.Create(options)).Message.ShouldStartWith(message);
        }
    }
}

using Stepwise.Methods;
using Stepwise.Methods.Advantages;
using Stepwise.Methods.Losses;
using Stepwise.Methods.Rewards;
using Stepwise.Methods.Sampling;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods;

public sealed class MethodTests
{
    [Fact]
    public void Entries_EveryMethod_IsSoundAndOnlyPreferencesAndPenaltiesNeedAReference()
    {
        MethodCatalog.Entries.Select(m => m.Name).ShouldBeUnique(StringComparer.Ordinal);
        foreach (PartEntry entry in MethodCatalog.Entries)
        {
            Method method = MethodCatalog.Find(entry.Name);
            method.ShouldBeSameAs(entry.Part);
            method.Loss.Needs.HasFlag(LossNeeds.Reference).ShouldBe(
                method.Loss is Dpo or Ipo or GrpoThenDpo or Grpo { Kl.Coefficient: > 0 }, entry.Name);
            OptionTree.Check(method);
        }
    }

    [Fact]
    public void Entries_KeysOfAMethod_AreNeverDeclaredTwice()
    {
        foreach (PartEntry entry in MethodCatalog.Entries)
        {
            string[] keys = [.. OptionTree.List(entry.Part, entry.Part).Select(key => key.Name)];
            keys.Distinct(StringComparer.Ordinal).Count().ShouldBe(keys.Length, entry.Name);
        }
    }

    [Fact]
    public void Find_Dapo_DrawsAgainAndWeighsTokensAlike()
    {
        Method dapo = MethodCatalog.Find("dapo");

        dapo.Scheme.ShouldBe(new RefilledGroups());
        dapo.Loss.ShouldBe(new Grpo { ClipLow = 0.2, ClipHigh = 0.28, Aggregation = new TokenMean() });
    }

    [Fact]
    public void Find_Unknown_NamesWhatIsKnown() =>
        Should.Throw<InputException>(() => MethodCatalog.Find("gppo")).Message.ShouldBe(
            $"method.name: found 'gppo', known are {string.Join(", ", MethodCatalog.Entries.Select(m => m.Name))}.");

    [Fact]
    public void WantsJudgement_RightAnswer_OnlyOfCreditThatComparesItWithJudgedOnes()
    {
        Method progress = MethodCatalog.Find("sgpo-progress");
        Group mixed = Samples.Group(Samples.Right(), Samples.Wrong(), Samples.Undecided()), right = Samples.Group(Samples.Right(), Samples.Right());

        mixed.Rollouts.Select(r => progress.WantsJudgement(mixed, r, 1)).ShouldBe([true, true, false]);
        mixed.Rollouts.Select(r => (progress with { Advantage = new PerStepAdvantage() }).WantsJudgement(mixed, r, 1)).ShouldBe([false, true, false]);
        mixed.Rollouts.Select(r => (progress with { Reward = new SpectralReward() }).WantsJudgement(mixed, r, 1)).ShouldBe([false, false, false]);
        right.Rollouts.Select(r => progress.WantsJudgement(right, r, 1)).ShouldBe([false, false]);
    }

    [Fact]
    public void Check_OutOfRange_NamesKeyAndWhatIsAllowed()
    {
        Method grpo = MethodCatalog.Find("grpo");
        (Method Method, string Message)[] cases =
        [
            (grpo with { Advantage = new CreditToFirstError() }, "method.credit needs a step judge"),
            (grpo with { Reward = new SearchReward() }, "method.reward search goes by what a tree search finds"),
            (MethodCatalog.Find("mcts-dpo") with { Scheme = new PlainGroups() }, "method.reward search goes by what a tree search finds"),
            (grpo with { Reward = new SpectralReward { LastJudgedStep = -1 } }, "method.lastJudgedStep is \"-1\"; allowed is a whole number from 0"),
            (grpo with { Reward = new SpectralReward { Shaping = new SigmoidOfRts { Beta = 0 } } }, "method.beta is \"0\"; allowed is a number above 0"),
            (grpo with { Reward = new SpectralReward { Shaping = new SigmoidOfRts { Gamma = double.NaN } } }, "method.gamma is \"NaN\""),
            (grpo with { Loss = new Grpo { ClipLow = 1.5 } }, "method.clipLow is \"1.5\"; allowed is a number from 0 to 1."),
            (grpo with { Loss = new Grpo { ClipHigh = -0.1 } }, "method.clipHigh is \"-0.1\""),
            (grpo with { Loss = new Gspo { RatioCap = 1.1 } }, "method.ratioCap is 1.1; allowed is at least 1 + clipHigh"),
            (grpo with { Loss = new Cispo { RatioCap = 0.5 } }, "method.ratioCap is \"0.5\""),
            (grpo with { Loss = new Grpo { OffPolicyThreshold = -1 } }, "method.offPolicyThreshold is \"-1\""),
            (grpo with { Loss = new Grpo { Kl = new(double.PositiveInfinity) } }, "method.klCoefficient is"),
        ];
        foreach ((Method method, string message) in cases)
        {
            Should.Throw<InputException>(() => OptionTree.Check(method, "method.")).Message.ShouldStartWith(message);
        }
    }
}

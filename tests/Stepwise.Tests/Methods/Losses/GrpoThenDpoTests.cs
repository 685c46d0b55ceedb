using Stepwise.Methods.Advantages;
using Stepwise.Methods.Losses;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Losses;

public sealed class GrpoThenDpoTests
{
    [Fact]
    public void Phases_AreBothLossesAndNeedsTheirs()
    {
        GrpoThenDpo loss = new(new Grpo { ClipHigh = 0.3 }, new Dpo { PreferenceBeta = 0.5 });

        loss.Phases.ShouldBe([new Grpo { ClipHigh = 0.3 }, new Dpo { PreferenceBeta = 0.5 }]);
        loss.Needs.ShouldBe(new Dpo().Needs);
        (loss with { First = new Grpo { Kl = new KlPenalty(0.1) } }).Needs.ShouldBe(LossNeeds.Reference | LossNeeds.WholeGroups);
        ((ILoss)new Grpo()).Phases.ShouldBe([new Grpo()]);
    }

    [Fact]
    public void OwnDeviation_Terms_EnterNoAdvantage()
    {
        Group group = Samples.Rewarded(1, 0, 0, 1), plain = Samples.Rewarded(1, 0, 0, 1);
        foreach ((Rollout rollout, int i) in group.Rollouts.Select((r, i) => (r, i)))
        {
            rollout.RewardParts = [new(1, rollout.Reward), new(0.5, i)];
            rollout.Reward += 0.5 * i;
        }

        new GroupAdvantage { Scale = new OwnDeviation() }.Estimate([group]);
        new GroupAdvantage().Estimate([plain]);

        group.Rollouts.Select(r => r.Advantages[0]).ShouldBe(plain.Rollouts.Select(r => r.Advantages[0]));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 0.75)]
    [InlineData(1, 0)]
    public void Evaluate_KlRelief_SparesItsShareOfThePenalty(double relief, double share)
    {
        Grpo loss = new() { Kl = new KlPenalty(0.5) };
        double[] With(double of, out double value)
        {
            double[] gradient = new double[2];
            value = loss.Evaluate(
                new LossGroup
                {
                    Offsets = [0, 2], LogProbs = [-1, -2], OldLogProbs = [-1, -2], ReferenceLogProbs = [-1.5, -1], Advantages = [0, 0], Mask = [true, true],
                    Facts = [new SequenceFacts(1, true, false, 0) { KlRelief = of }], Totals = new(1, 2, 10),
                },
                gradient, new LossMetrics());
            return gradient;
        }

        double[] whole = With(0, out double penalty), spared = With(relief, out double rest);

        rest.ShouldBe(share * penalty, 1e-15);
        spared.ShouldBe([.. whole.Select(g => share * g)], 1e-15);
    }
}

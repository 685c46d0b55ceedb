using Stepwise.Methods.Advantages;
using Stepwise.Policies;
using Stepwise.Rollouts;
using Stepwise.Tests.Rollouts;

namespace Stepwise.Tests.Methods.Advantages;

public sealed class CreditToFirstErrorTests
{
    private readonly CreditToFirstError _estimator = new(new GroupAdvantage { Scale = new NoScale() });

    [Fact]
    public void Estimate_ColouredGroup_MasksWhatFollowsTheFirstError()
    {
        Rollout early = Samples.Wrong(1, 3), late = Samples.Wrong(3, 3), none = Samples.Wrong(4, 3), cut = Samples.Wrong(2, 2, FinishReason.Length);
        Group group = Samples.Group(early, late, none, cut);
        group.Coloured = true;
        early.Reward = 1;

        _estimator.Estimate([group]);

        early.Mask.ShouldBe(Enumerable.Range(0, 9).Select(t => t < 3));
        late.Mask.ShouldAllBe(m => m);
        none.Mask.ShouldAllBe(m => m);
        cut.Mask.ShouldBe(Enumerable.Range(0, 9).Select(t => t < 6)); // Two steps, then a step that was cut off.
        early.Advantages.ShouldAllBe(a => a == 0.75);
    }

    [Fact]
    public void Estimate_ErrorInAGivenStep_BlamesTheFirstOfItsOwn()
    {
        // Given two of four steps, blamed for the first; and given all, with nothing of its own but what was cut off.
        Rollout some = Samples.Given(2, Samples.Wrong(1, 4)), all = Samples.Given(2, Samples.Wrong(1, 2, FinishReason.Length));
        Group group = Samples.Group(some, all);
        group.Coloured = true;

        _estimator.Estimate([group]);

        // A token of the third step was given too.
        some.Mask.ShouldBe(Enumerable.Range(0, 12).Select(t => t is > 6 and < 9));
        all.Mask.ShouldBe(Enumerable.Range(0, 9).Select(t => t > 6));
    }

    [Fact]
    public void Estimate_FlatGroup_IsLeftAlone()
    {
        Group group = Samples.Group(Samples.Wrong(1, 3), Samples.Wrong(1, 3));

        _estimator.Estimate([group]);

        group.Rollouts.ShouldAllBe(r => r.Mask.All(m => m));
    }
}

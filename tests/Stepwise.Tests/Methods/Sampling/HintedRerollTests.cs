using Stepwise.Methods.Sampling;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class HintedRerollTests
{
    private static readonly Problem Hinted = new("a", "A", "1") { Hints = ["h1", "h2", "h3"] };

    [Theory]
    // Hinted samples 0 and 1 are right.
    [InlineData(1, 4, "HHHH", "1100")]
    [InlineData(0.5, 4, "HHpp", "1100")]
    [InlineData(0.6, 4, "HHHp", "1100")]
    [InlineData(0.01, 4, "Hppp", "1000")]
    // All of them right, with or without a wrong plain one beside.
    [InlineData(1, 2, "pp", "00")]
    [InlineData(0.5, 2, "Hp", "10")]
    public async Task DrawAsync_AllWrong_TakesHintedSamplesWhereTheGroupIsThenMixed(double share, int size, string kinds, string right)
    {
        SampledRoller roller = new(s => s.Round == 1 && s.Sample < 2);
        Group group = await DrawAsync(new() { RerolledShare = share }, roller.Step(size, Hinted));

        string.Concat(group.Rollouts.Select(r => r.Guided ? 'H' : 'p')).ShouldBe(kinds);
        string.Concat(group.Rollouts.Select(r => r.Correct ? '1' : '0')).ShouldBe(right);
        (group.Rollouts.Count, group.ReferenceSteps).ShouldBe((size, 7));
        roller.Left([group]).Count().ShouldBe(roller.Calls.SelectMany(call => call).Sum(draw => draw.Samples) - size);
    }

    [Theory]
    [InlineData(1, "A h1")]
    [InlineData(2, "A h2")]
    [InlineData(9, "A h3")]
    public async Task DrawAsync_AllWrong_IsDrawnUnderTheHintAndTrainedUnderThePlainPrompt(int level, string asked)
    {
        SampledRoller roller = new(_ => false);
        await DrawAsync(new() { HintLevel = level }, roller.Step(2, Hinted));

        Draw again = roller.Calls[1].Single();
        (again.Prompt, again.TrainedPrompt, again.Round, again.Samples).ShouldBe((new TextPrompt(asked), new TextPrompt("A"), 1, 2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DrawAsync_SolvedOrWithoutHint_IsLeftAsItIs(bool solved)
    {
        SampledRoller roller = new(_ => solved);
        Group group = await DrawAsync(new(), roller.Step(2, solved ? Hinted : new("a", "A", "1")));

        roller.Calls.SelectMany(call => call).Count().ShouldBe(1);
        group.Rollouts.ShouldAllBe(r => !r.Guided);
    }

    private static async Task<Group> DrawAsync(HintedReroll scheme, SamplingStep step)
    {
        scheme = scheme with { Hints = new() { HintPrompt = "{question} {hint}" } };
        Group group = (await scheme.DrawAsync(step, TestContext.Current.CancellationToken)).Single();
        scheme.MeasureStep([group]).Single().Value.ShouldBe(group.Rollouts.Any(r => r.Guided) ? 1 : 0);
        return group;
    }
}

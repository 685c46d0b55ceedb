using Stepwise.Methods.Sampling;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Methods.Sampling;

public sealed class RefinedDraftsTests
{
    private static readonly RefinedDrafts Scheme = new() { DraftPrompt = "{question} < {draft}" };

    [Theory]
    [InlineData(0.5, 4, 2, 2)]
    [InlineData(0.6, 4, 3, 1)]
    [InlineData(0.99, 4, 3, 1)]
    [InlineData(0.01, 4, 1, 3)]
    [InlineData(0.5, 2, 1, 1)]
    public async Task DrawAsync_Share_SplitsTheGroupIntoDraftsAndRefinements(double share, int size, int drafts, int refinements)
    {
        SampledRoller roller = new(_ => false);
        Group group = await DrawAsync(Scheme with { DraftShare = share }, roller, size);

        roller.Calls.Select(call => call.Single().Samples).ShouldBe([drafts, refinements]);
        group.Rollouts.Count.ShouldBe(refinements);
        group.Rollouts.ShouldAllBe(r => r.Guided);
        roller.Left([group]).Count(r => !r.Guided).ShouldBe(drafts);
    }

    [Theory]
    // Draft i of three earns the i-th reward; a sample's text is its place. The highest wins, the first of equals.
    [InlineData("0 0 1", "2")]
    [InlineData("0 0 0", "0")]
    [InlineData("0.1 0.7 0.7", "1")]
    public async Task DrawAsync_Drafts_TheBestByTheRewardIsRefinedUnderItsPrompt(string rewards, string best)
    {
        double[] earned = [.. rewards.Split(' ').Select(reward => double.Parse(reward, System.Globalization.CultureInfo.InvariantCulture))];
        SampledRoller roller = new(s => earned[s.Sample] == 1);
        await DrawAsync(Scheme with { DraftShare = 0.7 }, roller, 4, group =>
        {
            foreach ((Rollout rollout, double reward) in group.Rollouts.Zip(earned))
            {
                rollout.Reward = reward;
            }
        });

        Draw refining = roller.Calls[1].Single();
        (refining.Prompt, refining.TrainedPrompt, refining.Round).ShouldBe((new TextPrompt($"A < {best}"), null, 1));
    }

    [Fact]
    public async Task DrawAsync_NoRoomForTheDraft_TheDraftsAreTheGroup()
    {
        SampledRoller roller = new(_ => false);
        Group group = await DrawAsync(Scheme with { DraftPrompt = "{question}{draft}" + new string('x', 50) }, roller, 4);

        roller.Calls.SelectMany(call => call).Count().ShouldBe(1);
        (group.Rollouts.Count, group.Rollouts.Any(r => r.Guided)).ShouldBe((2, false));
    }

    [Fact]
    public async Task DrawAsync_GroupOfOne_IsOnePlainSample()
    {
        SampledRoller roller = new(_ => false);

        (await DrawAsync(Scheme, roller, 1)).Rollouts.ShouldAllBe(r => !r.Guided);
    }

    [Fact]
    public void Check_TemplateWithoutAPlace_IsRefused() =>
        Should.Throw<InputException>(() => OptionTree.Check(Scheme with { DraftPrompt = "{draft}" }, "method."))
            .Message.ShouldStartWith("method.draftPrompt lacks {question} or {draft}");

    private static async Task<Group> DrawAsync(RefinedDrafts scheme, SampledRoller roller, int size, Action<Group>? shape = null) =>
        (await scheme.DrawAsync(
            roller.Step(size, new Problem("a", "A", "1")) with { Shape = shape ?? (_ => { }) }, TestContext.Current.CancellationToken)).Single();
}

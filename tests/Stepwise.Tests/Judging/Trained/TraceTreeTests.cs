using Stepwise.Judging.Trained;
using Stepwise.Policies;

namespace Stepwise.Tests.Judging.Trained;

public sealed class TraceTreeTests
{
    [Fact]
    public void Of_TracesThatBeginAlike_HoldsTheBeginningOnce()
    {
        TraceTree tree = TraceTree.Of([1, 2], [[[3], [4, 5], [6]], [[3], [4, 5], [7, 8]], [[3], [9]]]);

        Shown(tree.Request).ShouldBe(["-1: 1 2 3 @2", "0: 4 5 @1", "1: 6 @0", "1: 7 8 @1", "0: 9 @0"]);
        tree.States.ShouldBe([[0, 1, 2], [0, 1, 3], [0, 4]]);
        (tree.Request.States, tree.Request.Tokens).ShouldBe((5, 9));
    }

    [Fact]
    public void Of_OneTrace_IsOneRun()
    {
        TraceTree tree = TraceTree.Of([1], [[[2, 3], [4], [5]]]);

        Shown(tree.Request).ShouldBe(["-1: 1 2 3 4 5 @2 @3 @4"]);
        tree.States.ShouldBe([[0, 1, 2]]);
    }

    [Fact]
    public void Of_TraceThatIsTheBeginningOfAnother_EndsWithinItsRun()
    {
        TraceTree tree = TraceTree.Of([1], [[[2], [3]], [[2]], []]);

        Shown(tree.Request).ShouldBe(["-1: 1 2 3 @1 @2"]);
        tree.States.ShouldBe([[0, 1], [0], []]);
    }

    [Fact]
    public void Of_TreeThatWouldBeTooDeep_SharesTheQuestionAlone()
    {
        const int Traces = StateRequest.MaxDepth + 3;
        int[][][] traces = [.. Enumerable.Range(0, Traces).Select(t => Enumerable.Range(0, t).Select(_ => new[] { 2 }).Append([3]).ToArray())];

        TraceTree tree = TraceTree.Of([1], traces);

        tree.Request.Runs.Count.ShouldBe(Traces + 1);
        tree.Request.Runs.Skip(1).ShouldAllBe(run => run.Parent == 0);
        tree.States.Select(states => states.Length).ShouldBe(traces.Select(trace => trace.Length));
        tree.States.SelectMany(states => states).ShouldBe(Enumerable.Range(0, tree.Request.States));
    }

    private static IEnumerable<string> Shown(StateRequest request) => request.Runs.Select(run =>
        $"{run.Parent}: {string.Join(' ', run.Tokens)}{string.Concat(run.Positions.Select(position => $" @{position}"))}");
}

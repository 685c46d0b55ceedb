using Stepwise.Problems;

namespace Stepwise.Tests.Problems;

public sealed class ProblemOrderTests
{
    private static readonly Problem[] Problems = [.. Enumerable.Range(0, 7).Select(i => new Problem($"{i}", "q", "a"))];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(20)]
    public void Take_AnyRun_IsThatOfThePermutationsOfTheEpochsInOrder(int count)
    {
        string[] expected = [.. Enumerable.Range(0, 9).SelectMany(epoch => CounterRandom.Permutation(CounterRandom.Key(5, (ulong)epoch), 7)).Select(i => $"{i}")];
        ProblemOrder order = new(Problems, 5);

        for (int first = 0; first + count <= expected.Length; first++)
        {
            order.Position = first;

            order.Take(count).Select(p => p.Id).ShouldBe(expected[first..(first + count)]);
            order.Position.ShouldBe(first + count);
        }
    }

    [Fact]
    public void Take_SomeWanted_PassesOverTheOthersAndNeverAWholeEpoch()
    {
        ProblemOrder order = new(Problems, 5), all = new(Problems, 5);
        string[] inOrder = [.. all.Take(21).Select(p => p.Id)];
        order.Wanted = p => p.Id is "2" or "5";

        // The two of each of three epochs, in the order of the epochs.
        order.Take(6).Select(p => p.Id).ShouldBe(inOrder.Where(id => id is "2" or "5"));
        order.Position.ShouldBe(Array.FindLastIndex(inOrder, id => id is "2" or "5") + 1);
    }

    [Fact]
    public void Take_NoneWanted_TakesThemAsTheyCome()
    {
        ProblemOrder order = new(Problems, 5) { Position = 3, Wanted = _ => false }, plain = new(Problems, 5) { Position = 3 };

        order.Take(9).ShouldBe(plain.Take(9));
        order.Position.ShouldBe(12);
    }
}

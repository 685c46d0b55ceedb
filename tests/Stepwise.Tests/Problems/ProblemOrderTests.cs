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
}

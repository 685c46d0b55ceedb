using Stepwise.Policies;

namespace Stepwise.Tests.Policies;

public sealed class TrainingBatchTests
{
    [Fact]
    public void ComputedTokens_SharedPrefixes_CountedOnce()
    {
        // Prompt of 4; two sequences begin with 1 2, one with 1 3, one with 1 alone, one has none.
        TrainingGroup group = new(
            [9, 9, 9, 9], [Sequence([1, 2, 5, 6], 2), Sequence([1, 3, 5], 2), Sequence([1, 2, 7], 2), Sequence([1, 2, 8], 1), Sequence([1, 2], 0)]);

        group.ComputedTokens.ShouldBe(4 + 4 + 3 + (3 - 2) + 3 + 2);
    }

    [Fact]
    public void SharesPrefixWith_SameTokensOfAnotherLengthOrNone_DoNotShare()
    {
        TrainingSequence one = Sequence([1, 2, 5], 2);
        one.SharesPrefixWith(Sequence([1, 2, 6, 7], 2)).ShouldBeTrue();
        one.SharesPrefixWith(Sequence([1, 2, 5], 1)).ShouldBeFalse();
        one.SharesPrefixWith(Sequence([1, 3, 5], 2)).ShouldBeFalse();
        Sequence([1, 2], 0).SharesPrefixWith(Sequence([1, 2], 0)).ShouldBeFalse();
    }

    [Fact]
    public void Cut_GroupsWithPrefixes_AsManyTokensAsAreComputed()
    {
        // 3 + 10 + (10 − 8) = 15 tokens each with the prefix shared, 23 without.
        TrainingGroup shared = new([9, 9, 9], [Sequence(new int[10], 8), Sequence(new int[10], 8)]);
        TrainingBatch batch = new([shared, shared, shared], new BatchTotals(6, 60, 10));

        batch.Cut(30).Select(b => b.Groups.Count).ShouldBe([2, 1]);
        batch.Cut(29).Select(b => b.Groups.Count).ShouldBe([1, 1, 1]);
        batch.Cut(1).Select(b => b.Groups.Count).ShouldBe([1, 1, 1]);
        (batch with { Groups = [.. batch.Groups.Select(g => g with { Sequences = [.. g.Sequences.Select(s => s with { PrefixTokens = 0 })] })] })
            .Cut(30).Select(b => b.Groups.Count).ShouldBe([1, 1, 1]);
    }

    private static TrainingSequence Sequence(int[] tokens, int prefix) =>
        new(tokens, new double[tokens.Length], new bool[tokens.Length], new float[tokens.Length]) { PrefixTokens = prefix };
}

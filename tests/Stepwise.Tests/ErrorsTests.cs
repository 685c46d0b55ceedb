using Stepwise.Rollouts;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests;

public sealed class ErrorsTests
{
    /// <summary>What .NET adds to a message for programmers is not for people.</summary>
    [Fact]
    public void InputException_OfAnArgument_LeavesItsNameOut()
    {
        static ArgumentException Odd(int value) => new($"{value} is odd.", nameof(value));
        ArgumentException error = Odd(3);

        new InputException($"f.yaml: {error.Message} Give an even one.", error).Message.ShouldBe("f.yaml: 3 is odd. Give an even one.");
        new InputException("f.yaml: (Parameter 'value') stands here.", new FormatException()).Message.ShouldBe("f.yaml: (Parameter 'value') stands here.");
    }

    [Fact]
    public void RolloutFile_MilestonesThatCannotBe_AreNamedWithoutAParameter()
    {
        using TemporaryFolder folder = new();
        string path = folder.In("r.jsonl");
        File.WriteAllText(
            path,
            """{"id":"a","response":"","judgement":{"outcome":"no-error","steps":1,"progress":{"milestones":1,"reachedAt":[2],"firstError":2,"steps":1}}}""");

        Should.Throw<InputException>(() => RolloutFile.Read(path).Count()).Message.ShouldEndWith("allowed are at most 1 steps in rising order, from 1 to 1.");
    }
}

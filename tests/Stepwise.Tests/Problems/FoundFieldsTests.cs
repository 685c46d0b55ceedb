using Stepwise.Problems;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Problems;

public sealed class FoundFieldsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"problem\":\"q\",\"solution\":\"s\",\"answer\":\"1\",\"unique_id\":\"u\"}", "problem", "answer", "solution", "unique_id")]
    [InlineData("{\"Answer\":1,\"Question\":\"q\",\"Body\":\"b\",\"ID\":\"x\"}", "Body Question", "Answer", "", "ID")]
    [InlineData("{\"question\":\"q\",\"answer\":\"long\",\"final_answer\":[\"2\"],\"id\":5}", "question", "final_answer", "", "id")]
    [InlineData("{\"prompt\":[],\"reward_model\":{\"style\":\"rule\",\"ground_truth\":\"4\"}}", "prompt", "reward_model.ground_truth", "", "")]
    [InlineData("{\"question\":\"q\",\"answer\":\"1 + 1\\n#### 2\"}", "question", "answer", "answer", "")]
    [InlineData("{\"metadata\":{\"answer\":1},\"question\":\"q\",\"answer\":2}", "question", "answer", "", "")]
    public void In_File_FindsTheLikelyFields(string line, string question, string answer, string solution, string id)
    {
        FoundFields found = FoundFields.In(Write(line));
        (string.Join(' ', found.Fields.Question), found.Fields.Answer, found.Fields.Solution, found.Fields.Id).ShouldBe((question, answer, solution, id));
        found.Missing.ShouldBeEmpty();
    }

    [Fact]
    public void In_IdThatComesTwice_IsNotTakenForOne()
    {
        FoundFields found = FoundFields.In(Write("{\"question\":\"q\",\"answer\":1,\"id\":1}\n{\"question\":\"r\",\"answer\":1,\"id\":1}"));
        (found.Problems, found.Fields.Id).ShouldBe((2, ""));
    }

    [Fact]
    public void In_ASolutionThatTheFirstRecordLacks_IsFound() => FoundFields
        .In(Write("{\"question\":\"q\",\"answer\":1}\n{\"question\":\"r\",\"answer\":1,\"meta\":{\"solution\":\"s\"}}")).Fields.Solution.ShouldBe("meta.solution");

    [Fact]
    public void In_NothingLikely_SaysWhatIsMissing()
    {
        FoundFields found = FoundFields.In(Write("{\"x\":{\"y\":1}}"));
        found.Missing.ShouldBe(["question", "answer"]);
        found.Names.ShouldBe(["x", "x.y"]);
        found.Fields.ShouldBe(new ProblemFields());
    }

    private string Write(string content)
    {
        File.WriteAllText(_folder.In("a.jsonl"), content);
        return _folder.In("a.jsonl");
    }
}

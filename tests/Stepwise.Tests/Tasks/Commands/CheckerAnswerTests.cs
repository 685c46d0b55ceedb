using System.Text;
using Stepwise.Reasoning;
using Stepwise.Tasks.Commands;

namespace Stepwise.Tests.Tasks.Commands;

public sealed class CheckerAnswerTests
{
    [Fact]
    public void Read_EveryField_IsTheVerdict()
    {
        CheckerAnswer answer = Read(
            """{"id": 7, "verdict": "incorrect", "answer": 12, "reason": "off\nby one", "rewards": {"style": 0.5, "brevity": -2}, "firstWrongStep": 3, "more": []}""");

        answer.Id.ShouldBe(7);
        (answer.Verdict.Correctness, answer.Verdict.Answer, answer.Verdict.Reason, answer.Verdict.FirstWrongStep)
            .ShouldBe((Correctness.Incorrect, "12", "off\\u000aby one", 3));
        answer.Verdict.Rewards.ShouldBe(new Dictionary<string, double>(StringComparer.Ordinal) { ["style"] = 0.5, ["brevity"] = -2 });
    }

    [Theory]
    [InlineData("correct", Correctness.Correct)]
    [InlineData("undecided", Correctness.Undecided)]
    public void Read_NothingButAVerdict_IsThatVerdict(string word, Correctness correctness)
    {
        CheckerAnswer answer = Read($$"""{"id": 1, "verdict": "{{word}}", "answer": null, "rewards": null}""" + "\r");

        (answer.Id, answer.Verdict).ShouldBe((1, new Verdict(correctness, null, "the program gives no reason")));
    }

    [Theory]
    [InlineData("rubbish", "is no answer")]
    [InlineData("", "is no answer")]
    [InlineData("[1]", "it is no JSON object: \"[1]\"")]
    [InlineData("""{"verdict": "correct"}""", "its field id is no whole number")]
    [InlineData("""{"id": 1.5, "verdict": "correct"}""", "its field id is no whole number")]
    [InlineData("""{"id": 1}""", "its field verdict is none of undecided, correct, incorrect")]
    [InlineData("""{"id": 1, "verdict": "Correct"}""", "its field verdict is none of")]
    [InlineData("""{"id": 1, "verdict": "1"}""", "its field verdict is none of")]
    [InlineData("""{"id": 1, "verdict": "correct", "reason": []}""", "its field reason is no text")]
    [InlineData("""{"id": 1, "verdict": "correct", "rewards": [1]}""", "its field rewards is no object")]
    [InlineData("""{"id": 1, "verdict": "correct", "rewards": {"a": "1"}}""", "its reward \"a\" is no number")]
    [InlineData("""{"id": 1, "verdict": "correct", "rewards": {"a": 1e999}}""", "its reward \"a\" is no number")]
    [InlineData("""{"id": 1, "verdict": "correct", "firstWrongStep": -1}""", "its field firstWrongStep is no whole number from 0")]
    [InlineData("""{"id": 1, "id": 2, "verdict": "correct"}""", "is no answer")]
    [InlineData("""{"id": 1, "verdict": "correct", "reason": "\ud800"}""", "is no answer")]
    public void Read_NoAnswer_IsUndecidedWithTheReason(string line, string reason)
    {
        CheckerAnswer answer = Read(line);

        (answer.Id, answer.Verdict.Correctness).ShouldBe(((long?)null, Correctness.Undecided));
        answer.Verdict.Reason.ShouldContain(reason);
    }

    [Fact]
    public void Read_DamagedBytes_NeverThrows()
    {
        byte[] sound = Encoding.UTF8.GetBytes("""{"id": 7, "verdict": "correct", "answer": "é", "rewards": {"a": 0.5}, "firstWrongStep": 3}""");
        Random random = new(17);
        int read = 0;
        for (int trial = 0; trial < 4000; trial++)
        {
            byte[] line = [.. sound];
            for (int edit = random.Next(3); edit >= 0; edit--)
            {
                line[random.Next(line.Length)] = (byte)random.Next(256);
            }

            CheckerAnswer answer = CheckerAnswer.Read(line.AsMemory(0, random.Next(4) == 0 ? random.Next(line.Length) : line.Length));
            (answer.Id is not null || answer.Verdict.Correctness == Correctness.Undecided).ShouldBeTrue();
            (answer.Verdict.Rewards?.Values ?? []).ShouldAllBe(value => double.IsFinite(value));
            answer.Verdict.Reason.ShouldNotContain('\n');
            read += answer.Id is null ? 0 : 1;
        }

        read.ShouldBeInRange(40, 3900);
    }

    private static CheckerAnswer Read(string line) => CheckerAnswer.Read(Encoding.UTF8.GetBytes(line));
}

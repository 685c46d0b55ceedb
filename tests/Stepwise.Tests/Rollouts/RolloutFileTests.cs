using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Tests.Rollouts;

public sealed class RolloutFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stepwise-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_AllFields_AreAsWritten()
    {
        StoredRollout rollout = Read("""
            {"id": 7, "problem": {"id": "p", "question": "2+3?", "answer": 5, "solution": "2+3=5"}, "response": "", "truncated": true, "tokens": [3, 1],
            """.TrimEnd() + """
             "logProbs": [-0.5, 0], "verdict": "incorrect", "answer": "6", "reason": "why", "reward": 0.25, "advantage": -1, "step": 3, "other": [],
            """.Trim() + """
             "judgement": {"outcome": "error-found", "firstError": 2, "steps": 2, "reason": "r", "confidence": 0.75, "progress": {"milestones": 3, "reachedAt": [1], "firstError": 2, "steps": 2}}}
            """.Trim()).Single();

        (rollout.Id, rollout.Response, rollout.Truncated, rollout.Step, rollout.Reward, rollout.Advantage).ShouldBe(("7", "", true, 3, 0.25, -1.0));
        rollout.Problem.ShouldBe(new("p", "2+3?", "5", "2+3=5"));
        rollout.Tokens.ShouldBe([3, 1]);
        rollout.LogProbs.ShouldBe([-0.5f, 0]);
        (rollout.Verdict, rollout.Answer, rollout.Reason).ShouldBe((Correctness.Incorrect, "6", "why"));
        StepJudgement judgement = rollout.Judgement.ShouldNotBeNull().ToJudgement();
        (judgement.Outcome, judgement.FirstError, judgement.Steps, judgement.Reason).ShouldBe((JudgementOutcome.ErrorFound, 2, 2, "r"));
        judgement.Confidence.ShouldBe(0.75);
        judgement.Progress.ShouldNotBeNull().Share.ShouldBe(1 / 3.0);
    }

    [Fact]
    public void Read_OnlyWhatMustBe_LeavesTheRestOpen()
    {
        StoredRollout rollout = Read("""{"id":"a","response":"x","verdict":null,"judgement":null,"tokens":null,"problem":null}""").Single();

        (rollout.Problem, rollout.Tokens, rollout.Verdict, rollout.Judgement, rollout.Reward, rollout.Step).ShouldBe((null, null, null, null, null, null));
    }

    [Fact]
    public void Read_ChatAndGivenBeginning_AreKept()
    {
        StoredRollout rollout = Read(
            """{"id":"a","response":"1+1=2\n2","given":"1+1=2\n","hinted":false,"step":2.0,"answer":2,"problem":{"id":"p","answer":"2","hints":["add"],"""
            + """ "messages":[{"role":"system","content":"s"},{"role":"user","content":"1+1"}],"difficulty":3}}""").Single();

        (rollout.Given, rollout.Hinted, rollout.Step, rollout.Answer).ShouldBe(("1+1=2\n", false, 2, "2"));
        rollout.Problem.ShouldBe(new("p", "s\n1+1", "2") { Messages = [new("system", "s"), new("user", "1+1")], Hints = ["add"], Difficulty = 3 });
        rollout.Problem.ShouldNotBe(rollout.Problem! with { Messages = [new("user", "1+1")] });
        Read("""{"id":"a","response":"x","given":"","hinted":true}""").Single().ShouldSatisfyAllConditions(r => r.Given.ShouldBeNull(), r => r.Hinted.ShouldBeTrue());
    }

    [Theory]
    [InlineData("""{"id":"a"}""", "\"response\" is missing")]
    [InlineData("""{"id":"a","response":"xy","given":"y"}""", "does not begin with the field \"given\"")]
    [InlineData("""{"id":"a","response":"","step":"one"}""", "\"step\" is a string")]
    [InlineData("""{"id":"a","response":"","step":1.5}""", "whole number of at least 0")]
    [InlineData("""{"id":"a","response":"","reward":"x"}""", "\"reward\" is a string")]
    [InlineData("""{"id":"a","response":"","reward":1e999}""", "finite number")]
    [InlineData("""{"id":"a","response":"","reason":7}""", "\"reason\" is a number")]
    [InlineData("""{"id":"a","response":"","judgement":{"outcome":"error-found","steps":0,"firstError":1}}""", "\"steps\" is missing or another value; expected a whole number from 1 to")]
    [InlineData("""{"id":"a","response":"","problem":{"id":"p","answer":"2","messages":"hello"}}""", "\"messages\" is a string")]
    [InlineData("""{"response":"a"}""", "\"id\" is missing")]
    [InlineData("""{"id":"a","response":1}""", "\"response\" is a number")]
    [InlineData("""{"id":"a","response":"","truncated":1}""", "\"truncated\" is a number")]
    [InlineData("""{"id":"a","response":"","tokens":[-1]}""", "\"tokens\" holds -1")]
    [InlineData("""{"id":"a","response":"","tokens":[1.5]}""", "\"tokens\" holds 1.5")]
    [InlineData("""{"id":"a","response":"","tokens":"x"}""", "\"tokens\" is a string")]
    [InlineData("""{"id":"a","response":"","tokens":[1],"logProbs":[]}""", "\"logProbs\" has 0 numbers, and \"tokens\" has 1")]
    [InlineData("""{"id":"a","response":"","logProbs":[-1]}""", "\"tokens\" is missing")]
    [InlineData("""{"id":"a","response":"","tokens":[1],"logProbs":[0.5]}""", "\"logProbs\" holds 0.5")]
    [InlineData("""{"id":"a","response":"","tokens":[1],"logProbs":[-1e99]}""", "\"logProbs\" holds -1e99")]
    [InlineData("""{"id":"a","response":"","verdict":"right"}""", "expected one of undecided, correct, incorrect")]
    [InlineData("""{"id":"a","response":"","verdict":true}""", "\"verdict\" is a truth value")]
    [InlineData("""{"id":"a","response":"","problem":"p"}""", "\"problem\" is a string")]
    [InlineData("""{"id":"a","response":"","problem":{"id":"p","question":"q"}}""", "problem: the field \"answer\" is missing")]
    [InlineData("""{"id":"a","response":"","judgement":{}}""", "judgement: the field \"outcome\" is missing")]
    [InlineData("""{"id":"a","response":"","judgement":{"outcome":"error-found","steps":2,"firstError":3}}""", "whole number from 1 to 2")]
    [InlineData("""{"id":"a","response":"","judgement":{"outcome":"no-error","steps":-1}}""", "whole number from 0")]
    [InlineData("""{"id":"a","response":"","judgement":{"outcome":"no-error","steps":1,"confidence":1.5}}""", "number from 0 to 1")]
    [InlineData("""{"id":"a","response":"","judgement":{"outcome":"no-error","steps":1,"progress":{"milestones":1,"reachedAt":[2],"firstError":2,"steps":1}}}""", "reached at [2]")]
    public void Read_AnotherForm_NamesLineAndField(string line, string message)
    {
        InputException error = Should.Throw<InputException>(() => Read($$"""{"id":"ok","response":"x"}{{"\n"}}{{line}}"""));
        error.Message.ShouldContain("line 2");
        error.Message.ShouldContain(message);
    }

    [Fact]
    public void Read_MutatedLines_AreReadOrRefused()
    {
        const string Whole = """{"id":"a","response":"x y","tokens":[1,2],"logProbs":[-1,-2],"verdict":"correct","judgement":{"outcome":"error-found","firstError":1,"steps":2,"reason":"r","progress":{"milestones":2,"reachedAt":[1],"firstError":1,"steps":2}},"problem":{"id":"p","question":"q","answer":"1"}}""";
        const string Signs = "{}[]\",:0123456789-.etruefalsn";
        int read = 0;
        for (ulong run = 0; run < 3000; run++)
        {
            ulong key = CounterRandom.Key(21, run);
            char[] line = Whole.ToCharArray();
            for (ulong edit = 0; edit <= run % 3; edit++)
            {
                line[CounterRandom.Integer(key, 2 * edit, line.Length)] = Signs[CounterRandom.Integer(key, (2 * edit) + 1, Signs.Length)];
            }

            try
            {
                read += Read(new string(line)).Count;
            }
            catch (InputException)
            {
                // What is not as described is refused; anything else that is thrown fails the test.
            }
        }

        read.ShouldBeInRange(1, 2999);
    }

    private List<StoredRollout> Read(string text)
    {
        string path = Path.Combine(_folder, "rollouts.jsonl");
        File.WriteAllText(path, text);
        return [.. RolloutFile.Read(path)];
    }
}

using System.Text.Json;

namespace Stepwise.Cli.Tests.Commands;

public sealed class JudgeCommandTests(TinyPolicy tiny)
{
    private string Traces => tiny.Write(".json", """
        [
          {"id":"a","problem":"How much are 2 and 3?","steps":["2 + 3 = 5.","The answer is 5."],"label":-1,"final_answer_correct":true},
          {"id":"b","problem":"How much are 2 and 3?","steps":["2 + 3 = 6.","The answer is 6."],"label":0,"final_answer_correct":false},
          {"id":"c","problem":"Where is north?","steps":["It is 6."],"label":0,"final_answer_correct":false}
        ]
        """);

    private string Solutions => tiny.Write(".jsonl", """{"question":"How much are 2 and 3?","answer":"2 + 3 = 5\n#### 5"}""");

    [Fact]
    public async Task Judge_Json_GivesEveryJudgementAndTheScore()
    {
        Output output = await Program.RunAsync("judge", Traces, "--solutions", Solutions, "--json");

        output.Code.ShouldBe(0, output.Error);
        output.Json.SkipLast(1).Select(line => (line.GetProperty("id").GetString(), Number(line, "label"), Number(line, "judged")))
            .ShouldBe([("a", -1, -1), ("b", 0, 0), ("c", 0, null)]);
        JsonElement end = output.Json[^1];
        end.GetProperty("matched").GetInt32().ShouldBe(2);
        end.GetProperty("f1").GetDouble().ShouldBe(2 * 0.5 / 1.5, 1e-12);
        end.GetProperty("erroneous").GetProperty("noJudgement").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Judge_Text_ShowsTheHalfAndTheTrivialJudges()
    {
        Output output = await Program.RunAsync("judge", Traces, "--solutions", Solutions, "--half", "report");

        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain("traces                      1, 1 with a reference solution");
        output.Text.ShouldContain("on erroneous traces         1 of 1, 100.0 %");
        output.Text.ShouldContain("on correct traces           none");
        output.Text.ShouldContain("always the first step");
    }

    [Fact]
    public async Task Judge_NoSolutions_HasNoReference()
    {
        Output output = await Program.RunAsync("judge", Traces);
        output.Code.ShouldBe(0, output.Error);
        output.Text.ShouldContain("traces                      3, 0 with a reference solution");
        output.Text.ShouldContain("no judgement                3: the problem has no reference solution");
    }

    [Fact]
    public async Task Judge_Against_SaysHowFarTwoJudgesAgree()
    {
        string said = tiny.Write(".jsonl", (await Program.RunAsync("judge", Traces, "--solutions", Solutions, "--json")).Text);

        Output same = await Program.RunAsync("judge", Traces, "--solutions", Solutions, "--against", said);
        Output other = await Program.RunAsync("judge", Traces, "--judge", "none", "--against", said, "--json");

        same.Text.ShouldContain("agrees with the other judge 3 of 3, Cohen's kappa 1.00");
        other.Json[0].GetProperty("reason").GetString().ShouldBe("judge.kind is none, so no judge is asked");
        JsonElement agreement = other.Json[^1].GetProperty("agreement");
        (agreement.GetProperty("traces").GetInt32(), agreement.GetProperty("same").GetInt32(), agreement.GetProperty("kappa").GetDouble()).ShouldBe((3, 1, 0.0));
    }

    [Fact]
    public async Task Judge_WrongInput_ExitsWith2()
    {
        (await Program.RunAsync("judge", "nowhere.json", "--solutions", Solutions)).Error.ShouldContain("nowhere.json");
        (await Program.RunAsync("judge", Traces, "--solutions", Solutions, "--half", "third")).Code.ShouldBe(2);
    }

    private static int? Number(JsonElement line, string name) =>
        line.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;
}

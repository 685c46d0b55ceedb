using Stepwise.Judging;
using Stepwise.Judging.Endpoints;
using Stepwise.Judging.Models;
using Stepwise.Judging.Paid;
using Stepwise.Reasoning;
using Stepwise.Tests.Judging.Models;
using Stepwise.Tests.Judging.Paid;
using Stepwise.Tests.Runs;
using static Stepwise.Tests.Judging.Models.Scripted;

namespace Stepwise.Tests.Judging.Endpoints;

/// <summary>Whatever a server does, each response has its judgement, the ledger adds up, and nothing that was paid for is lost.</summary>
public sealed class FaultTests
{
    private const string Key = "sk-Secret-0123456789";

    private static readonly TimeSpan Patience = TimeSpan.FromHours(1), Instant = TimeSpan.FromMinutes(10);

    private static readonly string[] Texts = ["5 * 4 = 21", "5 * 4 = 22", "5 * 4 = 23"];

    private static readonly JudgedResponse[] Three = [.. Texts.Select(text => Response(text))];

    /// <summary>What a server does to the first attempt at each question, and how often it is put again.</summary>
    public static TheoryData<string> Passing { get; } = ["429", "429 date", "500", "503", "408", "409", "cut", "half", "no JSON", "no completion", "time-out", "drip"];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task JudgeAsync_AFaultThatPasses_IsAskedAgainAndJudged(string fault)
    {
        TestTime time = new(Instant);
        HashSet<string> seen = [];
        using FaultServer server = new(request =>
        {
            lock (seen)
            {
                return seen.Add(request.User) ? Faulty(fault, time) : Right(request);
            }
        });
        using ChatJudge judge = Open(server, time);

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(Sum, Three, TestContext.Current.CancellationToken);

        judgements.ShouldAllBe(j => j.Outcome == JudgementOutcome.ErrorFound && j.FirstError == 1 && j.Cost == new JudgeCost(1, 110));
        server.Requests.Count.ShouldBe(6);
        judge.Spending.ShouldBe(new JudgeSpending(3, 300, 30, 0, Kept: 0, Retries: 3, Failures: 0));
        int[] waits = [.. time.Waits.Select(wait => (int)wait.TotalSeconds)];
        waits.Length.ShouldBe(3);
        waits.ShouldAllBe(wait => fault.StartsWith("429", StringComparison.Ordinal) ? wait == 17 : wait <= 3);
    }

    /// <summary>What a server answers to every question, and what is said of it.</summary>
    public static TheoryData<string, string, int> Lasting { get; } = new()
    {
        { "401", "401, it does not take the key of judge.keyFrom, or it may not use the model", 1 },
        { "402", "402, \"pay\"", 1 },
        { "404", "404, it has no model \"m\", or speaks another protocol", 1 },
        { "302", "302, it redirects, which is not followed", 1 },
        { "quota", "429, ", 1 },
        { "endless", "the judge's server answers with more than 8388608 bytes", 1 },
        { "500", "500, \"oh no\", 5 times", 5 },
        { "time-out", "no whole answer in 3600 seconds (judge.timeout), 5 times", 5 },
        { "no JSON", "the answer is no chat completion, 5 times", 5 },
    };

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task JudgeAsync_AFaultThatLasts_IsNoJudgementThatSaysWhyAndCostsNothing(string fault, string reason, int attempts)
    {
        TestTime time = new(Instant);
        using FaultServer server = new(_ => Faulty(fault, time));
        using ChatJudge judge = Open(server, time);

        StepJudgement judgement = await judge.JudgeOneAsync(Sum, Three[0]);

        (judgement.Outcome, judgement.Cost).ShouldBe((JudgementOutcome.NoJudgement, default));
        judgement.Reason.ShouldContain(reason);
        judgement.Reason.ShouldNotContain(Key);
        server.Requests.Count.ShouldBe(attempts);
        judge.Spending.ShouldBe(new JudgeSpending(0, 0, 0, 0, Kept: 0, Retries: attempts - 1, Failures: 1));
    }

    /// <summary>Answers that are paid for and say nothing that can be taken.</summary>
    [Theory]
    [InlineData("{\"item\": \"ITEM\", \"steps\": [", "its answer is no JSON")]
    [InlineData("{\"item\": \"ITEM\", \"steps\": [{\"step\": 9, \"label\": \"wrong\"}], \"first_error\": 1}", "its label 1 is for step 9")]
    [InlineData("{\"item\": \"ITEM\", \"first_error\": 9}", "its first error is 9")]
    [InlineData("{\"item\": \"ITEM\", \"steps\": [{\"step\": 1, \"label\": \"wrong\"}], \"first_error\": 1, \"quote\": \"6 * 7\"}", "its quote \"6 * 7\" is not in step 1")]
    [InlineData("{\"item\": \"ffffffff\", \"first_error\": 1}", "its answer is for item \"ffffffff\"")]
    [InlineData("", "its answer is no JSON")]
    public async Task JudgeAsync_AnAnswerThatCannotBeTaken_IsPaidForOnceAndNoJudgement(string content, string reason)
    {
        using FaultServer server = new(request => ServerAnswer.Of(content.Replace("ITEM", ItemOf(request), StringComparison.Ordinal)));
        using ChatJudge judge = Open(server, new TestTime(Instant));

        IReadOnlyList<StepJudgement> first = await judge.JudgeAsync(Sum, Three, TestContext.Current.CancellationToken);
        IReadOnlyList<StepJudgement> again = await judge.JudgeAsync(Sum, Three, TestContext.Current.CancellationToken);

        first.ShouldAllBe(j => j.Outcome == JudgementOutcome.NoJudgement && j.Reason.StartsWith(reason) && j.Cost == new JudgeCost(1, 110));
        again.Select(j => (j.Outcome, j.Reason, j.Cost)).ShouldBe(first.Select(j => (j.Outcome, j.Reason, default(JudgeCost))));
        server.Requests.Count.ShouldBe(3);
        judge.Spending.ShouldBe(new JudgeSpending(3, 300, 30, 0, Kept: 3));
    }

    /// <summary>A count that cannot be is as none told: four characters a token, never an overflow in what the judge of a run, or its next one, adds up.</summary>
    [Theory]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(-1, long.MinValue)]
    [InlineData(ChatAnswer.MostTokens + 1, ChatAnswer.MostTokens + 1)]
    public async Task JudgeAsync_CountsOfTokensThatCannotBe_AreGuessed(long tokensIn, long tokensOut)
    {
        using TemporaryFolder folder = new();
        using FaultServer server = new(request => ServerAnswer.Of(
            Labels(1, "5 * 4", "w").Replace("ITEM", ItemOf(request), StringComparison.Ordinal), tokensIn, tokensOut));
        JudgeSpending spent;
        using (ChatJudge judge = Open(server, new TestTime(Instant), folder: folder.Path))
        {
            IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(Sum, Three, TestContext.Current.CancellationToken);

            judgements.ShouldAllBe(j => j.Outcome == JudgementOutcome.ErrorFound && j.Cost.Tokens > 100 && j.Cost.Tokens < 10_000);
            spent = judge.Spending;
            (spent.Calls, spent.TokensIn + spent.TokensOut).ShouldBe((3, judgements.Sum(j => j.Cost.Tokens)));
        }

        using ChatJudge next = Open(server, new TestTime(Instant), folder: folder.Path);
        next.Spending.ShouldBe(spent);
    }

    [Fact]
    public async Task JudgeAsync_AServerThatRefusesFields_GivesThemUpAndRemembers()
    {
        using FaultServer server = new(request => request.Body switch
        {
            _ when request.Body["response_format"]?.ToJsonString().Contains("maxItems", StringComparison.Ordinal) == true =>
                new(400, "In response_format: 'maxItems' is not permitted"),
            _ when request.Body["response_format"]?["json_schema"] is not null => new(400, """{"error": {"message": "response_format is not supported"}}"""),
            _ when request.Body["response_format"] is not null => new(422, "[json_object] has no field schema"),
            _ when request.Body["max_tokens"] is not null => new(400, "Use 'max_completion_tokens' instead of 'max_tokens'."),
            _ => Right(request),
        });
        using ChatJudge judge = Open(server, new TestTime(Instant), o => o with { Concurrency = 1 });

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(Sum, Three, TestContext.Current.CancellationToken);

        judgements.ShouldAllBe(j => j.Outcome == JudgementOutcome.ErrorFound);
        server.Requests.Count.ShouldBe(7);
        (server.Requests.Last().Body["max_completion_tokens"]!.GetValue<int>(), judge.Spending.Retries).ShouldBe((4096, 0));
    }

    [Fact]
    public async Task JudgeAsync_WhatIsRefusedForAnotherReason_IsNotGivenUpForGood()
    {
        bool full = true;
        using FaultServer server = new(request => full ? new(400, "the context is too short for max_tokens and messages") : Right(request));
        using ChatJudge judge = Open(server, new TestTime(Instant));

        (await judge.JudgeOneAsync(Sum, Three[0])).Reason.ShouldContain("400, \"the context is too short");
        full = false;
        (await judge.JudgeOneAsync(Sum, Three[1])).Outcome.ShouldBe(JudgementOutcome.ErrorFound);

        ((string?)server.Requests.Last().Body["response_format"]?["type"]).ShouldBe("json_schema");
    }

    [Fact]
    public async Task AskAsync_ARequest_IsAsTheProtocolSaysAndGreedyUnlessThereAreVotes()
    {
        using FaultServer server = new(Right);
        using ChatJudge judge = Open(server, new TestTime(Instant));
        using ChatJudge voting = Open(server, new TestTime(Instant), o => o with { Mode = new FullMode { Votes = 2 } });

        await judge.JudgeOneAsync(Sum, Three[0]);
        await voting.JudgeOneAsync(Sum, Three[0]);

        ServerRequest[] requests = [.. server.Requests];
        (requests[0].Path, requests[0].Headers["Authorization"], (string?)requests[0].Body["model"]).ShouldBe(("/v1/chat/completions", $"Bearer {Key}", "m"));
        ((double)requests[0].Body["temperature"]!, requests[0].Body["seed"]).ShouldBe((0, null));
        requests[0].Body["response_format"]!["json_schema"]!["schema"]!["properties"]!["steps"]!["items"]!["properties"]!["label"]!["enum"]!.ToJsonString()
            .ShouldBe("""["progress","idle","wrong"]""");
        requests[0].System.ShouldBe(JudgePrompt.Of("full").System);
        requests.Skip(1).Select(r => ((double)r.Body["temperature"]!, (long)r.Body["seed"]!)).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task AskAsync_NoKey_SendsNone()
    {
        using FaultServer server = new(Right);
        using ChatJudge judge = Open(server, new TestTime(Instant), key: null);

        await judge.JudgeOneAsync(Sum, Three[0]);

        server.Requests.ShouldHaveSingleItem().Headers.ContainsKey("Authorization").ShouldBeFalse();
    }

    [Fact]
    public async Task JudgeAsync_StoppedMeanwhile_ThrowsAndKeepsWhatWasPaid()
    {
        using CancellationTokenSource stop = new();
        using FaultServer server = new(request => request.User.Contains("= 21", StringComparison.Ordinal)
            ? Right(request)
            : new ServerAnswer(200, "{") { CutAfter = 1, Stall = stop.Cancel });
        using ChatJudge judge = Open(server, new TestTime(Instant), o => o with { Concurrency = 1 });

        await Should.ThrowAsync<OperationCanceledException>(async () => await judge.JudgeAsync(Sum, Three, stop.Token));

        judge.Spending.Calls.ShouldBe(1);
        (await judge.JudgeOneAsync(Sum, Three[0])).Cost.ShouldBe(default);
    }

    private static ServerAnswer Faulty(string fault, TestTime time) => fault switch
    {
        "429" => new(429, "slow down") { Header = ("Retry-After", "17") },
        "429 date" => new(429, "slow down") { Header = ("Retry-After", (time.GetUtcNow() + TimeSpan.FromSeconds(17.5)).ToString("R")) },
        "quota" => new(429, """{"error": {"code": "insufficient_quota"}}"""),
        "401" => new(401, $"Incorrect API key provided: {Key}"),
        "402" => new(402, "pay"),
        "404" => new(404, $"no such model, {Key}"),
        "302" => new(302, "") { Header = ("Location", "http://127.0.0.1:1/") },
        "cut" => new(200, "") { CutAfter = -1 },
        "half" => ServerAnswer.Of("{}") with { CutAfter = 40 },
        "no JSON" => new(200, "<html>"),
        "no completion" => new(200, """{"choices": []}"""),
        "time-out" => new(200, "") { CutAfter = -1, Stall = () => time.Elapse(Patience) },
        "drip" => ServerAnswer.Of("{}") with { CutAfter = 1, Stall = () => time.Elapse(Patience) },
        "endless" => new(200, new string(' ', 1 << 16)) { Endless = true },
        _ => new(int.Parse(fault, System.Globalization.CultureInfo.InvariantCulture), "oh no"),
    };

    private static ServerAnswer Right(ServerRequest request) =>
        ServerAnswer.Of(Labels(1, "5 * 4", "w").Replace("ITEM", ItemOf(request), StringComparison.Ordinal));

    private static string ItemOf(ServerRequest request) => Scripted.ItemOf(new ChatRequest("", request.User, 1));

    private static ChatJudge Open(
        FaultServer server, TestTime time, Func<LlmJudgeOptions, LlmJudgeOptions>? change = null, string? key = Key, string? folder = null)
    {
        LlmJudgeOptions options = new() { Endpoint = server.Address.ToString(), Model = "m", Concurrency = 1 };
        return (change?.Invoke(options) ?? options).Create(
            Setting with { Folder = folder }, clock => new EndpointModel(server.Address, "m", key, Patience, clock), time);
    }
}

using Microsoft.Data.Sqlite;
using Stepwise.Judging;
using Stepwise.Judging.Endpoints;
using Stepwise.Judging.Models;
using Stepwise.Judging.Paid;
using Stepwise.Reasoning;
using Stepwise.Tests.Judging.Models;
using Stepwise.Tests.Runs;
using static Stepwise.Tests.Judging.Models.Scripted;

namespace Stepwise.Tests.Judging.Paid;

public sealed class PaidTests
{
    private static readonly JudgedResponse[] Five = [.. Enumerable.Range(1, 5).Select(i => Response($"5 * 4 = 2{i}"))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ScriptedModel Model => new(request => Answer(request, Labels(1, "5 * 4", "w")));

    [Fact]
    public async Task JudgeAsync_AnotherRunWithTheSameCache_PaysNothingAndSaysTheSameButForTheCost()
    {
        using TemporaryFolder folder = new();
        JudgeSetting setting = Setting with { Folder = folder.Path };
        StepJudgement[] first, second;
        using (ChatJudge judge = Judge(Model, setting: setting))
        {
            first = [.. await judge.JudgeAsync(Sum, Five, Token)];
        }

        ScriptedModel silent = new(_ => throw new InvalidOperationException());
        using (ChatJudge judge = Judge(silent, setting: setting))
        {
            second = [.. await judge.JudgeAsync(Sum, Five, Token)];
            judge.Spending.ShouldBe(new JudgeSpending(5, 500, 50, 0, Kept: 5));
        }

        first.ShouldAllBe(j => j.Cost == new JudgeCost(1, 110));
        second.ShouldAllBe(j => j.Cost == default);
        second.Select(Written).ShouldBe(first.Select(Written));

        static string Written(StepJudgement j) =>
            $"{j.Outcome} {j.FirstError} {j.Steps} {j.Reason} {j.Confidence} {j.Progress!.Milestones} {string.Join(',', j.Progress.ReachedAt)} {j.Progress.FirstError}";
    }

    /// <summary>Whatever decides an answer is part of what it is found by.</summary>
    [Fact]
    public async Task JudgeAsync_SomethingElseIsAsked_IsPaidForAnew()
    {
        using TemporaryFolder folder = new();
        JudgeSetting setting = Setting with { Folder = folder.Path };
        string prompt = Path.Combine(folder.Path, "own.txt");
        await File.WriteAllTextAsync(prompt, "Rules.\n---\nItem {item}.", Token);
        ScriptedModel model = Model;
        Func<LlmJudgeOptions, LlmJudgeOptions>[] changes =
        [
            o => o, o => o, o => o with { Sees = ReferenceView.Answer }, o => o with { MaxTokens = 99 }, o => o with { Mode = new FullMode { Votes = 2 } },
            o => o with { Mode = new FullMode { Prompt = prompt } }, o => o with { Confidence = 0.9 },
        ];
        foreach (Func<LlmJudgeOptions, LlmJudgeOptions> change in changes)
        {
            using ChatJudge judge = Judge(model, change, setting);
            await judge.JudgeOneAsync(Sum, Five[0]);
        }

        // Asked twice alike, then four times otherwise, one of these with two votes; the confidence is no part of a question.
        model.Requests.Count.ShouldBe(6);
        using ChatJudge other = Judge(model, setting: setting);
        await other.JudgeOneAsync(Sum with { Question = "Else?" }, Five[0]);
        await other.JudgeOneAsync(Sum, Five[0] with { Key = 99 });
        model.Requests.Count.ShouldBe(7);
        AnswerCache.Key("a", model.Requests.First()).ShouldNotBe(AnswerCache.Key("b", model.Requests.First()), StringComparer.Ordinal);
    }

    [Fact]
    public async Task JudgeAsync_TheSameResponseTwiceInAGroup_IsPaidForOnceByTheFirst()
    {
        ScriptedModel model = Model;
        using ChatJudge judge = Judge(new Slow(model));

        IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(Sum, [Five[0], Five[1], Five[0], Five[0]], Token);

        judgements.Select(j => j.Cost.Calls).ShouldBe([1, 1, 0, 0]);
        model.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(2, null, null, "calls 2", 2)]
    [InlineData(null, 300.0, null, "tokens 300", 3)]
    [InlineData(null, null, 0.0004, "money 0.0004", 2)]
    [InlineData(0, null, null, "calls 0", 0)]
    public async Task JudgeAsync_TheBudgetIsSpent_TheRestIsNoJudgementAlsoInALaterRun(int? calls, double? tokens, double? money, string bound, int paid)
    {
        using TemporaryFolder folder = new();
        JudgeBudget budget = new() { Calls = calls, Tokens = tokens, Money = money, PriceIn = 1, PriceOut = 10 };
        for (int run = 0; run < 2; run++)
        {
            using ChatJudge judge = Judge(Model, o => o with { Budget = budget, Concurrency = 1 }, Setting with { Folder = folder.Path });

            IReadOnlyList<StepJudgement> judgements = await judge.JudgeAsync(Sum, Five, Token);

            judgements.Take(paid).ShouldAllBe(j => j.Outcome == JudgementOutcome.ErrorFound);
            judgements.Skip(paid).ShouldAllBe(j => j.Outcome == JudgementOutcome.NoJudgement && j.Reason == $"the judge's budget is spent: judge.budget.{bound}");
            (judge.Spending.Calls, judge.Spending.TokensIn, judge.Spending.TokensOut).ShouldBe((paid, 100 * paid, 10 * paid));
            judge.Spending.Money.ShouldBe(paid * 0.0002, 1e-12);
        }
    }

    [Fact]
    public async Task AskAsync_BudgetOfCalls_IsNotOverdrawnByCallsAtOnce()
    {
        Gate gate = new();
        JudgeBudget budget = new() { Calls = 2 };
        BudgetedModel model = new(gate, budget, new JudgeLedger(budget));

        Task<ChatAnswer> first = Ask(model, "1"), second = Ask(model, "2");
        (await Should.ThrowAsync<ChatException>(() => Ask(model, "3"))).Message.ShouldEndWith("judge.budget.calls 2");
        gate.Open();
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task AskAsync_ConcurrencyOfTwo_TheThirdWaits()
    {
        Gate gate = new();
        using ConcurrentModel model = new(gate, 2);

        Task[] asked = [.. Enumerable.Range(0, 5).Select(i => Ask(model, $"{i}"))];
        gate.Waiting.ShouldBe(2);
        gate.Open();
        await Task.WhenAll(asked);
        gate.Most.ShouldBe(2);
    }

    [Fact]
    public async Task AskAsync_RequestsPerMinute_AreEvenlySpread()
    {
        TestTime time = new(TimeSpan.FromMinutes(1));
        RatedModel model = new(Model, 30, null, time);
        for (int i = 0; i < 4; i++)
        {
            await Ask(model, $"{i}");
        }

        time.Waits.Select(wait => wait.TotalSeconds).ShouldBe([2, 2, 2], 1e-6);
        time.Elapse(TimeSpan.FromSeconds(10));
        await Ask(model, "later");
        time.Waits.Count.ShouldBe(3);
    }

    /// <summary>110 tokens at 60 per minute last 110 s, whatever was guessed from the question's length.</summary>
    [Fact]
    public async Task AskAsync_TokensPerMinute_AreThoseThatTheAnswerCounts()
    {
        TestTime time = new(TimeSpan.FromMinutes(10));
        RatedModel model = new(Model, null, 60, time);

        await Ask(model, new string('x', 400));
        await Ask(model, "short");
        await Ask(model, "short");

        time.Waits.Select(wait => wait.TotalSeconds).ShouldBe([110, 110], 1e-6);
    }

    [Fact]
    public async Task AskAsync_AServerThatOnlyFails_IsLeftAloneForAWhile()
    {
        TestTime time = new(TimeSpan.FromSeconds(10));
        bool works = false;
        int asked = 0;
        ScriptedModel failing = new(request =>
        {
            asked++;
            return works ? Answer(request, "ok") : throw new ChatException("down") { IsTransient = true, RetryAfter = TimeSpan.FromMilliseconds(1) };
        });
        RetriedModel model = new(failing, new JudgeLedger(new JudgeBudget()), time);

        for (int question = 0; question < RetriedModel.FailuresToPause / RetriedModel.Attempts; question++)
        {
            (await Should.ThrowAsync<ChatException>(() => Ask(model, "q"))).Message.ShouldStartWith("down");
        }

        (await Should.ThrowAsync<ChatException>(() => Ask(model, "q"))).Message.ShouldBe("the judge's server only failed lately, and is asked again in 60 seconds; at last down");
        asked.ShouldBe(RetriedModel.FailuresToPause);

        works = true;
        time.Elapse(RetriedModel.Pause);
        (await Ask(model, "q")).Text.ShouldBe("ok");
    }

    [Fact]
    public async Task AskAsync_TheCacheFails_WhatIsPaidIsUsedAndNothingMoreIsAsked()
    {
        ScriptedModel model = Model;
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "c.sqlite");
        using AnswerCache cache = AnswerCache.Open(path);
        KeptModel kept = new(new Slow(model, () => Execute(path, "DROP TABLE answers")), cache, new JudgeLedger(new JudgeBudget()));

        (await Ask(kept, "1")).Kept.ShouldBeFalse();
        (await Should.ThrowAsync<Exception>(() => Ask(kept, "2"))).Message.ShouldContain("the judge's cache failed");
        model.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public void Open_WhatIsNoCache_IsRefusedByName()
    {
        using TemporaryFolder folder = new();
        string text = Path.Combine(folder.Path, "text.sqlite"), store = Path.Combine(folder.Path, "run.sqlite");
        File.WriteAllText(text, "not a database, and long enough to be looked at as one: " + new string('x', 200));
        Execute(store, "PRAGMA user_version = 4");
        string other = Path.Combine(folder.Path, "other.sqlite");
        Execute(other, "CREATE TABLE answers (question TEXT)");

        Should.Throw<InputException>(() => AnswerCache.Open(text)).Message.ShouldContain(text);
        Should.Throw<InputException>(() => AnswerCache.Open(store)).Message.ShouldContain("no cache of a judge of this version");
        Should.Throw<InputException>(() => AnswerCache.Open(other)).Message.ShouldStartWith($"{other}: cannot be a judge's cache (");
        Should.Throw<InputException>(() => AnswerCache.Open(folder.Path)).Message.ShouldContain(folder.Path);
    }

    /// <summary>An earlier version kept whatever a server told: two of the largest overflow a sum.</summary>
    [Fact]
    public void Open_CountsThatCannotBe_AddNothing()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "c.sqlite");
        using (AnswerCache cache = AnswerCache.Open(path))
        {
            (long In, long Out)[] counts = [(long.MaxValue, -5), (long.MaxValue, 7), (100, long.MinValue), (20, 3)];
            foreach ((int i, (long tokensIn, long tokensOut)) in counts.Index())
            {
                cache.Keep($"{i}", new("a", ChatFinish.Stop, tokensIn, tokensOut));
            }
        }

        using AnswerCache again = AnswerCache.Open(path);
        again.Paid.ShouldBe((4, 120, 10));
    }

    [Fact]
    public void Find_WhatWasKept_IsTheSameToTheLastBit()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "c.sqlite");
        ChatAnswer answer = new("a\u0000\ud83d\ude00\n", ChatFinish.Length, ChatAnswer.MostTokens, 3) { ChoiceLogProbs = [-0.1 - 1e-17, double.NegativeInfinity] };
        using (AnswerCache cache = AnswerCache.Open(path))
        {
            cache.Keep("k", answer);
            cache.Keep("k", new("other", ChatFinish.Stop, 1, 1));
        }

        using AnswerCache again = AnswerCache.Open(path);
        ChatAnswer found = again.Find("k")!;
        (found with { ChoiceLogProbs = null }).ShouldBe(answer with { ChoiceLogProbs = null, Kept = true });
        found.ChoiceLogProbs!.ShouldBe(answer.ChoiceLogProbs);
        again.Find("other").ShouldBeNull();
        again.Paid.ShouldBe((1, ChatAnswer.MostTokens, 3));
    }

    private static void Execute(string path, string command)
    {
        using SqliteConnection other = new($"Data Source={path};Pooling=False");
        other.Open();
        using SqliteCommand executed = other.CreateCommand();
        executed.CommandText = command;
        executed.ExecuteNonQuery();
    }

    private static Task<ChatAnswer> Ask(IChatModel model, string question) => model.AskAsync(new("", question, 10), Token).AsTask();

    /// <summary>Answers only after others had their turn.</summary>
    private sealed class Slow(IChatModel model, Action? before = null) : IChatModel
    {
        public string Identity => "slow";

        public async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            before?.Invoke();
            return await model.AskAsync(request, cancellationToken);
        }
    }

    /// <summary>Answers once it is opened.</summary>
    private sealed class Gate : IChatModel
    {
        private readonly TaskCompletionSource _open = new();
        private int _waiting, _most;

        public string Identity => "gate";

        public int Waiting => _waiting;

        public int Most => _most;

        public void Open() => _open.SetResult();

        public async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
        {
            _most = Math.Max(_most, Interlocked.Increment(ref _waiting));
            await _open.Task;
            Interlocked.Decrement(ref _waiting);
            return new("", ChatFinish.Stop, 1, 1);
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Stepwise.Judging;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Recipes;
using Stepwise.Tasks.Commands;
using Stepwise.Tests.Runs;

namespace Stepwise.Tests.Tasks.Commands;

/// <summary>Programs of a few lines of shell, where there is one.</summary>
public sealed class CommandTaskTests : IDisposable
{
    /// <summary>Says "right" to everything, by the request's own id.</summary>
    private const string Agree = """sed -u 's/^{"id":\([0-9]*\),.*/{"id":\1,"verdict":"correct"}/'""";

    private static readonly Problem Problem = new("p-1", "1+1?", "2", "one\ntwo");

    private readonly TemporaryFolder _folder = new();

    public CommandTaskTests() => Assert.SkipUnless(File.Exists("/bin/sh"), "There is no /bin/sh.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task VerifyAsync_Request_HasEveryFieldInOneLine()
    {
        using CommandTask task = Task("tee requests.txt | " + Agree);

        (await VerifyAsync(task, "a \"quoted\"\nline é")).Correctness.ShouldBe(Correctness.Correct);
        await task.VerifyAsync(Problem with { Solution = null }, Response("b", FinishReason.Length), TestContext.Current.CancellationToken);

        JsonElement[] requests = [.. File.ReadAllLines(_folder.In("requests.txt")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
        requests[0].ToString().ShouldBe(
            JsonSerializer.SerializeToElement(new
            {
                id = 1,
                problem = "p-1",
                question = "1+1?",
                answer = "2",
                solution = "one\ntwo",
                response = "a \"quoted\"\nline é",
                truncated = false,
            }).ToString());
        (requests[1].GetProperty("id").GetInt32(), requests[1].GetProperty("truncated").GetBoolean(), requests[1].GetProperty("solution").ValueKind)
            .ShouldBe((2, true, JsonValueKind.Null));
    }

    [Fact]
    public async Task VerifyAsync_Rubbish_IsUndecidedAndTheNextAnswerCounts()
    {
        using CommandTask task = Task($"echo hello; {Agree}");

        Verdict first = await VerifyAsync(task);

        (first.Correctness, first.Answer).ShouldBe((Correctness.Undecided, null));
        first.Reason.ShouldContain("the program's line is no answer");
        first.Reason.ShouldEndWith("\"hello\"");

        // The answer to the first comes late, is known by its id and passed over.
        (await VerifyAsync(task)).Correctness.ShouldBe(Correctness.Correct);
    }

    [Fact]
    public async Task VerifyAsync_OtherId_IsUndecided()
    {
        using CommandTask task = Task("""while read -r line; do echo '{"id": 99, "verdict": "correct"}'; done""");

        (await VerifyAsync(task)).ShouldBe(new Verdict(Correctness.Undecided, null, "the program answered request 99, and was asked 1"));
        (await VerifyAsync(task)).Reason.ShouldBe("the program answered request 99, and was asked 2");
    }

    [Fact]
    public async Task VerifyAsync_Hangs_IsUndecidedAndItIsStartedAgain()
    {
        // The first request alone gets no answer, and its time alone runs out: another process is asked the second.
        string script = """while read -r line; do case $line in '{"id":1,'*) ;; *) echo '{"id": 2, "verdict": "correct"}' ;; esac; done""";
        using CommandTask task = Task(script, timeLimit: 30, time: new FirstTimerAlone());

        (await VerifyAsync(task)).ShouldBe(new Verdict(Correctness.Undecided, null, "the program did not answer within 30 s"));
        (await VerifyAsync(task)).Correctness.ShouldBe(Correctness.Correct);
    }

    [Fact]
    public async Task VerifyAsync_NeverReads_IsUndecidedWhateverTheSize()
    {
        using CommandTask task = Task("sleep 1000", timeLimit: 0.2);

        (await VerifyAsync(task, new string('x', 1 << 20))).Reason.ShouldStartWith("the program did not answer within 0.2 s");
    }

    [Fact]
    public async Task VerifyAsync_DiesInTheMiddle_IsUndecidedWithWhatItSaidAndItIsStartedAgain()
    {
        using CommandTask task = Task($$"""if [ -e once ]; then {{Agree}}; else touch once; read -r line; printf '{"id": 1, "ver'; echo 'no such key' >&2; exit 3; fi""");

        (await VerifyAsync(task)).ShouldBe(new Verdict(
            Correctness.Undecided, null, "the program ended with exit code 3 and did not answer; the last it wrote to its error output: no such key"));
        (await VerifyAsync(task)).Correctness.ShouldBe(Correctness.Correct);
    }

    [Theory]
    [InlineData("while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done")]
    [InlineData("read -r line; yes '{\"id\": 1, \"verdict\": \"correct\"}'")]
    public async Task VerifyAsync_FloodsOutput_IsBounded(string script)
    {
        using CommandTask task = Task(script);

        Verdict first = await VerifyAsync(task), second = await VerifyAsync(task);

        (first.Correctness == Correctness.Correct || first.Reason.StartsWith("the program wrote more than 1048576 bytes", StringComparison.Ordinal)).ShouldBeTrue();
        second.Reason.ShouldStartWith("the program wrote more than 1048576 bytes without an answer");
    }

    [Fact]
    public async Task VerifyAsync_FloodsErrors_IsReadAlong()
    {
        using CommandTask task = Task($"yes error | head -c 1000000 >&2; {Agree}");

        (await VerifyAsync(task)).Correctness.ShouldBe(Correctness.Correct);
    }

    [Fact]
    public async Task VerifyAsync_NeverAnswers_EndsTheRunAfterSoMany()
    {
        using CommandTask task = Task("echo broken >&2; exit 1");
        for (int failure = 0; failure < Checkers.MostFailures; failure++)
        {
            (await VerifyAsync(task)).Correctness.ShouldBe(Correctness.Undecided);
        }

        (await Should.ThrowAsync<RunException>(() => VerifyAsync(task))).Message.ShouldStartWith(
            "task.command failed 21 times in a row, the last time because the program ended with exit code 1 and did not answer; the last it wrote to its error "
            + "output: broken.");
    }

    [Fact]
    public async Task Dispose_RunningProgram_EndsIt()
    {
        CommandTask task = Task("""while read -r line; do echo "{\"id\": 1, \"verdict\": \"correct\", \"answer\": $$}"; done""");
        int id = int.Parse((await VerifyAsync(task)).Answer!, CultureInfo.InvariantCulture);
        using Process process = Process.GetProcessById(id);

        task.Dispose();

        Should.Throw<ArgumentException>(() => Process.GetProcessById(id));
    }

    [Fact]
    public async Task VerifyAsync_Cancelled_EndsTheProgramItAsked()
    {
        using CommandTask task = Task("echo $$ > pid.part; mv pid.part pid; while :; do read -r line; done");
        using CancellationTokenSource cancel = new();
        Task<Verdict> asked = task.VerifyAsync(Problem, Response("a"), cancel.Token).AsTask();

        using FileSystemWatcher watcher = new(_folder.Path) { EnableRaisingEvents = true };
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Renamed += (_, _) => started.TrySetResult();
        await (File.Exists(_folder.In("pid")) ? System.Threading.Tasks.Task.CompletedTask : started.Task);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => asked);
        int id = int.Parse(File.ReadAllText(_folder.In("pid")), CultureInfo.InvariantCulture);
        Should.Throw<ArgumentException>(() => Process.GetProcessById(id));
    }

    [Fact]
    public async Task VerifyAsync_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        // The response comes back as the answer, by one of three processes.
        using CommandTask task = Task("""sed -u 's/^{"id":\([0-9]*\),.*"response":"\([0-9]*\)".*/{"id":\1,"verdict":"correct","answer":\2}/'""", workers: 3);

        Verdict[] verdicts = await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, 60).Select(i => VerifyAsync(task, i.ToString(CultureInfo.InvariantCulture))));

        verdicts.Select(v => v.Answer).ShouldBe(Enumerable.Range(0, 60).Select(i => i.ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Judge_FirstWrongStep_IsTheJudgement()
    {
        using CommandTask task = Task("cat");
        (int? Step, string Expected)[] cases =
            [(null, "NoJudgement 0 0"), (0, "NoError 3 2"), (1, "ErrorFound 1 2"), (2, "ErrorFound 2 2"), (3, "NoJudgement 0 0")];
        JudgedResponse[] responses =
        [
            .. cases.Select(c => new JudgedResponse(
                "a\nb", false, ReasoningStep.Lines("a\nb", truncated: false), new Verdict(Correctness.Incorrect, null, "no") { FirstWrongStep = c.Step })),
        ];

        IReadOnlyList<StepJudgement> judgements = await task.Judge.JudgeAsync(Problem, responses, TestContext.Current.CancellationToken);

        judgements.Select(j => $"{j.Outcome} {j.FirstError} {j.Steps}").ShouldBe(cases.Select(c => c.Expected));
        judgements[4].Reason.ShouldBe("the program names step 3, and the response has 2 steps");
    }

    [Fact]
    public void Check_ProgramThatIsMissing_IsRefusedByTheKey()
    {
        Refusal("nowhere-to-be-found x").ShouldStartWith("task.command names the program \"nowhere-to-be-found\", which was found neither");
        Refusal("./check.sh").ShouldStartWith("task.command names the program \"./check.sh\"");
        Refusal("'check").ShouldContain("in which a quote is not closed");
        Refusal(" ").ShouldStartWith("task.command is not set");
        File.WriteAllText(_folder.In("check.sh"), "");
        OptionTree.Check(Options("./check.sh"), "task.");

        string Refusal(string command) => Should.Throw<InputException>(() => OptionTree.Check(Options(command), "task.")).Message;
    }

    [Fact]
    public async Task Start_FileThatIsNoProgram_IsAFailureOfTheRun()
    {
        File.WriteAllText(_folder.In("check.sh"), "no program");
        using CommandTask task = new(Options("./check.sh"));

        (await Should.ThrowAsync<RunException>(() => VerifyAsync(task))).Message.ShouldContain("cannot be started");
    }

    [Fact]
    public void Parse_CommandOfARecipe_RunsInItsFolderAndTheResolvedRecipeSaysSo()
    {
        Write();
        string yaml = $"policy.model: {_folder.Path}\ntask: {{name: command, command: sh check.sh, train: p.jsonl, test: p.jsonl, timeLimit: 2}}";

        Recipe recipe = Recipe.Parse(yaml, _folder.In("r.yaml")), again = Recipe.Parse(recipe.ToYaml(), "/elsewhere/r.yaml");

        recipe.Task.ShouldBeOfType<CommandTaskOptions>().Folder.ShouldBe(_folder.Path);
        again.Task.ShouldBe(recipe.Task);
        using ProblemSets problems = ProblemSets.Load(recipe, TestContext.Current.CancellationToken);
        (problems.Train.Single().Question, recipe.Task.StandsFor(problems.Task)).ShouldBe(("1+1?", true));
        Recipe.Parse(yaml + "\ntask.folder: /", _folder.In("r.yaml")).Task.ShouldBe(((CommandTaskOptions)recipe.Task) with { Folder = "/" });
    }

    private static async Task<Verdict> VerifyAsync(CommandTask task, string response = "x") =>
        await task.VerifyAsync(Problem, Response(response), TestContext.Current.CancellationToken);

    private static Completion Response(string text, FinishReason finish = FinishReason.Stop) => new([], [], text, [], finish);

    /// <summary>A script, in a file of its own so that its quotes are its own.</summary>
    private CommandTask Task(string script, double timeLimit = 60, int workers = 1, TimeProvider? time = null)
    {
        File.WriteAllText(_folder.In("check.sh"), script + "\n");
        return new(Options("sh check.sh") with { TimeLimit = timeLimit, Workers = workers }, time);
    }

    private CommandTaskOptions Options(string command) =>
        new() { Folder = _folder.Path, Command = command, Train = Write(), Test = Write() };

    private string Write()
    {
        File.WriteAllText(_folder.In("p.jsonl"), """{"id": 1, "prompt": "1+1?", "answer": 2}""");
        return _folder.In("p.jsonl");
    }

    /// <summary>A clock on which the first time that is waited for is over at once, and no other ever.</summary>
    private sealed class FirstTimerAlone : TimeProvider
    {
        private int _timers;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(
            callback, state, Interlocked.Increment(ref _timers) == 1 ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}

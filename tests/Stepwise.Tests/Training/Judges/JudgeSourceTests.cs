using Stepwise.Judging;
using Stepwise.Judging.Trained.Corruptions;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Mathematics;
using Stepwise.Tests.Judging;
using Stepwise.Tests.Judging.Trained;
using Stepwise.Tests.Policies;
using Stepwise.Tests.Runs;
using Stepwise.Training.Judges;

namespace Stepwise.Tests.Training.Judges;

public sealed class JudgeSourceTests
{
    private static readonly ChainedArithmetic Chained = new(new() { Operations = 6 });

    private static readonly IReadOnlyList<Corruption> Kinds = [.. CorruptionCatalog.Entries.Select(entry => (Corruption)entry.Part)];

    /// <summary>The task's exact checker, which knows nothing of corruptions, finds each label right.</summary>
    [Fact]
    public async Task Corruptions_OfChains_AreWhereTheExactJudgeFindsThem()
    {
        Problem[] problems = [.. Chained.Generate(3, 40, Split.Train)];

        IReadOnlyList<KnownTraces> drawn = await Draw(new CorruptionSource(), problems, 100);

        drawn.Count.ShouldBe(100);
        foreach (KnownTraces known in drawn)
        {
            known.Traces.Count.ShouldBe(7);
            known.Traces.Skip(1).Select(trace => string.Join('\n', trace.Steps)).ShouldBeUnique(StringComparer.Ordinal);
            foreach (KnownTrace trace in known.Traces)
            {
                string text = string.Join('\n', trace.Steps) + "\n";
                bool whole = trace.FirstError > trace.Steps.Count;
                JudgedResponse response = new(text, Truncated: true, Chained.Steps(text, truncated: true), default);
                (await Chained.Judge.JudgeOneAsync(known.Problem, response)).FirstError.ShouldBe(trace.FirstError, text);
                (trace.FirstError == trace.Steps.Count || whole).ShouldBeTrue();
            }
        }

        drawn.SelectMany(known => known.Traces).Select(trace => trace.FirstError).Distinct().Count().ShouldBe(8);
    }

    [Fact]
    public async Task Corruptions_InProse_KeepTheirLabelsAtTheEnd()
    {
        Problem problem = new(
            "p", "Ann has 48 clips, Ben half as many. How many have both?", "72", "Ben has 48/2 = <<48/2=24>>24 clips.\n48+24 = 72 in all.\n#### 72");

        IReadOnlyList<KnownTraces> drawn = await Draw(new CorruptionSource { Wording = TraceWording.Prose, WrongSteps = 3 }, [problem], 50, new Gsm8k());

        drawn.SelectMany(known => known.Traces.Skip(1)).ShouldAllBe(trace => trace.FirstError == trace.Steps.Count);
        drawn.ShouldAllBe(known => known.Traces[0].FirstError == known.Traces[0].Steps.Count + 1);
        drawn.SelectMany(known => known.Traces).ShouldAllBe(trace => trace.Steps.All(step => !step.Contains("<<", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Corruptions_NoSolutions_AreRefused()
    {
        InputException error = await Should.ThrowAsync<InputException>(
            async () => await Draw(new CorruptionSource(), [new("p", "1+1", "2")], 5, new Gsm8k()));
        error.Message.ShouldContain("judgeTraining.sources");
    }

    [Fact]
    public async Task Rollouts_OfAPolicy_HaveTheTasksLabels()
    {
        Problem problem = new("p", "1+2+3", "6", "1+2=3\n3+3=6\n#6");
        ChainedArithmetic task = new(new() { Operations = 2 });
        Answering policy = new("1+2=3\n3+3=6\n#6", "1+2=3\n3+3=7\n#7", "1+2=4\n");

        IReadOnlyList<KnownTraces> drawn = await Draw(new RolloutSource { Samples = 3 }, [problem], 2, task, policy);

        drawn.Select(known => string.Join(' ', known.Traces.Select(trace => $"{trace.FirstError}/{trace.Steps.Count}")))
            .ShouldBe(["4/3 2/3 1/2", "4/3 2/3 1/2"]);
        policy.Keys.ShouldBeUnique();
    }

    /// <summary>The problems of the run's other side stay there, as do questions that are another problem's.</summary>
    [Fact]
    public async Task Rollouts_OfAFile_AreThoseOfTheProblemsAsked()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "rollouts.jsonl");
        await File.WriteAllTextAsync(
            path, """
            {"id":"p","response":"1+2=3\n3+3=7\n#7"}
            {"id":"p","response":"1+2=3\n3+3=6\n#6"}
            {"id":"other","response":"1+2=4"}
            {"id":"p","problem":{"id":"p","question":"9+9","answer":"18"},"step":2,"response":"9+9=18\n#18"}
            """, TestContext.Current.CancellationToken);
        Problem problem = new("p", "1+2+3", "6", "1+2=3\n3+3=6\n#6");
        ChainedArithmetic task = new(new() { Operations = 2 });

        IReadOnlyList<KnownTraces> drawn = await Draw(new RolloutSource { Path = path }, [problem], 2, task);

        drawn.Select(known => string.Join(' ', known.Traces.Select(trace => $"{trace.FirstError}/{trace.Steps.Count}"))).ShouldBe(["2/3 4/3", "2/3 4/3"]);
        InputException error = await Should.ThrowAsync<InputException>(
            async () => await Draw(new RolloutSource { Path = path }, [new("q", "1+1+1", "3")], 2, task));
        error.Message.ShouldContain("heldOut");
    }

    /// <summary>What calibrates and measures a judge is nothing that it learnt from.</summary>
    [Fact]
    public async Task File_LearntFromAndHeldOut_ShareNoQuestion()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "traces.json");
        string[] entries = [.. Enumerable.Range(0, 40).Select(i => $$"""{"id":"{{i}}","problem":"question {{i / 2}}","steps":["x"],"label":0}""")];
        await File.WriteAllTextAsync(path, $"[{string.Join(',', entries)}]", TestContext.Current.CancellationToken);
        Problem[] learnt = [new("l", "question 4", "")], heldOut = [new("h", "question 1", "")];

        async Task<HashSet<string>> Questions(Problem[] ours, Problem[] others, bool held) => [.. (await new FileSource { Path = path }.DrawAsync(
            new(Chained, ours, new StatePolicy(), new(), Kinds, 7) { Others = others, HeldOut = held }, 200, progress: null,
            TestContext.Current.CancellationToken)).Select(known => known.Problem.Question)];
        HashSet<string> learning = await Questions(learnt, heldOut, held: false), measuring = await Questions(heldOut, learnt, held: true);

        measuring.Order(StringComparer.Ordinal).ShouldBe(["question 1", "question 14", "question 19", "question 9"]);
        learning.Count.ShouldBe(16);
        learning.Overlaps(measuring).ShouldBeFalse();
    }

    [Fact]
    public async Task File_InProcessBenchsForm_IsReadAndRepeated()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "traces.json");
        await File.WriteAllTextAsync(
            path, """[{"id":"a","problem":"1+1","steps":["x","y"],"label":1},{"id":"b","problem":"?","steps":["z"],"label":-1}]""",
            TestContext.Current.CancellationToken);

        IReadOnlyList<KnownTraces> drawn = await Draw(new FileSource { Path = path }, [new("p", "1+1", "2", "1+1=2")], 4);

        drawn.Count.ShouldBe(4);
        drawn.Take(2).Select(known => (known.Problem.Id, known.Traces[0].FirstError, known.Traces[0].Steps.Count)).Order()
            .ShouldBe([("b", 2, 1), ("p", 2, 2)]);
    }

    private static async Task<IReadOnlyList<KnownTraces>> Draw(
        JudgeSource source, IReadOnlyList<Problem> problems, int count, Stepwise.Tasks.ITask? task = null, IPolicy? policy = null) =>
        await source.DrawAsync(
            new(task ?? Chained, problems, policy ?? new StatePolicy(), new(), Kinds, 7), count, progress: null, TestContext.Current.CancellationToken);

    /// <summary>Gives each sample of a problem the next of its answers.</summary>
    private sealed class Answering(params string[] answers) : SamplingPolicy
    {
        public List<ulong> Keys { get; } = [];

        public override ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
            IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
            Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default)
        {
            Keys.AddRange(requests.SelectMany(request => request.Keys));
            return new([.. requests.Select(request => request.Keys.Select(
                (_, i) => new Completion([], [], answers[i], [], FinishReason.Stop)).ToArray())]);
        }
    }
}

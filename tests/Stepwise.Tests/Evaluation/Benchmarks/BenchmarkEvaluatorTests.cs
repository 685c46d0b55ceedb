using Stepwise.Evaluation.Benchmarks;
using Stepwise.Policies;
using Stepwise.Reasoning;
using Stepwise.Tests.Policies;

namespace Stepwise.Tests.Evaluation.Benchmarks;

public sealed class BenchmarkEvaluatorTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SampleAsync_StoppedAfterSomeSamples_EndsWithTheSameFile()
    {
        BenchmarkSet[] sets = [Problems("aime", 7), Problems("amc", 3)];
        EvaluationFolder whole = Begin("whole", sets), stopped = Begin("stopped", sets);
        await new BenchmarkEvaluator(whole, sets).SampleAsync(new RandomPolicy(), cancellationToken: TestContext.Current.CancellationToken);

        foreach (int draws in (int[])[3, 1, 5])
        {
            using CancellationTokenSource source = new();
            RandomPolicy policy = new() { StopAfter = draws, Stop = source.Cancel };
            await Should.ThrowAsync<OperationCanceledException>(
                () => new BenchmarkEvaluator(stopped, sets).SampleAsync(policy, cancellationToken: source.Token));
            await File.AppendAllTextAsync(stopped.SamplesPath, "{\"benchmark\":\"amc\",\"id\":\"2\"", TestContext.Current.CancellationToken);
        }

        // Of ten problems nine are there: 3 and 1 and 3 of the first benchmark, 2 of the second.
        RandomPolicy last = new();
        await new BenchmarkEvaluator(Begin("stopped", sets), sets).SampleAsync(last, cancellationToken: TestContext.Current.CancellationToken);

        last.Drawn.ShouldBe(1);
        (await File.ReadAllBytesAsync(stopped.SamplesPath, TestContext.Current.CancellationToken))
            .ShouldBe(await File.ReadAllBytesAsync(whole.SamplesPath, TestContext.Current.CancellationToken));
        whole.ReadWhole(sets).Select(sample => (sample.Benchmark, sample.Id, sample.Sample)).ShouldBe(
            sets.SelectMany(set => set.Problems.SelectMany(p => Enumerable.Range(0, 4).Select(i => (set.Name, p.Problem.Id, i)))));
    }

    [Fact]
    public async Task SampleAsync_Seeds_DifferPerSampleAndRepeat()
    {
        BenchmarkSet[] sets = [Problems("aime", 5)];
        IReadOnlyList<ScoredSample> first = await Sampled("a", sets, 1), again = await Sampled("b", sets, 1), other = await Sampled("c", sets, 2);

        first.Select(sample => sample.Seed).ShouldBeUnique();
        again.ShouldBe(first);
        other.Select(sample => sample.Seed).Intersect(first.Select(sample => sample.Seed)).ShouldBeEmpty();
    }

    [Fact]
    public async Task SampleAsync_EverySampleFailed_EndsWithTheReason()
    {
        BenchmarkSet[] sets = [Problems("aime", 1)];

        (await Should.ThrowAsync<RunException>(() => new BenchmarkEvaluator(Begin("a", sets), sets).SampleAsync(
            new RandomPolicy { Failure = "no memory" }, cancellationToken: TestContext.Current.CancellationToken)))
            .Message.ShouldBe("Every sample of the evaluation failed, the first because sampling failed: no memory.");
    }

    [Fact]
    public async Task RescoreAsync_OtherReference_ChangesVerdictsAndNothingElse()
    {
        BenchmarkSet[] before = [_folder.Set("aime", """{"id": 1, "problem": "q", "answer": 0}""")];
        IReadOnlyList<ScoredSample> samples = await Sampled("a", before, 1);
        BenchmarkSet[] after = [_folder.Set("aime", """{"id": 1, "problem": "q", "answer": {"a": 1}}""")];
        EvaluationFolder folder = EvaluationFolder.Open(_folder.In("a"));

        IReadOnlyList<ScoredSample> rescored = await new BenchmarkEvaluator(folder, after).RescoreAsync(TestContext.Current.CancellationToken);

        samples.ShouldAllBe(sample => sample.Verdict != Correctness.Undecided);
        rescored.ShouldAllBe(sample => sample.Verdict == Correctness.Undecided);
        rescored.Select(sample => sample.Response).ShouldBe(samples.Select(sample => sample.Response));
        EvaluationFolder.Open(_folder.In("a")).Settings.Benchmarks[0].Digest.ShouldBe(after[0].Digest);
        (await new BenchmarkEvaluator(folder, before).RescoreAsync(TestContext.Current.CancellationToken)).ShouldBe(samples);
    }

    [Fact]
    public async Task RescoreAsync_SamplesMissing_IsRefused()
    {
        BenchmarkSet[] sets = [Problems("aime", 2)];
        await Sampled("a", sets, 1);
        string path = _folder.In(Path.Combine("a", "samples.jsonl"));
        await File.WriteAllLinesAsync(path, (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Take(5), TestContext.Current.CancellationToken);

        (await Should.ThrowAsync<InputException>(() => new BenchmarkEvaluator(EvaluationFolder.Open(_folder.In("a")), sets)
            .RescoreAsync(TestContext.Current.CancellationToken))).Message.ShouldContain("holds 5 of 8 samples");
    }

    [Fact]
    public void Begin_OtherSettings_AreRefusedByName()
    {
        BenchmarkSet[] sets = [Problems("aime", 2)];
        EvaluationSettings settings = Begin("a", sets).Settings;

        Refused(settings with { Samples = 8 }).ShouldContain("samples is 8 here and 4 there");
        Refused(settings with { Temperature = 0.5, TopP = 0.5 }).ShouldContain("temperature is 0.5 here and 0.6 there; top-p is 0.5 here and 0.95 there");
        Refused(settings with { Model = "other" }).ShouldContain("the model is other here and model there");
        Refused(settings with { Benchmarks = [EvaluatedSet.Of(Problems("aime", 3))] }).ShouldContain("aime has 3 problems here and 2 there");
        Refused(settings with { Benchmarks = [EvaluatedSet.Of(Problems("amc", 2))] }).ShouldContain("amc is not there");

        string Refused(EvaluationSettings other) => Should.Throw<InputException>(() => EvaluationFolder.Begin(_folder.In("a"), other)).Message;
    }

    [Fact]
    public void Begin_AnotherFolder_IsNotWrittenOver()
    {
        File.WriteAllText(_folder.In("notes.txt"), "mine");

        Should.Throw<InputException>(() => EvaluationFolder.Begin(_folder.Path, Settings([Problems("aime", 1)], 1))).Message.ShouldContain("no evaluation's folder");
    }

    [Fact]
    public void RequirePaired_OtherPolicy_IsPairedAndOtherSettingsAreNot()
    {
        BenchmarkSet[] sets = [Problems("aime", 2), Problems("amc", 2)], fewer = [Problems("aime", 2)];
        EvaluationFolder both = Begin("both", sets);
        EvaluationFolder one = EvaluationFolder.Begin(_folder.In("one"), Settings(fewer, 1) with { Model = "other" });
        EvaluationFolder seeded = EvaluationFolder.Begin(_folder.In("seeded"), Settings(fewer, 2));

        one.RequirePaired(both);
        Should.Throw<InputException>(() => both.RequirePaired(one)).Message.ShouldContain("amc is not there");
        Should.Throw<InputException>(() => one.RequirePaired(seeded)).Message.ShouldContain("seed is 1 here and 2 there");
    }

    [Theory]
    [InlineData("{}", "line 1: not a sample")]
    [InlineData("nonsense", "line 1: not a JSON object")]
    [InlineData("""{"benchmark":"aime","id":"9","sample":0,"seed":1,"response":"","truncated":false,"failed":false,"tokens":1,"verdict":"correct","answer":null,"reason":""}""", "not of this evaluation")]
    [InlineData("""{"benchmark":"aime","id":"1","sample":4,"seed":1,"response":"","truncated":false,"failed":false,"tokens":1,"verdict":"correct","answer":null,"reason":""}""", "not of this evaluation")]
    [InlineData("""{"benchmark":"aime","id":"1","sample":0,"seed":1,"response":"","truncated":false,"failed":false,"tokens":1,"verdict":"perhaps","answer":null,"reason":""}""", "not a sample")]
    public void Read_LineThatIsNoSample_IsNamed(string line, string message)
    {
        BenchmarkSet[] sets = [Problems("aime", 2)];
        EvaluationFolder folder = Begin("a", sets);
        File.WriteAllText(folder.SamplesPath, line + "\n");

        Should.Throw<InputException>(() => folder.Read(sets)).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("nowhere", null, "no evaluation of benchmarks")]
    [InlineData("broken", "{", "not the settings")]
    [InlineData("empty", "{}", "not the settings")]
    public void Open_NoEvaluation_IsRefused(string name, string? settings, string message)
    {
        if (settings is not null)
        {
            Directory.CreateDirectory(_folder.In(name));
            File.WriteAllText(Path.Combine(_folder.In(name), "settings.json"), settings);
        }

        Should.Throw<InputException>(() => EvaluationFolder.Open(_folder.In(name))).Message.ShouldContain(message);
    }

    [Fact]
    public async Task Write_Report_HoldsTheScoresAsJsonMarkdownAndPicture()
    {
        BenchmarkSet[] sets = [Problems("aime", 3)];
        IReadOnlyList<ScoredSample> samples = await Sampled("a", sets, 1);
        EvaluationFolder folder = EvaluationFolder.Open(_folder.In("a"));
        BenchmarkScore score = BenchmarkScore.Of(sets[0], [.. samples.Select(sample => sample.Outcome)], 1);

        new EvaluationReport(folder.Settings, [score], ("other", [new(new(0.125, 0, 0.25), null, null)])).Write(folder);

        string json = await File.ReadAllTextAsync(folder.In("evaluation.json"), TestContext.Current.CancellationToken);
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(json);
        System.Text.Json.JsonElement benchmark = document.RootElement.GetProperty("benchmarks")[0];
        benchmark.GetProperty("avg").GetDouble().ShouldBe(score.Avg.Estimate);
        benchmark.GetProperty("difference").GetDouble().ShouldBe(0.125);
        string markdown = await File.ReadAllTextAsync(folder.In("evaluation.md"), TestContext.Current.CancellationToken);
        markdown.ShouldContain("| benchmark | problems | avg@k | pass@1 | pass@2 | pass@4 | maj@k | undecided | truncated | tokens |");
        markdown.ShouldContain("| aime | 12.5 % (0.0 to 25.0) |");
        System.Xml.Linq.XDocument.Load(folder.In("evaluation.svg")).Root!.Name.LocalName.ShouldBe("svg");
    }

    [Fact]
    public async Task Write_ReportOfJudgedSamples_SaysWhatTheirStepsAreWorth()
    {
        BenchmarkSet[] sets = [Problems("aime", 3)];
        IReadOnlyList<ScoredSample> samples = await Sampled("a", sets, 1);
        EvaluationFolder folder = EvaluationFolder.Open(_folder.In("a"));
        BenchmarkScore score = BenchmarkScore.Of(sets[0], [.. samples.Select(sample => sample.Outcome with { Sound = true, Reached = 0.5 })], 1);

        new EvaluationReport(folder.Settings, [score], ("other", [new(new(0.125, 0, 0.25), new(0.25, 0, 0.5), new(0.5, 0, 1))])).Write(folder);

        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(
            await File.ReadAllTextAsync(folder.In("evaluation.json"), TestContext.Current.CancellationToken));
        System.Text.Json.JsonElement benchmark = document.RootElement.GetProperty("benchmarks")[0];
        benchmark.GetProperty("sound").GetDouble().ShouldBe(1);
        benchmark.GetProperty("reached").GetDouble().ShouldBe(0.5);
        benchmark.GetProperty("soundDifference").GetDouble().ShouldBe(0.25);
        benchmark.GetProperty("reachedDifferenceInterval").EnumerateArray().Select(end => end.GetDouble()).ShouldBe([0, 1]);
        string markdown = await File.ReadAllTextAsync(folder.In("evaluation.md"), TestContext.Current.CancellationToken);
        markdown.ShouldContain("| benchmark | sound@k | reached |");
        markdown.ShouldContain("| aime | 12.5 % (0.0 to 25.0) | 25.0 % (0.0 to 50.0) | 50.0 % (0.0 to 100.0) |");
    }

    [Fact]
    public async Task Compared_Evaluations_HaveTheirScoresAndDifferencesToTheFirst()
    {
        BenchmarkSet[] sets = [Problems("aime", 6), Problems("amc", 4)];
        IReadOnlyList<ScoredSample> first = await Sampled("a", sets, 1);
        await Sampled("b", sets, 1);

        // In the second every answer is right.
        EvaluationFolder b = EvaluationFolder.Open(_folder.In("b"));
        await File.WriteAllLinesAsync(
            b.SamplesPath, File.ReadAllLines(b.SamplesPath).Select(line => line.Replace("\"incorrect\"", "\"correct\"", StringComparison.Ordinal)).ToArray(),
            TestContext.Current.CancellationToken);
        (string, EvaluationFolder)[] evaluations = [("a", EvaluationFolder.Open(_folder.In("a"))), ("b", b)];

        IReadOnlyList<ComparedEvaluation> compared = await ComparedEvaluation.OfAsync(sets, evaluations, cancellationToken: TestContext.Current.CancellationToken);

        compared.Select(evaluation => evaluation.Name).ShouldBe(["a", "b"]);
        compared[0].Differences.ShouldBeEmpty();
        for (int i = 0; i < 2; i++)
        {
            double solved = first.Where(sets[i].Has).Average(sample => sample.Verdict == Correctness.Correct ? 1.0 : 0);
            compared[0].Scores[i].Avg.Estimate.ShouldBe(solved, 1e-12);
            compared[1].Scores[i].Avg.Estimate.ShouldBe(1, 1e-12);
            compared[1].Differences[i].Avg.Estimate.ShouldBe(1 - solved, 1e-12);
        }

        // Other problems, and other settings.
        (await Should.ThrowAsync<InputException>(() => ComparedEvaluation.OfAsync([Problems("aime", 6), Problems("amc", 5)], evaluations)))
            .Message.ShouldContain("given are 6 problems of aime, 5 problems of amc");
        await Sampled("c", sets, 2);
        (await Should.ThrowAsync<InputException>(() => ComparedEvaluation.OfAsync(sets, [evaluations[0], ("c", EvaluationFolder.Open(_folder.In("c")))])))
            .Message.ShouldContain("seed is 1 here and 2 there");
    }

    private async Task<IReadOnlyList<ScoredSample>> Sampled(string name, BenchmarkSet[] sets, ulong seed) =>
        await new BenchmarkEvaluator(EvaluationFolder.Begin(_folder.In(name), Settings(sets, seed)), sets)
            .SampleAsync(new RandomPolicy(), cancellationToken: TestContext.Current.CancellationToken);

    private EvaluationFolder Begin(string name, BenchmarkSet[] sets) => EvaluationFolder.Begin(_folder.In(name), Settings(sets, 1));

    private static EvaluationSettings Settings(BenchmarkSet[] sets, ulong seed) =>
        new("model", Chat: true, Samples: 4, 0.6, 0.95, MaxNewTokens: 8, seed, [.. sets.Select(EvaluatedSet.Of)]);

    private BenchmarkSet Problems(string benchmark, int count) => _folder.Set(
        benchmark, [.. Enumerable.Range(1, count).Select(i => $$"""{"id": {{i}}, "problem": "Which of 0 to 2 is {{i % 3}}?", "answer": {{i % 3}}}""")]);

    /// <summary>A policy that answers 0, 1 or 2 as the sample's random stream says, the last problem first.</summary>
    private sealed class RandomPolicy : SamplingPolicy
    {
        /// <summary>Problems after which <see cref="Stop"/> is called and the others are cancelled.</summary>
        public int StopAfter { get; init; } = int.MaxValue;

        public Action? Stop { get; init; }

        public string? Failure { get; init; }

        public int Drawn { get; private set; }

        public override ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
            IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
            Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default)
        {
            IReadOnlyList<Completion>[] all = new IReadOnlyList<Completion>[requests.Count];
            for (int r = requests.Count - 1; r >= 0; r--)
            {
                if (!cancellationToken.IsCancellationRequested && Drawn == StopAfter)
                {
                    Stop!();
                }

                bool cancelled = cancellationToken.IsCancellationRequested;
                all[r] = [.. requests[r].Keys.Select(key => cancelled ? new Completion([], [], "", [], FinishReason.Cancelled) : Answer(key))];
                if (!cancelled)
                {
                    Drawn++;
                    drawn?.Invoke(r, all[r]);
                }
            }

            return new(all);
        }

        private Completion Answer(ulong key) => Failure is null
            ? new([1, 2], [0, 0], $@"I say \boxed{{{CounterRandom.Integer(key, 0, 3)}}}.", [1, 2], FinishReason.Stop)
            : new([], [], "", [], FinishReason.Failed) { Failure = Failure };
    }
}

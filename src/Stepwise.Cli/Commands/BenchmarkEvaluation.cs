using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Evaluation.Benchmarks;
using Stepwise.Files;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Recipes;
using Stepwise.Runs;
using Stepwise.Statistics;

namespace Stepwise.Cli.Commands;

/// <summary>The part of <c>stepwise eval</c> that measures on benchmarks.</summary>
internal static class BenchmarkEvaluation
{
    // Responses verified side by side: programs run as the task has workers.
    private const int AtOnce = 32;

    /// <summary>Scores responses that are there.</summary>
    public static async Task ScoreAsync(BenchmarkRequest request, ulong seed, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        BenchmarkSet set = BenchmarkSet.Read(request.Benchmarks[0].Benchmark!, request.Benchmarks[0].File, request.Problems);
        Warn([set], terminal);

        await set.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);

        // A bad line anywhere is found before the first verdict is printed.
        int count = ResponseFile.Read(request.Responses!, set).Count();
        List<SampleOutcome> outcomes = [];
        using (WorkDisplay? work = json ? null : new(terminal, "Scoring") { Total = count })
        {
            foreach ((int Problem, Completion Response)[] responses in ResponseFile.Read(request.Responses!, set).Chunk(AtOnce))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Verdict[] verdicts = await Task.WhenAll(responses.Select((r, i) => set.VerifyAsync(
                    r.Problem, r.Response, $"response {outcomes.Count + i + 1}", cancellationToken).AsTask())).ConfigureAwait(false);
                foreach (((int problem, Completion response), Verdict verdict) in responses.Zip(verdicts))
                {
                    string id = set.Problems[problem].Problem.Id;
                    outcomes.Add(new(id, verdict.Correctness, verdict.Answer, response.Truncated, response.Failed, response.Text.Length, null));
                    if (json)
                    {
                        JsonLine.Write(terminal.Output, new { @event = "sample", Id = id, Verdict = verdict.Correctness, verdict.Answer, verdict.Reason });
                    }
                }

                work?.Report(outcomes.Count);
            }
        }

        BenchmarkScore score = BenchmarkScore.Of(set, outcomes, seed);
        if (json)
        {
            JsonLine.Write(terminal.Output, Event("end", EvaluationReport.Json(score)));
        }
        else
        {
            Write(terminal.Output, score, difference: null);
        }
    }

    /// <summary>Draws and scores a policy's samples, or scores those of a folder again.</summary>
    public static async Task RunAsync(
        ParseResult parsed, BenchmarkRequest request, string? model, ulong seed, int threads, bool json, CancellationToken cancellationToken)
    {
        Terminal terminal = Terminal.Of(parsed);
        EvaluationFolder? old = request.Rescore ? EvaluationFolder.Open(request.Out!) : null;
        string source = old?.Settings.Model ?? ModelOptions.Resolve(
            parsed, model ?? throw new InputException("No policy is named. Name one, or give --samples-file to score responses that are there."));
        Recipe? recipe = request.Benchmarks is [(null, var named)] ? Asking(source, named, request.Rescore) : null;
        bool chat = old?.Settings.Chat ?? PolicyLoader.HasChatTemplate(source);
        BenchmarkSet[] sets = recipe is null
            ? [.. request.Benchmarks.Select(b => BenchmarkSet.Read(b.Benchmark!, b.File, request.Problems, chat))]
            : [HeldOut(recipe, request.Problems, cancellationToken)];
        chat = recipe is null ? chat : sets[0].Task.Prompt(sets[0].Problems[0].Problem) is ChatPrompt;
        using DisposedTasks tasks = new(sets);
        Warn(sets, terminal);
        EvaluationFolder folder = old ?? EvaluationFolder.Begin(
            request.Out ?? DefaultFolder(model!),
            new(source, chat, request.Samples, request.Temperature, request.TopP, request.MaxNewTokens, seed, [.. sets.Select(EvaluatedSet.Of)])
            {
                StopStrings = [.. recipe?.Sampling.StopStrings ?? []],
            });
        folder.RequireProblems(sets);
        EvaluationFolder? against = request.Against is { } other ? EvaluationFolder.Open(other) : null;
        if (against is not null && old is null)
        {
            folder.RequirePaired(against);
        }

        IReadOnlyList<ScoredSample> samples = request.Rescore
            ? await new BenchmarkEvaluator(folder, sets).RescoreAsync(cancellationToken).ConfigureAwait(false)
            : await SampleAsync(folder, sets, source, threads, json ? null : terminal, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SampleOutcome>[] outcomes = await OutcomesAsync(sets, samples, cancellationToken).ConfigureAwait(false);
        BenchmarkScore[] scores = [.. sets.Zip(outcomes, (set, own) => BenchmarkScore.Of(set, own, folder.Settings.Seed))];
        PairedDifference[]? differences =
            against is null ? null : await DifferencesAsync(folder, against, sets, outcomes, cancellationToken).ConfigureAwait(false);
        EvaluationReport report = new(folder.Settings, scores, against is null ? null : (Path.GetRelativePath(folder.Path, against.Path), differences!));
        report.Write(folder);
        Print(terminal.Output, report, scores, differences, folder, json);
    }

    /// <summary>The recipe whose test problems are asked: one that is named, or that of the run which the policy is from.</summary>
    private static Recipe Asking(string model, string named, bool rescore)
    {
        string path = named.Length > 0 ? Shipped.Recipe(named) : (RunFolder.Around(model) ?? throw new InputException(
            $"--benchmark {BenchmarkSet.HeldOutName} stands for the test problems of a run, and {Quoted.Of(model)} is none. Name a run or one of its "
            + $"checkpoints, or a recipe: {BenchmarkSet.HeldOutName}=recipe.yaml.")).RecipePath;

        // Nobody is asked again: the policy of the samples may be gone.
        return rescore ? Recipe.LoadUnchecked(path) : Recipe.Load(path, [$"policy.model={model}", "policy.weights=stored"]);
    }

    /// <summary>All test problems of a recipe.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="most">The most problems, from the first; 0 for all.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static BenchmarkSet HeldOut(Recipe recipe, int most, CancellationToken cancellationToken)
    {
        ProblemSets problems = PolicyLoader.LoadProblems(recipe with { Evaluation = recipe.Evaluation with { Problems = 0 } }, cancellationToken);
        return BenchmarkSet.HeldOut(problems.Task, problems.Test, recipe.Name, most);
    }

    private static async Task<PairedDifference[]> DifferencesAsync(
        EvaluationFolder folder, EvaluationFolder against, BenchmarkSet[] sets, IReadOnlyList<SampleOutcome>[] outcomes, CancellationToken cancellationToken)
    {
        // After a new verification the references may be others than they were.
        folder.RequirePaired(against);
        IReadOnlyList<SampleOutcome>[] others = await OutcomesAsync(sets, against.ReadWhole(sets), cancellationToken).ConfigureAwait(false);
        return [.. sets.Select((set, i) => BenchmarkScore.Difference(set, outcomes[i], others[i], folder.Settings.Seed))];
    }

    private static Task<IReadOnlyList<SampleOutcome>[]> OutcomesAsync(
        BenchmarkSet[] sets, IReadOnlyList<ScoredSample> samples, CancellationToken cancellationToken) =>
        Task.WhenAll(sets.Select(set => JudgedSamples.OutcomesAsync(set, samples, cancellationToken)));

    private static async Task<IReadOnlyList<ScoredSample>> SampleAsync(
        EvaluationFolder folder, BenchmarkSet[] sets, string model, int threads, Terminal? terminal, CancellationToken cancellationToken)
    {
        EvaluationSettings settings = folder.Settings;
        int total = sets.Sum(set => set.Problems.Count) * settings.Samples;
        using IPolicy policy = PolicyLoader.LoadToEvaluate(model, sets, settings.Samples, settings.MaxNewTokens, threads);
        using WorkDisplay? work = terminal is null ? null : new(terminal, "Evaluation") { Total = total };
        return await new BenchmarkEvaluator(folder, sets).SampleAsync(policy, work, cancellationToken).ConfigureAwait(false);
    }

    private static string DefaultFolder(string model) => RunFolder.Around(model) is { } run
        ? EvaluationFolder.InRun(run.Path)
        : Path.Combine("evaluations", DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));

    private static void Warn(IReadOnlyList<BenchmarkSet> sets, Terminal terminal)
    {
        foreach (string warning in sets.Select(set => set.Warning).OfType<string>())
        {
            terminal.Error.WriteLine($"Note: {Escaped.Line(warning, 1000)}");
        }
    }

    private static JsonObject Event(string name, JsonObject content)
    {
        content.Insert(0, "event", name);
        return content;
    }

    private static void Print(
        TextWriter output, EvaluationReport report, BenchmarkScore[] scores, PairedDifference[]? differences, EvaluationFolder folder, bool json)
    {
        if (json)
        {
            JsonObject end = report.ToJson();
            end["folder"] = folder.Path;
            JsonLine.Write(output, Event("end", end));
            return;
        }

        for (int i = 0; i < scores.Length; i++)
        {
            Write(output, scores[i], differences?[i]);
            output.WriteLine();
        }

        output.WriteLine($"{folder.Settings.Samples} samples a problem; intervals are 95 %, over problems. In {folder.Path}: samples.jsonl, evaluation.md");
    }

    /// <summary>A mean length; a dash where there is no such sample.</summary>
    private static string Mean(double tokens) => Figures.Fixed(double.IsNaN(tokens) ? null : tokens, 1);

    private static void Write(TextWriter output, BenchmarkScore score, PairedDifference? difference)
    {
        void Line(string name, string figure) => output.WriteLine($"{name,-25} {figure}");
        void Judged(string name, Interval? measure)
        {
            if (measure is { } known)
            {
                Line(name, Figures.Percent(known));
            }
        }

        Line(score.Benchmark, $"{Counted.Of(score.Problems, "problem")}, {Counted.Of(score.Samples, "sample")}");
        Line($"avg@{score.SamplesPerProblem}", Figures.Percent(score.Avg));
        foreach (DifficultyScore level in score.ByDifficulty.Count > 1 ? score.ByDifficulty : [])
        {
            Line($"  difficulty {level.Difficulty}", $"{Figures.Percent(level.Avg)}, {Counted.Of(level.Problems, "problem")}");
        }

        foreach (RateAtK pass in score.PassAtK)
        {
            Line($"pass@{pass.K}", Figures.Percent(pass.Rate));
        }

        if (score.MajAtK is { } majority)
        {
            Line($"maj@{majority.K}", Figures.Percent(majority.Rate));
        }

        Judged($"sound@{score.SamplesPerProblem}", score.Sound);
        Judged("milestones reached", score.Reached);
        if (difference is { } paired)
        {
            Line("difference, paired", Figures.Percent(paired.Avg));
            Judged("  of sound answers", paired.Sound);
            Judged("  of milestones", paired.Reached);
        }

        Line("undecided", $"{Figures.Percent(score.UndecidedShare)}, counted as not solved");
        Line("  by their reference", $"{Counted.Of(score.Unread.Count, "problem")}");
        Line("truncated", Figures.Percent(score.TruncatedShare));
        Line("mean length", double.IsNaN(score.MeanTokens.All)
            ? $"{score.MeanCharacters:0} characters"
            : $"{score.MeanTokens.All:0.0} tokens; right {Mean(score.MeanTokens.Correct)}, wrong {Mean(score.MeanTokens.Incorrect)}");
        if (score.Failed > 0)
        {
            Line("failed", Counted.Of(score.Failed, "sample"));
        }
    }
}

using System.CommandLine;
using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Evaluation;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise eval</c>: measures a policy on a recipe's held-out problems, or on benchmarks.</summary>
internal static class EvalCommand
{
    private const int LongestName = 1000;

    public static Command Create()
    {
        RecipeOptions recipe = new("quickstart");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Option<string?> model = ModelOptions.Option("the recipe's");
        BenchmarkOptions benchmarks = new();
        recipe.Path.Description += " A run or one of its checkpoints stands for the run's own recipe and that policy. With --benchmark: the policy.";
        CliCommand command = new(
            "eval",
            "Measure a policy on a recipe's held-out problems, or on benchmarks; trains nothing.",
            """
            stepwise eval runs/grpo-2
            stepwise eval easier --model runs/grpo-2/checkpoints/step-000050 --set evaluation.samples=16
            stepwise eval runs/grpo-2 --benchmark aime=aime.jsonl --benchmark math=math.jsonl --samples 16 --out evaluations/grpo-2
            stepwise eval runs/grpo-2 --benchmark held-out --samples 4 --temperature 1 --top-p 1 --against evaluations/start
            stepwise eval --benchmark aime=aime.jsonl --samples-file responses.jsonl
            """)
        {
            recipe.Path, model, recipe.Set, recipe.Seed, threads, json,
        };
        foreach (Option option in benchmarks.All)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => benchmarks.Read(parsed) is { } request
            ? RunAsync(parsed, request, recipe, parsed.GetValue(model), parsed.GetValue(threads), parsed.GetValue(json), cancellationToken)
            : RunAsync(
                Read(parsed, recipe, parsed.GetValue(model)),
                parsed.GetValue(threads), parsed.GetValue(json), Terminal.Of(parsed), cancellationToken));
        return command;
    }

    private static Task RunAsync(
        ParseResult parsed, BenchmarkRequest request, RecipeOptions options, string? model, int threads, bool json, CancellationToken cancellationToken)
    {
        string? named = parsed.GetValue(options.Path);
        if (parsed.GetResult(options.Set) is not null)
        {
            throw new InputException("--set changes a recipe, and --benchmark takes none. Leave one out.");
        }

        if (named is not null && model is not null)
        {
            throw new InputException($"Two policies are named, {Quoted.Of(named)} and {Quoted.Of(model)}. Leave one out.");
        }

        ulong seed = parsed.GetValue(options.Seed) ?? 1;
        return request.Responses is null
            ? BenchmarkEvaluation.RunAsync(parsed, request, model ?? named, seed, threads, json, cancellationToken)
            : (model ?? named) is { } policy
            ? throw new InputException($"--samples-file needs no policy, and {Quoted.Of(policy)} is named. Leave one out.")
            : BenchmarkEvaluation.ScoreAsync(request, seed, json, Terminal.Of(parsed), cancellationToken);
    }

    private static Recipe Read(ParseResult parsed, RecipeOptions options, string? model)
    {
        string? named = parsed.GetValue(options.Path);
        RunFolder? run = named is null ? null : RunFolder.Around(named);
        string[] policy = (model ?? (run is null ? null : named)) is { } name
            ? [$"policy.model={ModelOptions.Resolve(parsed, name)}", "policy.weights=stored"]
            : [];
        return run is null ? options.Load(parsed, policy) : options.Load(parsed, run.RecipePath, policy);
    }

    private static async Task RunAsync(Recipe recipe, int threads, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        using ProblemSets problems = PolicyLoader.LoadProblems(recipe, cancellationToken);
        await problems.Task.PrepareAsync(cancellationToken).ConfigureAwait(false);
        using IPolicy policy = PolicyLoader.LoadToRead(recipe, problems, threads);
        DataReport data = problems.Describe(policy.Tokenizer, policy.ContextLength, cancellationToken);
        if (json)
        {
            JsonLine.Write(terminal.Output, DataEvent.Of(data));
        }
        else
        {
            terminal.Output.WriteLine(data.ToString());
        }

        long started = Stopwatch.GetTimestamp();
        EvaluationResult result = await EvaluateAsync(recipe, problems, policy, json ? null : terminal, cancellationToken).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (json)
        {
            WriteJson(terminal.Output, recipe, problems, result, seconds);
        }
        else
        {
            WriteText(terminal.Output, recipe, problems, result, seconds);
        }
    }

    private static async Task<EvaluationResult> EvaluateAsync(
        Recipe recipe, ProblemSets problems, IPolicy policy, Terminal? terminal, CancellationToken cancellationToken)
    {
        using WorkDisplay? work = terminal is null ? null
            : new(terminal, "Evaluation") { Total = (long)problems.Test.Count * (recipe.Evaluation.Samples + 1) };
        return await new Evaluator(policy, problems.Task).EvaluateAsync(
            problems.Test, recipe.Evaluation.Samples, recipe.Training.GroupSize, recipe.EvaluationSampling, recipe.Seed, work, cancellationToken)
            .ConfigureAwait(false);
    }

    private static void WriteJson(TextWriter output, Recipe recipe, ProblemSets problems, EvaluationResult result, double seconds)
    {
        JsonLine.Write(output, EvaluationEvent.Of(step: null, result, recipe.EvaluationSampling));
        JsonLine.Write(output, new
        {
            @event = "end",
            SolveRate = result.SolveRate.Estimate,
            SolveRateInterval = EvaluationEvent.Ends(result.SolveRate),
            GreedySolveRate = result.Greedy.Estimate,
            GreedySolveRateInterval = EvaluationEvent.Ends(result.Greedy),
            PassAtK = result.PassAtK.Select(p => new { p.K, p.Rate }),
            result.AllNegativeShare,
            recipe.Training.GroupSize,
            result.MeanCompletionTokens,
            result.TruncatedShare,
            result.UndecidedShare,
            result.FailedShare,
            problems.UndecidableTest,
            result.Problems,
            result.Samples,
            Sampling = recipe.EvaluationSampling,
            Seconds = seconds,
            Model = recipe.Policy.Model,
        });
    }

    private static void WriteText(TextWriter output, Recipe recipe, ProblemSets problems, EvaluationResult result, double seconds)
    {
        void Line(string name, string figure) => output.WriteLine($"{name,-25} {figure}");

        Line("model", Escaped.Line(recipe.Policy.Model, LongestName));
        Line("problems", $"{result.Problems} held out, {Counted.Of(result.Samples, "sample")} each");
        Line("sampled", recipe.EvaluationSampling.ToString());
        Line("solve rate", Figures.Percent(result.SolveRate));
        Line("greedy solve rate", Figures.Percent(result.Greedy));
        foreach (PassAtK pass in result.PassAtK)
        {
            Line($"pass@{pass.K}", Figures.Percent(pass.Rate));
        }

        Line($"all-negative groups of {recipe.Training.GroupSize}", result.AllNegativeShare is { } share
            ? Figures.Percent(share)
            : $"unknown: evaluation.samples is below {recipe.Training.GroupSize}");
        Line("mean length", $"{result.MeanCompletionTokens:0.0} tokens");
        Line("truncated", Figures.Percent(result.TruncatedShare));
        Line("undecided", Figures.Percent(result.UndecidedShare));
        if (problems.UndecidableTest > 0)
        {
            Line("  by their reference", $"{Figures.Percent(problems.UndecidableTest)} of the problems");
        }

        if (result.FailedShare > 0)
        {
            Line("failed", Figures.Percent(result.FailedShare));
        }

        Line("time", Figures.Time(TimeSpan.FromSeconds(seconds)));
    }
}

using System.CommandLine;
using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Engine;
using Stepwise.Evaluation;
using Stepwise.Runs;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise eval</c>: measures a policy on a recipe's held-out problems.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        RecipeOptions recipe = new("quickstart.yaml");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        Option<string?> model = new("--model")
        {
            Description = "The policy: a model folder, such as policy in a checkpoint, or a GGUF file (default: the recipe's).",
            HelpName = "path",
        };
        CliCommand command = new(
            "eval",
            "Measure a policy on a recipe's held-out problems; trains nothing.",
            """
            stepwise eval --model runs/grpo-2/checkpoints/step-000050/policy
            stepwise eval recipes/easier.yaml --set evaluation.samples=16
            """)
        {
            recipe.Path, model, recipe.Set, recipe.Seed, threads, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            recipe.Load(parsed, parsed.GetValue(model) is { } path ? [$"policy.model={path}", "policy.weights=stored"] : []),
            parsed.GetValue(threads), parsed.GetValue(json), Terminal.Of(parsed).Output, cancellationToken));
        return command;
    }

    private static async Task RunAsync(Recipe recipe, int threads, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        ProblemSets problems = ProblemSets.Load(recipe);
        // Nothing is trained: adapters in a checkpoint are part of the model, and new ones would do nothing.
        using LocalPolicy policy = PolicyLoader.Load(recipe with { Lora = new() }, threads);
        long started = Stopwatch.GetTimestamp();
        EvaluationResult result = await new Evaluator(policy, problems.Task).EvaluateAsync(
            problems.Test, recipe.Evaluation.Samples, recipe.Training.GroupSize, recipe.Sampling, recipe.Seed,
            cancellationToken: cancellationToken).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (json)
        {
            WriteJson(output, recipe, problems, result, seconds);
        }
        else
        {
            WriteText(output, recipe, problems, result, seconds);
        }
    }

    private static void WriteJson(TextWriter output, Recipe recipe, ProblemSets problems, EvaluationResult result, double seconds) => JsonLine.Write(output, new
    {
        @event = "end",
        SolveRate = result.SolveRate.Estimate,
        SolveRateInterval = (double[])[result.SolveRate.Low, result.SolveRate.High],
        GreedySolveRate = result.Greedy.Estimate,
        GreedySolveRateInterval = (double[])[result.Greedy.Low, result.Greedy.High],
        PassAtK = result.PassAtK.Select(p => new { p.K, p.Rate }),
        result.AllNegativeShare,
        recipe.Training.GroupSize,
        result.MeanCompletionTokens,
        result.TruncatedShare,
        result.UndecidedShare,
        problems.UndecidableTest,
        result.Problems,
        result.Samples,
        Seconds = seconds,
        Model = recipe.Policy.Model,
    });

    private static void WriteText(TextWriter output, Recipe recipe, ProblemSets problems, EvaluationResult result, double seconds)
    {
        void Line(string name, string figure) => output.WriteLine($"{name,-26}{figure}");

        Line("model", recipe.Policy.Model);
        Line("problems", $"{result.Problems} held out, {result.Samples} samples each");
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
            Line("  by their reference", $"{Figures.Percent(problems.UndecidableTest)} of the problems: it is not one number");
        }

        Line("time", Figures.Time(TimeSpan.FromSeconds(seconds)));
    }
}

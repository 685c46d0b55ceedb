using System.CommandLine;
using Stepwise.Cli.Display;
using Stepwise.Engine.Loading;
using Stepwise.Evaluation.Probes;
using Stepwise.Policies;
using Stepwise.Recipes;
using Stepwise.Runs.Checks;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise check</c>: looks at a recipe before its run, and refuses one that cannot learn.</summary>
internal static class CheckCommand
{
    private const int LongestName = 200, LongestLine = 1000, MostGroups = 1024, NameWidth = 25;

    public static Command Create()
    {
        RecipeOptions recipe = new("quickstart");
        Option<int> groups = CommonOptions.Whole("--groups", "Groups to sample, or to take of data.rollouts; 0 for none.", 0, MostGroups, 4);
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "check",
            "Look at a recipe before its run: the prompt, the verifier, a few groups, memory and time. Refuses one that cannot learn.",
            """
            stepwise check
            stepwise check recipes/gsm8k.yaml --groups 16 --set method.name=grpo
            """)
        {
            recipe.Path, recipe.Set, recipe.Seed, groups, threads, json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            recipe.Load(parsed), parsed.GetValue(groups), parsed.GetValue(threads), parsed.GetValue(json), Terminal.Of(parsed), cancellationToken));
        return command;
    }

    private static async Task RunAsync(Recipe recipe, int groups, int threads, bool json, Terminal terminal, CancellationToken cancellationToken)
    {
        recipe.Task.RequireHeldOut();
        using ProblemSets problems = PolicyLoader.LoadProblems(recipe, cancellationToken);
        MemoryPlan memory = PolicyLoader.Plan(recipe, problems, cancellationToken: cancellationToken);
        if (groups > recipe.Training.PromptsPerStep)
        {
            TrainingOptions wider = recipe.Training with { PromptsPerStep = groups };
            _ = PolicyLoader.Plan(recipe with { Training = wider }, problems, cancellationToken: cancellationToken);
        }

        using IPolicy policy = PolicyLoader.Load(recipe, threads);
        using IPolicy? reference = PolicyLoader.LoadReference(recipe, policy, threads);
        RunCheck check = new(recipe, problems, policy, reference) { OpenModel = PolicyLoader.Opening(threads) };
        CheckReport report = await CheckAsync(check, groups, groups * recipe.Training.GroupSize, json ? null : terminal, cancellationToken)
            .ConfigureAwait(false);
        if (json)
        {
            WriteJson(terminal.Output, recipe, report, memory, policy.ContextLength);
        }
        else
        {
            WriteText(terminal.Output, recipe, report, memory, policy.ContextLength);
        }

        if (report.Refusals.Any())
        {
            throw new InputException($"{recipe.Name} cannot learn as it stands. {string.Join(' ', report.Refusals)}");
        }
    }

    private static async Task<CheckReport> CheckAsync(
        RunCheck check, int groups, int samples, Terminal? terminal, CancellationToken cancellationToken)
    {
        using WorkDisplay? work = terminal is null ? null : new(terminal, "Sampling") { Total = samples };
        return await check.RunAsync(groups, work, cancellationToken).ConfigureAwait(false);
    }

    private static void WriteJson(TextWriter output, Recipe recipe, CheckReport report, MemoryPlan memory, int context)
    {
        JsonLine.Write(output, DataEvent.Of(report.Data));
        RenderedPrompt prompt = report.Prompt;
        JsonLine.Write(output, new
        {
            @event = "prompt",
            prompt.Problem,
            prompt.Text,
            prompt.Tokens,
            prompt.StopTokens,
            prompt.VocabularySize,
            prompt.MedianTokens,
            prompt.At99Tokens,
            report.Data.LongestPrompt,
            Context = context,
            recipe.Sampling.MaxNewTokens,
        });
        foreach (ProbeOutcome probe in report.Probes)
        {
            JsonLine.Write(output, new { @event = "probe", probe.Name, probe.What, probe.Expected, probe.Tried, probe.Passed, probe.Example });
        }

        if (report.Samples is { } samples)
        {
            JsonLine.Write(output, new
            {
                @event = "samples",
                samples.Groups,
                samples.GroupSize,
                samples.Samples,
                TruncatedShare = samples.Truncated.Estimate,
                TruncatedShareInterval = EvaluationEvent.Ends(samples.Truncated),
                SolveRate = samples.SolveRate.Estimate,
                SolveRateInterval = EvaluationEvent.Ends(samples.SolveRate),
                AllNegativeShare = samples.AllNegative.Estimate,
                AllNegativeShareInterval = EvaluationEvent.Ends(samples.AllNegative),
                SignalShare = samples.Signal.Estimate,
                SignalShareInterval = EvaluationEvent.Ends(samples.Signal),
                PlacedShare = samples.Placed?.Estimate,
                PlacedShareInterval = samples.Placed is { } placed ? EvaluationEvent.Ends(placed) : null,
                samples.UndecidedShare,
                samples.MeanCompletionTokens,
                samples.LogProbDifference,
                samples.SecondsPerStep,
                samples.TotalSeconds,
            });
        }

        foreach (CheckFinding finding in report.Findings)
        {
            JsonLine.Write(output, new { @event = "finding", finding.Name, finding.Refuses, finding.Message, finding.Key, finding.Try });
        }

        JsonLine.Write(output, new
        {
            @event = "end",
            Recipe = recipe.Name,
            Refusals = report.Refusals.Count(),
            Warnings = report.Findings.Count - report.Refusals.Count(),
            MemoryBytes = memory.Total,
        });
    }

    private static void WriteText(TextWriter output, Recipe recipe, CheckReport report, MemoryPlan memory, int context)
    {
        void Line(string name, string figure) => output.WriteLine($"{name,-NameWidth} {figure}");

        RenderedPrompt prompt = report.Prompt;
        output.WriteLine($"{Escaped.Line(recipe.Name, LongestName)}: {recipe.Method.Name}. The prompt of {Escaped.Line(prompt.Problem, LongestName)}:");
        foreach (string line in prompt.Text.Split('\n'))
        {
            output.WriteLine($"  | {line}");
        }

        Line("stop tokens", prompt.StopTokens.Count == 0 ? "none" : string.Join(", ", prompt.StopTokens.Select(stop => $"{stop.Id} ⟦{stop.Text}⟧")));
        Line("prompt tokens", $"median {prompt.MedianTokens}, 99th percentile {prompt.At99Tokens}, longest {report.Data.LongestPrompt}");
        Line("context", $"{context} tokens; at most {recipe.Sampling.MaxNewTokens} of a completion");
        output.WriteLine(report.Data.ToString());
        foreach (ProbeOutcome probe in report.Probes)
        {
            string word = probe.Expected switch { ProbeExpectation.Pass => "should", ProbeExpectation.Fail => "should not", _ => "may" };
            Line($"probe {probe.Name}", $"passes on {probe.Passed} of {probe.Tried}, {word}: {probe.What}");
        }

        WriteSamples(Line, report.Samples, stored: recipe.Data.Rollouts is not null);
        Line("memory", memory.ToString());
        foreach (CheckFinding finding in report.Findings.Where(finding => !finding.Refuses))
        {
            output.WriteLine(Escaped.Line($"Warning: {finding}", LongestLine));
        }

        if (report.Findings.Count == 0)
        {
            output.WriteLine("Nothing stands against this run.");
        }
    }

    private static void WriteSamples(Action<string, string> line, CheckedSamples? samples, bool stored)
    {
        if (samples is null)
        {
            return;
        }

        line(
            stored ? "taken" : "sampled",
            $"{Counted.Of(samples.Groups, "group")} of {samples.GroupSize}, {samples.MeanCompletionTokens:0.0} tokens on average");
        line("truncated", Figures.Percent(samples.Truncated));
        line("solve rate", Figures.Percent(samples.SolveRate));
        line("undecided", Figures.Percent(samples.UndecidedShare));
        line("all-negative groups", $"{Figures.Percent(samples.AllNegative)}{(stored ? "" : " expected")}");
        line("groups with signal", Figures.Percent(samples.Signal));
        if (samples.Placed is { } placed)
        {
            line("placed by the judge", $"{Figures.Percent(placed)} of wrong answers");
        }

        string compared = stored ? "those that ratios start from and the trainer's" : "sampler and trainer";
        line("log-probabilities", samples.LogProbDifference == 0
            ? $"{compared} agree bit for bit"
            : $"{compared} differ by up to {samples.LogProbDifference:0.0e+0}");
        line("time", $"about {samples.SecondsPerStep:0.0} s a step, {Figures.Time(samples.TotalSeconds)} in all");
    }
}

using System.CommandLine;
using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Evaluation.Judges;
using Stepwise.Judging;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Tasks;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Cli.Commands;

/// <summary><c>stepwise judge</c>: measures a judge against people's labels.</summary>
internal static class JudgeCommand
{
    // A judge that asks a model bounds by itself what it asks at once.
    private const int AtOnce = 16;

    /// <summary>Which entries of the file: rules are chosen on one half and reported on the other.</summary>
    private enum Part
    {
        /// <summary>Every entry.</summary>
        All,

        /// <summary>Entries 0, 2, 4, …</summary>
        Development,

        /// <summary>Entries 1, 3, 5, …</summary>
        Report,
    }

    public static Command Create()
    {
        Argument<string> traces = new("traces") { Description = "Labelled solutions: a file in ProcessBench's format.", HelpName = "file" };
        JudgedTask asked = new();
        Option<string?> solutions = new("--solutions")
        {
            Description = "The problems with reference solutions, a file in GSM8K's format (default: the judge sees none).",
            HelpName = "file",
        };
        Option<Part?> part = CommonOptions.ChoiceIfGiven(
            "--half", "Entries with even (development) or odd (report) index; default all.",
            new Dictionary<string, Part>(StringComparer.Ordinal)
            {
                ["all"] = Part.All, ["development"] = Part.Development, ["report"] = Part.Report,
            });
        Option<string?> against = new("--against")
        {
            Description = "What --json printed of another judge on these traces: how far the two agree.", HelpName = "file",
        };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        CliCommand command = new(
            "judge",
            "Measure a judge on solutions of which people marked the first wrong step.",
            """
            stepwise judge processbench/gsm8k.json --solutions gsm8k/test.jsonl --half report
            stepwise judge processbench/gsm8k.json --judge none --json
            """)
        {
            traces, asked.Recipe.Path, asked.Judge, asked.Recipe.Set, asked.Recipe.Seed, solutions, part, against, threads, json,
        };
        command.Subcommands.Add(JudgeTrainCommand.Create());
        command.Subcommands.Add(ColourCommand.Create());
        command.Subcommands.Add(NoiseCommand.Create());
        command.SetAction(async (parsed, cancellationToken) =>
        {
            LabelledTrace[] read = Read(parsed.GetRequiredValue(traces), parsed.GetValue(solutions), parsed.GetValue(part) ?? Part.All);
            IReadOnlyDictionary<string, int?>? other = parsed.GetValue(against) is { } path ? JudgedFile.Read(path) : null;
            (ITask task, IStepJudge judge) = JudgedTask.Create(asked.Load(parsed), parsed.GetValue(threads));
            using IDisposable? heldByTask = task as IDisposable;
            using IDisposable? heldByJudge = judge as IDisposable;
            await RunAsync(read, task, judge, other, parsed.GetValue(json), Terminal.Of(parsed), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static LabelledTrace[] Read(string traces, string? solutions, Part part)
    {
        LabelledTrace[] read =
        [
            .. LabelledTrace.Read(traces, solutions is null ? [] : Gsm8k.Read(solutions, Split.Test))
                .Where((_, i) => part == Part.All || (i % 2 == 0) == (part == Part.Development)),
        ];
        return read.Length > 0 ? read : throw new InputException($"{traces}: that half of the file has no entries.");
    }

    private static async Task RunAsync(
        LabelledTrace[] traces, ITask task, IStepJudge judge, IReadOnlyDictionary<string, int?>? other, bool json, Terminal terminal,
        CancellationToken cancellationToken)
    {
        int done = 0;
        using WorkDisplay? work = json ? null : new(terminal, "Judgements") { Total = 2 * traces.Length };
        StepJudgement[] beginnings = await JudgeAsync(trace => trace.RightBeginning, judged: null).ConfigureAwait(false);
        long started = Stopwatch.GetTimestamp();
        StepJudgement[] whole = await JudgeAsync(
            trace => trace.Steps, json ? (trace, judgement) => JudgeReport.WriteJson(terminal.Output, trace, judgement) : null).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        JudgeReport report = new(judge.Name, [.. traces.Zip(whole)], beginnings.Count(j => j.Outcome == JudgementOutcome.ErrorFound), seconds, other);
        work?.Dispose();
        if (json)
        {
            report.WriteEnd(terminal.Output);
        }
        else
        {
            report.WriteText(terminal.Output);
        }

        // Tells of judgements in the order of the traces, each as soon as those before it are there.
        async Task<StepJudgement[]> JudgeAsync(
            Func<LabelledTrace, IReadOnlyList<ReasoningStep>> steps, Action<LabelledTrace, StepJudgement>? judged)
        {
            StepJudgement?[] judgements = new StepJudgement?[traces.Length];
            Lock telling = new();
            int told = 0;
            await Parallel.ForAsync(
                0, traces.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (i, stop) =>
                {
                    judgements[i] = await traces[i].JudgeAsync(task, judge, steps(traces[i]), stop).ConfigureAwait(false);
                    work?.Report(Interlocked.Increment(ref done));
                    lock (telling)
                    {
                        for (; told < traces.Length && judgements[told] is { } next; told++)
                        {
                            judged?.Invoke(traces[told], next);
                        }
                    }
                }).ConfigureAwait(false);
            return [.. judgements.OfType<StepJudgement>()];
        }
    }
}

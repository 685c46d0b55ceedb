using System.Diagnostics;
using Stepwise.Cli.Display;
using Stepwise.Comparisons;
using Stepwise.Recipes;
using Stepwise.Training;

namespace Stepwise.Cli.Commands;

/// <summary>Shows a comparison's progress and keeps its report up to date; called from several threads.</summary>
internal sealed class CompareDisplay
{
    private readonly ComparisonPlan _plan;
    private readonly CompareFolder _folder;
    private readonly bool _json;
    private readonly Terminal _terminal;
    private readonly List<ComparedRun> _runs;
    private readonly List<string> _failures = [];
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly int _total;
    private int _done;
    private long _unneeded;
    private long _worked;
    private WorkDisplay? _work;

    public CompareDisplay(ComparisonPlan plan, CompareFolder folder, bool json, Terminal terminal)
    {
        _plan = plan;
        _folder = folder;
        _json = json;
        _terminal = terminal;
        _total = plan.Planned.Count * plan.Seeds;
        _runs = [.. plan.Variants.SelectMany(v => v.Finished)];
    }

    /// <summary>The finished runs.</summary>
    public IReadOnlyList<ComparedRun> Runs => _runs;

    /// <summary>What a run is to do: sampled tokens where they end it, or else training steps.</summary>
    private long WorkPerRun => _plan.Tokens ?? _plan.Planned[0].Recipe.Training.Steps;

    /// <summary>The work of the runs that were not finished earlier; of those that ended what they did.</summary>
    private long WorkToDo => (_total * WorkPerRun) - _unneeded;

    /// <summary>Shows the comparison while it goes on, and its report at the end.</summary>
    /// <param name="compare">Carries it out.</param>
    /// <param name="more">Shows what there is to say beside: as JSON before the last line, for people after the table.</param>
    /// <exception cref="RunException">Runs failed.</exception>
    public async Task FollowAsync(Func<Task> compare, Action more)
    {
        try
        {
            using WorkDisplay? work = _work = _json ? null : new(_terminal, _plan.Tokens is null ? "Training steps" : "Sampled tokens");
            await compare().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _terminal.Error.WriteLine(
                $"Stopped with {_done} of {_total} runs finished. Go on with the same command and --out {_folder.Path}");
            throw;
        }

        End(more);
    }

    /// <summary>A run begins; what its problems are like is shown once for all runs of which it is the same.</summary>
    public void OnData(DataReport data)
    {
        string text = data.ToString();
        lock (_told)
        {
            if (!_told.Add(text))
            {
                return;
            }

            if (_json)
            {
                JsonLine.Write(_terminal.Output, DataEvent.Of(data));
            }
            else
            {
                _terminal.Output.WriteLine(text);
            }
        }
    }

    /// <summary>A training step of one of the runs ended.</summary>
    public void OnStep(StepReport report)
    {
        long worked = Interlocked.Add(ref _worked, _plan.Tokens is null ? 1 : report.Ledger.Tokens);
        _work?.Report(worked, WorkToDo);
    }

    /// <summary>A run ended.</summary>
    public void OnOutcome(ComparisonOutcome outcome)
    {
        lock (_told)
        {
            Show(outcome);
        }
    }

    private void Show(ComparisonOutcome outcome)
    {
        string name = $"{outcome.Run.Variant}, seed {outcome.Run.Recipe.Seed}";
        if (outcome.Result is not { } result)
        {
            _failures.Add($"{name}: {outcome.Failure}");
            _terminal.Error.WriteLine($"{name} failed: {outcome.Failure}");
            if (_json)
            {
                JsonLine.Write(_terminal.Output, new { @event = "failure", outcome.Run.Variant, outcome.Run.Recipe.Seed, outcome.Failure });
            }

            return;
        }

        _runs.Add(result);
        _done++;
        _unneeded += WorkPerRun;
        if (!outcome.Earlier)
        {
            _unneeded -= _plan.Tokens is null ? result.Evaluations[^1].Step : result.Evaluations[^1].Tokens;
            WriteReport();
        }

        if (_json)
        {
            JsonLine.Write(_terminal.Output, new
            {
                @event = "run",
                result.Variant,
                result.Seed,
                outcome.Earlier,
                result.Seconds,
                evaluations = result.Evaluations.Select(e => new
                {
                    e.Step,
                    e.Tokens,
                    solveRate = e.Result.SolveRate.Estimate,
                    interval = EvaluationEvent.Ends(e.Result.SolveRate),
                }),
            });
        }
        else
        {
            _terminal.Output.WriteLine($"[{_done}/{_total}] {name}: {Summary(result)}{(outcome.Earlier ? " (finished earlier)" : TimeLeft())}");
        }
    }

    /// <summary>Writes the report so far; what cannot be written now must not stop the runs, and is tried again after each.</summary>
    private void WriteReport()
    {
        try
        {
            _folder.Write(new CompareReport(_plan, _runs));
        }
        catch (RunException error)
        {
            _terminal.Error.WriteLine($"Warning: {error.Message}");
        }
    }

    private static string Summary(ComparedRun run) =>
        $"{Figures.Percent(run.Evaluations[0].Result.SolveRate.Estimate)} before, "
        + $"{Figures.Percent(run.Evaluations[^1].Result.SolveRate.Estimate)} after, " + Figures.Time(TimeSpan.FromSeconds(run.Seconds));

    /// <summary>What is left, at the rate of work since the start.</summary>
    private string TimeLeft()
    {
        long worked = Volatile.Read(ref _worked), left = WorkToDo - worked;
        return left <= 0 ? "" : $"; about {Figures.Time(Stopwatch.GetElapsedTime(_started).TotalSeconds * left / worked)} left";
    }

    private void End(Action more)
    {
        CompareReport report = new(_plan, _runs);
        _folder.Write(report);
        if (_json)
        {
            more();
            JsonLine.Write(_terminal.Output, new { @event = "end", comparison = report.ToFigures(), folder = _folder.Path });
        }
        else
        {
            _terminal.Output.WriteLine();
            _terminal.Output.Write(report.ToMarkdown());
            _terminal.Output.WriteLine($"\nWritten to {_folder.Path}");
            more();
        }

        if (_failures.Count > 0)
        {
            throw new RunException(
                $"{_failures.Count} of {_total} runs failed and are left out of the report. {string.Join(' ', _failures)} "
                + "Started again with the same --out, the comparison tries them again.");
        }
    }
}

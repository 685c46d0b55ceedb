using Stepwise.Engine.Kernels;
using Stepwise.Evaluation;
using Stepwise.Recipes;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Statistics;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>A run as JSON lines: an object per training step, evaluation and warning, and one at the end (docs/json.md).</summary>
internal sealed class JsonDisplay(Recipe recipe, RunFolder folder, TextWriter output) : IRunDisplay
{
    private readonly SilentSteps _silent = new(recipe);
    private readonly CutOffSteps _cutOff = new();

    public Task<RunResult> FollowAsync(Func<Task<RunResult>> run) => run();

    public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        JsonLine.Write(output, StepEvent.Of(report));
        Warn(report.Step, _silent.OnStep(report));
        Warn(report.Step, _cutOff.OnStep(report));
        return ValueTask.CompletedTask;
    }

    public void OnData(DataReport data) => JsonLine.Write(output, DataEvent.Of(data));

    public void OnEvaluation(int step, EvaluationResult result) =>
        JsonLine.Write(output, EvaluationEvent.Of(step, result, recipe.EvaluationSampling));

    public void OnProgress(RunProgress progress)
    {
        // A step's line tells enough.
    }

    public void End(RunResult result)
    {
        int last = result.SolveRates[^1].Step;
        Warn(last, _silent.End());
        JsonLine.Write(output, new
        {
            @event = "end",
            SolveRateBefore = result.SolveRateBefore.Estimate,
            SolveRateAfter = result.SolveRateAfter.Estimate,
            SolveRateInterval = EvaluationEvent.Ends(result.SolveRateAfter),
            GreedySolveRateBefore = Greedy(result, 0)?.Estimate,
            GreedySolveRateAfter = Greedy(result, last)?.Estimate,
            GreedySolveRateInterval = Greedy(result, last) is { } greedy ? EvaluationEvent.Ends(greedy) : null,
            Steps = last,
            result.Seconds,
            result.TokensPerSecond,
            VectorBits = VectorWidth.Bits,
            Run = folder.Path,
            Recipe = recipe.Name,
            Method = recipe.Method.Name,
            recipe.Seed,
            result.Judge,
            Evaluations = result.SolveRates.Select(e => new
            {
                e.Step,
                SolveRate = e.SolveRate.Estimate,
                Interval = EvaluationEvent.Ends(e.SolveRate),
                GreedySolveRate = Greedy(result, e.Step)?.Estimate,
            }),
        });
    }

    /// <summary>The greedy solve rate after a step; <see langword="null"/> if it was found before the run was resumed.</summary>
    private static Interval? Greedy(RunResult result, int step) =>
        result.Evaluations.Where(e => e.Step == step).Select(e => (Interval?)e.Result.Greedy).FirstOrDefault();

    private void Warn(int step, string? warning)
    {
        if (warning is not null)
        {
            JsonLine.Write(output, new { @event = "warning", step, message = warning });
        }
    }
}

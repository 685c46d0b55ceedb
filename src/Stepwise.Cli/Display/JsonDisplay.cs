using Stepwise.Engine.Kernels;
using Stepwise.Evaluation;
using Stepwise.Rollouts;
using Stepwise.Runs;
using Stepwise.Training;

namespace Stepwise.Cli.Display;

/// <summary>A run as JSON lines: an object per training step, and one at the end.</summary>
internal sealed class JsonDisplay(Recipe recipe, RunFolder folder, TextWriter output) : IRunDisplay
{
    public Task<RunResult> FollowAsync(Func<Task<RunResult>> run) => run();

    public ValueTask OnStepAsync(StepReport report, IReadOnlyList<Group> groups, CancellationToken cancellationToken)
    {
        JsonLine.Write(output, new
        {
            @event = "step",
            report.Step,
            report.Steps,
            Reward = report.MeanReward,
            report.SolveRate,
            report.Ledger.AllNegativeShare,
            report.Ledger.FlatShare,
            report.Ledger.DeadGroupShare,
            report.Ledger.SignalTokenShare,
            report.GradientNorm,
            report.UpdateNorm,
            report.LearningRate,
            report.Loss,
            report.Entropy,
            report.Kl,
            report.ClippedLowShare,
            report.ClippedHighShare,
            report.MeanCompletionTokens,
            report.SampledTokens,
            report.TrainedTokens,
            report.SampledTokensPerSecond,
            report.TrainedTokensPerSecond,
            Seconds = new
            {
                Total = report.Times.Total.TotalSeconds,
                Sample = report.Times.Sample.TotalSeconds,
                Verify = report.Times.Verify.TotalSeconds,
                Judge = report.Times.Judge.TotalSeconds,
                Reference = report.Times.Reference.TotalSeconds,
                Update = report.Times.Update.TotalSeconds,
                Other = report.Times.Other.TotalSeconds,
            },
            report.Ledger,
        });
        return ValueTask.CompletedTask;
    }

    public void OnEvaluation(int step, EvaluationResult result)
    {
        // All evaluations are in the last object: a reader needs to know two kinds of line only.
    }

    public void OnProgress(RunProgress progress)
    {
        // A step's line tells enough.
    }

    public void End(RunResult result) => JsonLine.Write(output, new
    {
        @event = "end",
        SolveRateBefore = result.SolveRateBefore.Estimate,
        SolveRateAfter = result.SolveRateAfter.Estimate,
        SolveRateInterval = (double[])[result.SolveRateAfter.Low, result.SolveRateAfter.High],
        Steps = recipe.Training.Steps,
        result.Seconds,
        result.TokensPerSecond,
        VectorBits = VectorWidth.Bits,
        Run = folder.Path,
        Recipe = recipe.Name,
        Method = recipe.Method.Name,
        recipe.Seed,
        Evaluations = result.SolveRates.Select(e => new
        {
            e.Step,
            SolveRate = e.SolveRate.Estimate,
            Interval = (double[])[e.SolveRate.Low, e.SolveRate.High],
        }),
    });
}

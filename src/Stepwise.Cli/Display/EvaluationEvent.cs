using Stepwise.Evaluation;
using Stepwise.Policies;
using Stepwise.Statistics;

namespace Stepwise.Cli.Display;

/// <summary>An evaluation as JSON.</summary>
internal static class EvaluationEvent
{
    /// <param name="step">Training steps done before; <see langword="null"/> where nothing is trained.</param>
    /// <param name="result">What was found.</param>
    /// <param name="sampling">How completions were drawn.</param>
    public static object Of(int? step, EvaluationResult result, SamplingOptions sampling) => new
    {
        @event = "evaluation",
        Step = step,
        SolveRate = result.SolveRate.Estimate,
        SolveRateInterval = Ends(result.SolveRate),
        GreedySolveRate = result.Greedy.Estimate,
        GreedySolveRateInterval = Ends(result.Greedy),
        PassAtK = result.PassAtK.Select(p => new { p.K, p.Rate }),
        result.AllNegativeShare,
        result.MeanCompletionTokens,
        result.TruncatedShare,
        result.UndecidedShare,
        result.Problems,
        result.Samples,
        Sampling = sampling,
    };

    public static double[] Ends(Interval interval) => [interval.Low, interval.High];
}

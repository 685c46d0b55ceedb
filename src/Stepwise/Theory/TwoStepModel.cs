using Stepwise.Methods.Advantages;
using Stepwise.Methods.Rewards;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;
using Stepwise.Statistics;

namespace Stepwise.Theory;

/// <summary>A method the two-step model is solved for.</summary>
public enum TwoStepMethod
{
    /// <summary>Reward 1 for (2,2), else 0.</summary>
    Grpo,

    /// <summary>Reward 1 for (2,2), 1/2 for (2,1), 0 for (1,1).</summary>
    Sgpo,
}

/// <summary>The policy of the two-step model.</summary>
/// <param name="P">p, the probability of action 2 at the first step.</param>
/// <param name="Q">q, the probability of action 2 at the second step.</param>
public readonly record struct TwoStepPolicy(double P, double Q)
{
    /// <summary>p·q, the probability of a right answer.</summary>
    public double PQ => P * Q;
}

/// <summary>A mean over independent runs and its 95 % interval mean ± half width (Student's t).</summary>
/// <param name="Mean">The mean.</param>
/// <param name="HalfWidth">Half the interval's width.</param>
public readonly record struct TwoStepEstimate(double Mean, double HalfWidth)
{
    /// <summary>Whether a value lies in the interval.</summary>
    /// <param name="value">The value.</param>
    public bool Contains(double value) => Math.Abs(value - Mean) <= HalfWidth;
}

/// <summary>The simulated policy after an update.</summary>
/// <param name="P">p.</param>
/// <param name="Q">q.</param>
/// <param name="PQ">p·q.</param>
public readonly record struct TwoStepEstimates(TwoStepEstimate P, TwoStepEstimate Q, TwoStepEstimate PQ);

/// <summary>
/// The exact model of the SGPO paper: two steps with actions 1 and 2, first step right with probability p, second (if reached) with q.
/// Responses are (1,1), (2,1) and (2,2); only (2,2) is right. Groups of two, no clipping, standardised advantages ±1, softmax logits.
/// </summary>
/// <remarks>Source: arXiv 2505.11595 §3 and theorem 3.3.</remarks>
public static class TwoStepModel
{
    /// <summary>H, the steps of a response.</summary>
    private const int Horizon = 2;

    /// <summary>
    /// Undoes the divisor n − 1: of two rewards that differ, the sample deviation makes advantages ±1/√2, the model's ±1. What the 10⁻⁴
    /// of <see cref="GroupAdvantage"/> takes away, at most 3 · 10⁻⁴ of an update, stays.
    /// </summary>
    private static readonly double AdvantageUnit = Math.Sqrt(2.0);

    /// <summary>
    /// The expected updates in closed form, with logit steps
    /// <code>GRPO: Δp = η·p(1−p)q, Δq = η·pq(1−q);   SGPO: Δp = η·p(1−p), Δq = η·p²q(1−q);   p ← σ(logit p + Δp)</code>
    /// </summary>
    /// <param name="method">Whose rewards.</param>
    /// <param name="updates">Number of updates, at least 0.</param>
    /// <param name="start">The policy before the first; both in (0, 1); by default p = q = 1/2.</param>
    /// <param name="learningRate">η, above 0.</param>
    /// <returns>The policy before the first update and after each: [updates + 1].</returns>
    public static TwoStepPolicy[] Recursion(
        TwoStepMethod method, int updates, TwoStepPolicy? start = null, double learningRate = 1.0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(updates);
        TwoStepPolicy[] path = new TwoStepPolicy[updates + 1];
        path[0] = start ?? new(0.5, 0.5);
        for (int k = 1; k <= updates; k++)
        {
            (double p, double q) = path[k - 1];
            path[k] = method == TwoStepMethod.Sgpo
                ? Move(path[k - 1], learningRate * p * (1 - p), learningRate * p * p * q * (1 - q))
                : Move(path[k - 1], learningRate * p * (1 - p) * q, learningRate * p * q * (1 - q));
        }

        return path;
    }

    /// <summary>The same by sampling: responses are drawn, rewarded and compared by the code that trains.</summary>
    /// <param name="method">Whose rewards: <see cref="OutcomeReward"/>, or <see cref="SpectralReward"/> with raw RTS.</param>
    /// <param name="updates">Number of updates, at least 0.</param>
    /// <param name="groups">Groups of two per update, at least 1; the means carry a bias of order 1 / groups.</param>
    /// <param name="runs">Independent runs, at least 8.</param>
    /// <param name="seed">Same seed, same numbers.</param>
    /// <param name="start">The policy before the first update; both in (0, 1); by default p = q = 1/2.</param>
    /// <param name="learningRate">η, above 0.</param>
    /// <param name="progress">Told the number of finished runs, from several threads; or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the simulation.</param>
    /// <returns>Mean and interval over the runs before the first update and after each: [updates + 1].</returns>
    public static TwoStepEstimates[] Simulate(
        TwoStepMethod method, int updates, int groups, int runs, ulong seed, TwoStepPolicy? start = null, double learningRate = 1.0,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(updates);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 8);
        IRewardShaper reward = Reward(method);
        GroupAdvantage advantage = new();
        TwoStepPolicy[][] paths = new TwoStepPolicy[runs][];
        int finished = 0;
        Parallel.For(0, runs, new ParallelOptions { CancellationToken = cancellationToken }, run =>
        {
            ulong key = CounterRandom.Key(seed, (ulong)run);
            TwoStepPolicy[] path = new TwoStepPolicy[updates + 1];
            path[0] = start ?? new(0.5, 0.5);
            for (int k = 1; k <= updates; k++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Group[] sampled = Sample(path[k - 1], groups, CounterRandom.Key(key, (ulong)k));
                Array.ForEach(sampled, g => reward.Shape(g, k));
                advantage.Estimate(sampled);
                (double p, double q) = LogitGradient(path[k - 1], sampled);
                double scale = learningRate * AdvantageUnit / groups;
                path[k] = Move(path[k - 1], scale * p, scale * q);
            }

            paths[run] = path;
            progress?.Report(Interlocked.Increment(ref finished));
        });

        return [.. Enumerable.Range(0, updates + 1).Select(k => new TwoStepEstimates(
            Estimate([.. paths.Select(path => path[k].P)]),
            Estimate([.. paths.Select(path => path[k].Q)]),
            Estimate([.. paths.Select(path => path[k].PQ)])))];
    }

    /// <summary>The reward code the model runs through.</summary>
    internal static IRewardShaper Reward(TwoStepMethod method) =>
        method == TwoStepMethod.Sgpo ? new SpectralReward { Shaping = new RawRts() } : new OutcomeReward();

    /// <summary>The response with these actions, verified and judged; a token is a step.</summary>
    internal static Rollout Response(int first, int second)
    {
        bool right = first == 2 && second == 2;
        string text = $"{first}{second}";
        return new Rollout(new Completion([first, second], [0f, 0f], text, [1, 2], FinishReason.Stop))
        {
            Verdict = new Verdict(right ? Correctness.Correct : Correctness.Incorrect, text, ""),
            Steps = [new(0, 1, text[..1]), new(1, 2, text[1..])],
            Judgement = right ? null : StepJudgement.Error(first == 1 ? 1 : 2, Horizon, ""),
        };
    }

    /// <summary>
    /// Σ over the groups of 1/(GH) Σ A·∂log π/∂logit, as logit steps of p and q. The logit of an action pair is the difference of its two
    /// softmax logits, which both move, hence the factor 2.
    /// </summary>
    internal static (double P, double Q) LogitGradient(TwoStepPolicy policy, IReadOnlyList<Group> groups)
    {
        double p = 0.0, q = 0.0;
        foreach (Rollout rollout in groups.SelectMany(g => g.Rollouts))
        {
            int[] actions = rollout.Completion.Tokens;
            p += rollout.Advantages[0] * ((actions[0] == 2 ? 1.0 : 0.0) - policy.P);
            if (actions[0] == 2)
            {
                q += rollout.Advantages[1] * ((actions[1] == 2 ? 1.0 : 0.0) - policy.Q);
            }
        }

        double scale = 2.0 / (2 * Horizon);
        return (scale * p, scale * q);
    }

    internal static Group Pair(Rollout one, Rollout other) => new(new Problem("two-step", "", "22"), [], [one, other]);

    private static Group[] Sample(TwoStepPolicy policy, int groups, ulong key)
    {
        Rollout Draw(int sample)
        {
            ulong position = 2 * (ulong)sample;
            return CounterRandom.Uniform(key, position) >= policy.P ? Response(1, 1)
                : CounterRandom.Uniform(key, position + 1) >= policy.Q ? Response(2, 1)
                : Response(2, 2);
        }

        return [.. Enumerable.Range(0, groups).Select(g => Pair(Draw(2 * g), Draw((2 * g) + 1)))];
    }

    private static TwoStepPolicy Move(TwoStepPolicy policy, double p, double q) => new(Move(policy.P, p), Move(policy.Q, q));

    private static double Move(double probability, double logitStep)
    {
        double odds = probability * Math.Exp(logitStep);
        return odds / (1.0 - probability + odds);
    }

    private static TwoStepEstimate Estimate(double[] values)
    {
        Interval interval = Means.MeanInterval(values);
        return new(interval.Estimate, interval.High - interval.Estimate);
    }
}

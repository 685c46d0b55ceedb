using Stepwise.Problems;

namespace Stepwise.Rollouts;

/// <summary>Samples that a scheme asks for: of which problem, under which prompt, how many.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Slot">Its place among the problems of the training step, from 0.</param>
/// <param name="Samples">How many samples; at least 1.</param>
public sealed record Draw(Problem Problem, int Slot, int Samples)
{
    /// <summary>
    /// Which draw of this problem it is, from 0. A sample's random numbers follow from step, round, problem and sample, so the samples of a
    /// later round are others.
    /// </summary>
    public int Round { get; init; }

    /// <summary>What the policy is asked, where it is not what the task asks: a hint, a draft to refine.</summary>
    public Prompt? Prompt { get; init; }

    /// <summary>The prompt under which the samples are trained, where it is not the one they are drawn under.</summary>
    public Prompt? TrainedPrompt { get; init; }

    /// <summary>
    /// Per sample, the tokens that are given before sampling goes on, empty for none; <see langword="null"/> for none at all.
    /// </summary>
    public IReadOnlyList<int[]>? Prefixes { get; init; }

    /// <summary>Whether the tokens of a prefix train as those that were sampled do.</summary>
    public bool TrainsPrefix { get; init; }

    /// <summary>Whether the judge may be asked about the samples; not where only right ones are of use.</summary>
    public bool IsJudged { get; init; } = true;

    /// <summary>
    /// Whether the samples are helped, by a prefix or by another prompt: they say nothing of how often the policy solves the problem.
    /// </summary>
    /// <param name="sample">The sample, from 0.</param>
    public bool IsGuided(int sample) => Prompt is not null || Prefixes is { } prefixes && prefixes[sample].Length > 0;
}

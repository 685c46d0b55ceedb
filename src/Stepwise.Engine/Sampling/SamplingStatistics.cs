namespace Stepwise.Engine.Sampling;

/// <summary>How the slots of one sampling were used.</summary>
/// <param name="Steps">Decode steps; each computes one row per live sample.</param>
/// <param name="Slots">The most samples that decoded together.</param>
/// <param name="Rows">Rows computed, over all steps.</param>
public readonly record struct SamplingStatistics(long Steps, int Slots, long Rows)
{
    /// <summary>Rows computed before decoding: of prompts, and of prefixes, each once.</summary>
    public long PrefillRows { get; init; }

    /// <summary>
    /// 1 − rows / (steps · slots): the share of slot-steps without a live sample, because none was left to begin. Rows of such slots are
    /// not computed. 0 where no step was.
    /// </summary>
    public double IdleShare => Steps == 0 ? 0 : 1 - ((double)Rows / (Steps * Slots));
}

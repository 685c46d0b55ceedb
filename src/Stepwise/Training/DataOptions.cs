using Stepwise.Options;

namespace Stepwise.Training;

/// <summary>Which stored groups are trained on.</summary>
public enum StoredGroupKind
{
    /// <summary>All.</summary>
    All,

    /// <summary>Those of which every decided answer is wrong.</summary>
    Negative,

    /// <summary>Those with a right answer.</summary>
    Positive,
}

/// <summary>The policy that the importance ratios of stored rollouts compare with.</summary>
public enum StoredRatio
{
    /// <summary>The policy at the start of the run, which scores the rollouts once: the clip range then bounds how far they may take it.</summary>
    Start,

    /// <summary>The policy that sampled it, by the log-probabilities of the file.</summary>
    Sampler,

    /// <summary>
    /// The policy at the start of each training step: a ratio begins at 1, as if the rollout had been sampled there, and nothing bounds how far the
    /// same rollouts take it.
    /// </summary>
    Current,
}

/// <summary>Stored rollouts to train on in place of sampled ones.</summary>
public sealed record DataOptions : IChecked
{
    /// <summary>Full path of a file of rollouts; <see langword="null"/> samples.</summary>
    [PathKey("stored rollouts to train on instead of sampling, JSON lines", None = "none")]
    public string? Rollouts { get; init; }

    /// <summary>Which of their groups train.</summary>
    [Key("stored groups that train, by the verdicts of the file: all, those all wrong, those with a right answer")]
    public StoredGroupKind Groups { get; init; } = StoredGroupKind.All;

    /// <summary>What importance ratios compare with.</summary>
    [Key("policy that importance ratios of stored rollouts compare with: as at the run's start, the file's logProbs, or as at each step")]
    public StoredRatio Ratio { get; init; } = StoredRatio.Start;

    /// <inheritdoc/>
    public void Check()
    {
        if (Rollouts is not null && RegularFile.Fault(Rollouts) is { } fault)
        {
            throw new OptionException(nameof(Rollouts), $" names {Rollouts}, {fault}.");
        }
    }
}

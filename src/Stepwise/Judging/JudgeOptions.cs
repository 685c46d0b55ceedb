using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Judging;

/// <summary>What a judge is made for: the task's judge and reference solutions, and what a judge that is a model runs on.</summary>
/// <param name="OfTask">The judge that comes with the task.</param>
public sealed record JudgeSetting(IStepJudge OfTask)
{
    /// <summary>A problem's reference solution as the task writes it, or <see langword="null"/> where it has none.</summary>
    public Func<Problem, string?> Reference { get; init; } = problem => problem.Solution;

    /// <summary>What a problem's reference solution derives; none where there is none.</summary>
    public Func<Problem, IReadOnlyList<Milestone>> Milestones { get; init; } = _ => [];

    /// <summary>
    /// Loads a model to read, the judge's to dispose; its argument is the path of one. <see langword="null"/> where no engine is at hand.
    /// </summary>
    public Func<string, IPolicy>? OpenModel { get; init; }

    /// <summary>The policy that is trained, its caller's to dispose; <see langword="null"/> where nothing is trained.</summary>
    public IPolicy? Policy { get; init; }

    /// <summary>The folder in which the judge may keep what it paid for; <see langword="null"/> keeps nothing on disk.</summary>
    public string? Folder { get; init; }
}

/// <summary>A step judge as a recipe names it: its settings, and the judge that they make.</summary>
public abstract record JudgeOptions
{
    /// <summary>Full path of the model that the judge loads beside the policy; <see langword="null"/> where it loads none.</summary>
    public virtual string? Loads => null;

    /// <summary>The judge; one that holds something is <see cref="IDisposable"/>, and what made it disposes of it.</summary>
    /// <param name="setting">What it is made for.</param>
    /// <exception cref="InputException">What it needs is not to be had.</exception>
    public abstract IStepJudge Create(JudgeSetting setting);
}

/// <summary>The judge that comes with the task.</summary>
public sealed record TaskJudgeOptions : JudgeOptions
{
    /// <inheritdoc/>
    public override IStepJudge Create(JudgeSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return setting.OfTask;
    }
}

/// <summary>No judge, whatever the task brings: a method that asks one is refused.</summary>
public sealed record NoJudgeOptions : JudgeOptions
{
    /// <inheritdoc/>
    public override IStepJudge Create(JudgeSetting setting) => NoJudge.Chosen;
}

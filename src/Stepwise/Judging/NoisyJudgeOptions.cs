using Stepwise.Options;

namespace Stepwise.Judging;

/// <summary>The settings of <see cref="NoisyJudge"/>; the rates are of what the task's judge says, and add up to at most 1.</summary>
public sealed record NoisyJudgeOptions : JudgeOptions, IChecked
{
    /// <summary>How often an error is not seen: no error. Of responses that have one.</summary>
    [Key("how often the judge misses the error and finds none", Unit = "share", Low = 0, High = 1)]
    public double Miss { get; init; }

    /// <summary>
    /// How often a right step is blamed: one before the error, each as likely. Of responses that have one: where step 1 is the first error, it is named as it
    /// is, and the judgement is right.
    /// </summary>
    [Key(
        "how often the judge blames a right step before the error, of responses that have one: an error in step 1 is named as it is",
        Unit = "share", Low = 0, High = 1)]
    public double FalseAlarm { get; init; }

    /// <summary>How often another step near the error is named, at most <see cref="ShiftSteps"/> away.</summary>
    [Key("how often the judge names a step near the error", Unit = "share", Low = 0, High = 1)]
    public double Shift { get; init; }

    /// <summary>How far a step near the error is from it at most; at least 1.</summary>
    [Key("how far such a step is from the error at most", Unit = "steps", Low = 1, High = 1000)]
    public int ShiftSteps { get; init; } = 2;

    /// <summary>How often nothing is said.</summary>
    [Key("how often the judge says nothing", Unit = "share", Low = 0, High = 1)]
    public double Abstain { get; init; }

    /// <summary>How often the judge is asked; the first error that most answers name is it.</summary>
    [Key("independent answers about each response; the first error that most of them name is it", Unit = "votes", Low = 1, High = 100)]
    public int Votes { get; init; } = 1;

    /// <inheritdoc/>
    public override IStepJudge Create(JudgeSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        return setting.OfTask is NoJudge ? setting.OfTask : new NoisyJudge(setting.OfTask, this);
    }

    /// <inheritdoc/>
    public void Check()
    {
        if (Miss + FalseAlarm + Shift + Abstain > 1 + 1e-9)
        {
            throw new OptionException(
                nameof(Miss), ", judge.falseAlarm, judge.shift and judge.abstain are shares of one whole and add up to more than 1. Lower them.");
        }
    }
}

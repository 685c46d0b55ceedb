namespace Stepwise.Judging;

/// <summary>A step judge as a recipe names it: its settings, and the judge that they make.</summary>
public abstract record JudgeOptions
{
    /// <summary>The judge.</summary>
    /// <param name="ofTask">The judge that comes with the task.</param>
    public abstract IStepJudge Create(IStepJudge ofTask);
}

/// <summary>The judge that comes with the task.</summary>
public sealed record TaskJudgeOptions : JudgeOptions
{
    /// <inheritdoc/>
    public override IStepJudge Create(IStepJudge ofTask) => ofTask;
}

/// <summary>No judge, whatever the task brings: a method that asks one is refused.</summary>
public sealed record NoJudgeOptions : JudgeOptions
{
    /// <inheritdoc/>
    public override IStepJudge Create(IStepJudge ofTask) => NoJudge.Instance;
}

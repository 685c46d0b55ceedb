using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Judging.Trained;

/// <summary>A judge that was trained by <c>stepwise judge train</c>.</summary>
public sealed record TrainedJudgeOptions : JudgeOptions, IChecked
{
    /// <summary>Full path of the folder of the trained judge.</summary>
    [PathKey("the trained judge: the folder that stepwise judge train wrote")]
    public string Model { get; init; } = "";

    /// <summary>The probability that the judge's likeliest word must reach for it to be said; 0 says all. In [0, 1).</summary>
    [Key("probability that its word must reach; with less it is no judgement", Low = 0, High = 1, BelowHigh = true)]
    public double Confidence { get; init; }

    /// <summary>Whether the task's judge is asked first, and the trained one where that cannot say.</summary>
    [Key("ask the task's judge first, and the trained one where that cannot say")]
    public bool AfterTask { get; init; }

    /// <inheritdoc/>
    public override string? Loads => Model;

    /// <inheritdoc/>
    public override IStepJudge Create(JudgeSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        if (AfterTask && setting.OfTask is NoJudge)
        {
            throw new InputException("judge.afterTask is true, and the task has no judge; set it to false.");
        }

        Func<string, IPolicy> open = setting.OpenModel
            ?? throw new InputException("judge.kind is trained, and there is no engine here to run the judge's model; take another judge.");
        TrainedJudgeFile file = TrainedJudgeFile.Read(Model);
        IPolicy model = open(Model);
        try
        {
            int width = new StepReader(model, file.Reads).Width;
            if (width != file.Head.Width)
            {
                throw new InputException(
                    $"{Model}: the head reads {file.Head.Width} numbers of a step, and the model gives {width}; copy the whole folder anew.");
            }

            TrainedJudge judge = new(model, file, setting.Reference, Confidence);
            return AfterTask ? new JudgeInTurn(setting.OfTask, judge) : judge;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Check()
    {
        if (Model.Length == 0)
        {
            throw new OptionException(nameof(Model), " is not set; give the folder of a trained judge (stepwise judge train).");
        }

        if (!File.Exists(Path.Combine(Model, TrainedJudgeFile.Name)))
        {
            throw new OptionException(nameof(Model), $" names {Model}, which has no {TrainedJudgeFile.Name}; give the folder of a trained judge.");
        }
    }
}

using Stepwise.Reasoning;

namespace Stepwise.Cli.Display;

/// <summary>Words for what is known of a rollout.</summary>
internal static class RolloutText
{
    /// <summary>Where a judge found the first error; empty where none was asked.</summary>
    public static string FirstError(StepJudgement? judgement) => judgement switch
    {
        null => "",
        { Outcome: JudgementOutcome.ErrorFound } => $"{judgement.FirstError} of {judgement.Steps}",
        { Outcome: JudgementOutcome.NoError } => $"none of {judgement.Steps}",
        _ => "no judgement",
    };
}

using Stepwise.Options;
using Stepwise.Reasoning;

namespace Stepwise.Methods.Rewards;

/// <summary>
/// The share of the steps before the first error, <c>(h − 1) / D</c> (the paper). It can be gamed by padding where a judge lets idle steps pass.
/// </summary>
[Formula("(h − 1) / D")]
public sealed record StepShare : IRtsMeasure
{
    /// <summary>D, what the right prefix is measured by.</summary>
    [Part<RtsDenominatorCatalog>("denominator", "RTS by steps divides by the response's (the paper) or at least the reference's")]
    public IRtsDenominator Denominator { get; init; } = new ResponseSteps();

    /// <inheritdoc/>
    public (IReadOnlyList<double?> Rts, bool ByProgress) Of(IReadOnlyList<JudgedAnswer> answers) => ([.. answers.Select(Of)], false);

    private double? Of(JudgedAnswer answer)
    {
        if (answer.Judgement is not { Outcome: not JudgementOutcome.NoJudgement } judgement)
        {
            return null;
        }

        int denominator = Denominator.Of(judgement.Steps, answer.ReferenceSteps);
        return denominator == 0 ? 0.0 : (judgement.FirstError - 1) / (double)denominator;
    }
}

using Stepwise.Judging.Paid;

namespace Stepwise.Judging.Models;

/// <summary>
/// The policy as its own judge, with its weights at the time: it is asked between sampling and the update, and as random numbers belong to the question that
/// is asked, judging changes no sample.
/// </summary>
public sealed record SelfJudgeOptions : ModelJudgeOptions
{
    /// <inheritdoc/>
    public override IStepJudge Create(JudgeSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        if (setting.Policy is not { } policy)
        {
            throw new InputException("judge.kind is self, and no policy is trained here that could judge. Take judge.kind: local, and name the model.");
        }

        // Its weights change from step to step: what it answered is no answer of the next step's.
        JudgeLedger ledger = new(new JudgeBudget());
        return Judge("self", new BudgetedModel(new LocalModel(policy, "self", owned: false), new JudgeBudget(), ledger), setting, ledger, usesPolicy: true);
    }
}

using Stepwise.Files;
using Stepwise.Judging.Paid;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Judging.Models;

/// <summary>A judge that is a language model on this machine: the same protocol, over the project's own engine.</summary>
public sealed record LocalJudgeOptions : ModelJudgeOptions
{
    /// <summary>Full path of the model.</summary>
    [PolicyKey($"the model that judges: {PolicyPath.Allowed}")]
    public string Model { get; init; } = "";

    /// <inheritdoc/>
    public override string? Loads => PolicyPath.Resolve(Model);

    /// <inheritdoc/>
    public override void Check()
    {
        base.Check();
        if (Model.Length == 0)
        {
            throw new OptionException(nameof(Model), $" is not set; give {PolicyPath.Allowed}.");
        }
    }

    /// <inheritdoc/>
    public override IStepJudge Create(JudgeSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        Func<string, IPolicy> open = setting.OpenModel
            ?? throw new InputException("judge.kind is local, and no engine is at hand to load judge.model. Run it with the program stepwise.");
        string path = Loads!;
        JudgeLedger ledger = new(new JudgeBudget());
        AnswerCache cache = AnswerCache.Open(CachePath(setting));
        try
        {
            (long calls, long tokensIn, long tokensOut) = cache.Paid;
            ledger.Pay(calls, tokensIn, tokensOut);
            LocalModel model = new(open(path), LocalModel.IdentityOf(path));
            return Judge("local", new KeptModel(new BudgetedModel(model, new JudgeBudget(), ledger), cache, ledger), setting, ledger);
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }
}

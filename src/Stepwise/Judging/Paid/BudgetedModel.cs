using Stepwise.Judging.Models;

namespace Stepwise.Judging.Paid;

/// <summary>Asks a model while its budget lasts, and books what it costs.</summary>
internal sealed class BudgetedModel(IChatModel model, JudgeBudget budget, JudgeLedger ledger) : WrappedModel(model)
{
    private readonly Lock _lock = new();
    private int _open;

    /// <inheritdoc/>
    public override async ValueTask<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (budget.Reached(ledger.Spending, _open) is { } bound)
            {
                throw new ChatException($"the judge's budget is spent: judge.budget.{bound}");
            }

            _open++;
        }

        ChatAnswer? answer = null;
        try
        {
            return answer = await Model.AskAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatException)
        {
            ledger.Fail();
            throw;
        }
        finally
        {
            lock (_lock)
            {
                _open--;
                if (answer is not null)
                {
                    ledger.Pay(1, answer.TokensIn, answer.TokensOut);
                }
            }
        }
    }
}

using System.Globalization;

namespace Stepwise.Judging.Paid;

/// <summary>What a judge that is a language model was asked, and what that cost.</summary>
/// <param name="Calls">Answers that were paid for, those of earlier runs with the same cache among them.</param>
/// <param name="TokensIn">Tokens that they read.</param>
/// <param name="TokensOut">Tokens that they wrote.</param>
/// <param name="Money">What that came to, by the recipe's prices.</param>
/// <param name="Kept">Questions that were answered from the cache.</param>
/// <param name="Retries">Times that a question was put again after a failure.</param>
/// <param name="Failures">Questions that got no answer in the end.</param>
public sealed record JudgeSpending(long Calls, long TokensIn, long TokensOut, double Money, long Kept = 0, long Retries = 0, long Failures = 0)
{
    /// <summary>In one line, for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Calls} calls paid, {TokensIn} tokens in, {TokensOut} out, {Money:0.####} in money, {Kept} answers from the cache, {Retries} retries, "
        + $"{Failures} failures");
}

/// <summary>A judge that keeps a ledger of what it cost.</summary>
public interface IJudgeLedger
{
    /// <summary>What it cost so far.</summary>
    JudgeSpending Spending { get; }
}

/// <summary>Adds up what a judge costs; from any thread.</summary>
/// <param name="budget">The prices, and what may be spent.</param>
internal sealed class JudgeLedger(JudgeBudget budget)
{
    private readonly Lock _lock = new();
    private JudgeSpending _spending = new(0, 0, 0, 0);

    /// <summary>What was spent so far.</summary>
    public JudgeSpending Spending
    {
        get
        {
            lock (_lock)
            {
                return _spending;
            }
        }
    }

    /// <summary>Answers were paid for.</summary>
    public void Pay(long calls, long tokensIn, long tokensOut) => Change(s => s with
    {
        Calls = s.Calls + calls,
        TokensIn = s.TokensIn + tokensIn,
        TokensOut = s.TokensOut + tokensOut,
        Money = budget.Price(s.TokensIn + tokensIn, s.TokensOut + tokensOut),
    });

    /// <summary>A question was answered from the cache.</summary>
    public void Keep() => Change(s => s with { Kept = s.Kept + 1 });

    /// <summary>A question is put again.</summary>
    public void Retry() => Change(s => s with { Retries = s.Retries + 1 });

    /// <summary>A question got no answer.</summary>
    public void Fail() => Change(s => s with { Failures = s.Failures + 1 });

    private void Change(Func<JudgeSpending, JudgeSpending> change)
    {
        lock (_lock)
        {
            _spending = change(_spending);
        }
    }
}

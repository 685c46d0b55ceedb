using Stepwise.Options;

namespace Stepwise.Judging.Paid;

/// <summary>What a judge may spend, all runs that share its cache together. Then it is asked no more, and training goes on without judgements.</summary>
/// <remarks>Tokens and money are known once an answer is there: as many answers as are waited for at once can come on top.</remarks>
public sealed record JudgeBudget : IChecked
{
    private const double Million = 1e6;

    /// <summary>The most answers; <see langword="null"/> for no bound.</summary>
    [Key("most answers that are paid for", Unit = "calls", Low = 0)]
    public int? Calls { get; init; }

    /// <summary>The most tokens, read and written; <see langword="null"/> for no bound.</summary>
    [Key("most tokens that are read and written", Unit = "tokens", Low = 0, High = 1e15)]
    public double? Tokens { get; init; }

    /// <summary>The most money, in the currency of the prices; <see langword="null"/> for no bound.</summary>
    [Key("most money, in the currency of the prices", Low = 0, High = 1e9)]
    public double? Money { get; init; }

    /// <summary>The price of a million tokens read.</summary>
    [Key("price of a million tokens read", Low = 0, High = 1e6)]
    public double PriceIn { get; init; }

    /// <summary>The price of a million tokens written.</summary>
    [Key("price of a million tokens written", Low = 0, High = 1e6)]
    public double PriceOut { get; init; }

    /// <summary>What tokens cost.</summary>
    /// <param name="tokensIn">Tokens read.</param>
    /// <param name="tokensOut">Tokens written.</param>
    public double Price(long tokensIn, long tokensOut) => ((tokensIn * PriceIn) + (tokensOut * PriceOut)) / Million;

    /// <inheritdoc/>
    public void Check()
    {
        if (Money is not null && PriceIn + PriceOut == 0)
        {
            throw new OptionException(
                nameof(Money), $" is {Money}, and the prices are 0: set judge.budget.priceIn and judge.budget.priceOut, per million tokens.");
        }
    }

    /// <summary>Which bound is reached, in words; <see langword="null"/> for none.</summary>
    /// <param name="spent">What was spent.</param>
    /// <param name="open">Calls that are waited for.</param>
    internal string? Reached(JudgeSpending spent, int open) =>
        spent.Calls + open >= Calls ? $"calls {Calls}"
        : spent.TokensIn + spent.TokensOut >= Tokens ? $"tokens {Tokens}"
        : spent.Money >= Money ? $"money {Money}"
        : null;
}

using Stepwise.Methods;
using Stepwise.Methods.Losses;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

/// <summary>What holds for every loss of the catalog.</summary>
public sealed class EveryLossTests
{
    /// <summary>Those whose on-policy gradient is another: a trace spreads it, a shape weighs it, and pairs and scores read no advantage.</summary>
    private static readonly string[] OfTheirOwn = ["traced", "token-shaped", "disco", "rebel", "dpo", "ipo"];

    private static readonly string[] WithoutAdvantages = ["disco", "rebel", "dpo", "ipo"];

    public static TheoryData<string> Names() => [.. LossCatalog.Entries.Select(loss => loss.Name)];

    public static TheoryData<string> Reinforcing() => [.. LossCatalog.Entries.Select(loss => loss.Name).Except(OfTheirOwn, StringComparer.Ordinal)];

    public static TheoryData<string> OfAdvantages() =>
        [.. LossCatalog.Entries.Select(loss => loss.Name).Except(WithoutAdvantages, StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Reinforcing))]
    public void Evaluate_OnPolicy_HasTheGradientOfReinforce(string name)
    {
        LossCase c = Case(7);
        c.LogProbs.CopyTo(c.Old, 0);
        ILoss loss = Loss(name);
        loss = loss is LambdaGrpo learned ? learned with { Inner = new Grpo() } : loss;

        double[] gradient = c.Evaluate(loss).Gradient;

        // −A times the weight of the token: of a sequence's mean, 1 / (sequences · trained tokens of this one).
        for (int i = 0; i + 1 < c.Offsets.Length; i++)
        {
            int trained = c.Mask[c.Offsets[i]..c.Offsets[i + 1]].Count(m => m);
            for (int t = c.Offsets[i]; t < c.Offsets[i + 1]; t++)
            {
                gradient[t].ShouldBe(c.Mask[t] ? -c.Advantages[t] / (trained * (c.Offsets.Length - 1)) : 0, 1e-14);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_MaskedTokens_AreNeverRead(string name)
    {
        LossCase plain = Case(8), spoilt = Case(8);
        for (int t = 0; t < plain.Mask.Length; t++)
        {
            if (!plain.Mask[t])
            {
                spoilt.LogProbs[t] = spoilt.Old[t] = spoilt.Reference[t] = spoilt.Advantages[t] = double.NaN;
            }
        }

        (double loss, double[] gradient, _) = plain.Evaluate(Loss(name));
        (double loss2, double[] gradient2, _) = spoilt.Evaluate(Loss(name));

        (loss2, double.IsFinite(loss2)).ShouldBe((loss, true));
        gradient2.ShouldBe(gradient);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_MaskedTokens_GetExactlyZero(string name)
    {
        LossCase c = Case(8);

        double[] gradient = c.Evaluate(Loss(name)).Gradient;

        gradient.Where((_, t) => !c.Mask[t]).ShouldAllBe(g => g == 0);
        gradient.Where((_, t) => c.Mask[t]).ShouldContain(g => g != 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_NoTrainedToken_IsZero(string name)
    {
        LossCase c = Case(8);
        Array.Clear(c.Mask);

        (double loss, double[] gradient, _) = c.Evaluate(Loss(name), totals: new BatchTotals(4, 17, 16));

        loss.ShouldBe(0);
        gradient.ShouldAllBe(g => g == 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_OneResponse_IsFinite(string name)
    {
        LossCase whole = Case(8);
        LossCase one = new()
        {
            Offsets = [0, 4], LogProbs = whole.LogProbs[..4], Old = whole.Old[..4], Reference = whole.Reference[..4], Advantages = whole.Advantages[..4],
            Mask = [true, true, true, true], Facts = whole.Facts[..1],
        };

        (double loss, double[] gradient, _) = one.Evaluate(Loss(name));

        double.IsFinite(loss).ShouldBeTrue();
        gradient.ShouldAllBe(g => double.IsFinite(g));
    }

    [Theory]
    [MemberData(nameof(OfAdvantages))]
    public void Evaluate_NoAdvantage_HasNeitherValueNorGradient(string name)
    {
        LossCase c = Case(9);
        Array.Clear(c.Advantages);

        (double loss, double[] gradient, _) = c.Evaluate(Loss(name));

        loss.ShouldBe(0);
        gradient.ShouldAllBe(g => g == 0);
    }

    private static ILoss Loss(string name) =>
        (ILoss)LossCatalog.Entries.Single(loss => string.Equals(loss.Name, name, StringComparison.Ordinal)).Part;

    /// <summary>Random numbers, with one advantage for each sequence.</summary>
    private static LossCase Case(ulong seed)
    {
        LossCase c = LossCase.Random(seed);
        for (int i = 0; i + 1 < c.Offsets.Length; i++)
        {
            Array.Fill(c.Advantages, c.Advantages[c.Offsets[i]], c.Offsets[i], c.Offsets[i + 1] - c.Offsets[i]);
        }

        return c;
    }
}

using Stepwise.Methods;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

/// <summary>What holds for every loss of the catalog.</summary>
public sealed class EveryLossTests
{
    public static TheoryData<string> Names() => [.. LossCatalog.Entries.Select(loss => loss.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_OnPolicy_HasTheGradientOfReinforce(string name)
    {
        LossCase c = Case(7);
        c.LogProbs.CopyTo(c.Old, 0);

        double[] gradient = c.Evaluate(Loss(name)).Gradient;

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
                spoilt.LogProbs[t] = spoilt.Old[t] = spoilt.Advantages[t] = double.NaN;
            }
        }

        (double loss, double[] gradient, _) = plain.Evaluate(Loss(name));
        (double loss2, double[] gradient2, _) = spoilt.Evaluate(Loss(name));

        (loss2, double.IsFinite(loss2)).ShouldBe((loss, true));
        gradient2.ShouldBe(gradient);
    }

    [Theory]
    [MemberData(nameof(Names))]
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

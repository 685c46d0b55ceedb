using Stepwise.Engine.Sampling;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Sampling;

/// <summary>
/// A draw depends on one uniform number, so stepping it over a grid shows the whole distribution: a token of probability p is drawn at
/// p of the points, give or take one.
/// </summary>
public sealed class TokenSamplerTests
{
    private const int Grid = 20_000;

    // softmax = 0.4, 0.3, 0.15, 0.1, 0.05, 0 in mixed order
    private static readonly double[] Probabilities = [0.1, 0.4, 0.05, 0, 0.3, 0.15];

    [Fact]
    public void Draw_NoFilter_TheSoftmaxInOrderOfIds()
    {
        double[] drawn = Distribution(new SamplingOptions(), Probabilities);
        ShouldMatch(drawn, Probabilities);
        Draw(new SamplingOptions(), Probabilities, 0).ShouldBe(0);
        Draw(new SamplingOptions(), Probabilities, 0.11).ShouldBe(1);
        Draw(new SamplingOptions(), Probabilities, 0.51).ShouldBe(2);
        Draw(new SamplingOptions(), Probabilities, 0.86).ShouldBe(5);
        Draw(new SamplingOptions(), Probabilities, Math.BitDecrement(1.0)).ShouldBe(5);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2.0)]
    public void Draw_Temperature_ProbabilitiesToItsInversePower(double temperature)
    {
        double[] powers = [.. Probabilities.Select(p => Math.Pow(p, 1 / temperature))];
        ShouldMatch(Distribution(new SamplingOptions { Temperature = temperature }, Probabilities), powers);
    }

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 1, 4 })]
    [InlineData(4, new[] { 0, 1, 4, 5 })]
    [InlineData(99, new[] { 0, 1, 2, 4, 5 })]
    public void Draw_TopK_TheMostLikelyRenormalised(int k, int[] kept) =>
        ShouldMatch(Distribution(new SamplingOptions { TopK = k }, Probabilities), Kept(kept));

    [Theory]
    [InlineData(0.01, new[] { 1 })]
    [InlineData(0.39, new[] { 1 })]
    [InlineData(0.41, new[] { 1, 4 })]
    [InlineData(0.69, new[] { 1, 4 })]
    [InlineData(0.75, new[] { 1, 4, 5 })]
    [InlineData(0.96, new[] { 0, 1, 2, 4, 5 })]
    public void Draw_TopP_TheSmallestSetThatReachesIt(double p, int[] kept) =>
        ShouldMatch(Distribution(new SamplingOptions { TopP = p }, Probabilities), Kept(kept));

    [Theory]
    [InlineData(0.99, new[] { 1 })]
    [InlineData(0.7, new[] { 1, 4 })]
    [InlineData(0.3, new[] { 1, 4, 5 })]
    [InlineData(0.01, new[] { 0, 1, 2, 4, 5 })]
    public void Draw_MinP_ThoseAtLeastThatShareOfTheLikeliest(double share, int[] kept) =>
        ShouldMatch(Distribution(new SamplingOptions { MinP = share }, Probabilities), Kept(kept));

    [Fact]
    public void Draw_AllFilters_EachOnWhatTheLastOneLeft()
    {
        // Top-k leaves 0.4, 0.3, 0.15, 0.1 of 0.95; top-p 0.89 then needs 0.85 / 0.95 = 0.895; min-p 0.5 drops 0.15.
        SamplingOptions options = new() { TopK = 4, TopP = 0.89 };
        ShouldMatch(Distribution(options, Probabilities), Kept(1, 4, 5));
        ShouldMatch(Distribution(options with { MinP = 0.5 }, Probabilities), Kept(1, 4));
    }

    [Fact]
    public void Draw_EqualProbabilities_TopKAndGreedyTakeTheLowestIds()
    {
        double[] equal = [0.2, 0.2, 0.2, 0.2, 0.2];
        ShouldMatch(Distribution(new SamplingOptions { TopK = 2 }, equal), [1, 1, 0, 0, 0]);
        Draw(new SamplingOptions { Temperature = 0 }, equal, 0.9).ShouldBe(0);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void Draw_TemperatureZero_TheLargestLogitWhateverElseIsSet(double uniform) =>
        Draw(new SamplingOptions { Temperature = 0, TopK = 3, TopP = 0.5 }, Probabilities, uniform).ShouldBe(1);

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(700)]
    public void Draw_VocabularyOfSeveralBlocks_EveryTokenItsShare(int vocabulary)
    {
        double[] weights = [.. Enumerable.Range(0, vocabulary).Select(v => v % 50 == 7 ? 0 : 0.5 + CounterRandom.Uniform(3, (ulong)v))];
        double total = weights.Sum();
        double[] probabilities = [.. weights.Select(w => w / total)];
        ShouldMatch(Distribution(new SamplingOptions(), probabilities), probabilities);
    }

    [Fact]
    public void Draw_LargeLogits_StaysFinite()
    {
        TokenSampler sampler = new(new SamplingOptions(), 3);
        sampler.Draw([90f, 2f, -2f], 90f, 0.999999).ShouldBe(0);
        sampler.Draw([-1e4f, -1e4f, float.NegativeInfinity], -1e4f + MathF.Log(2), 0.999999).ShouldBe(1);
    }

    /// <summary>Few distinct probabilities, so that many are equal, or as many as there are tokens; against a sort of the whole vocabulary.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(17, 4)]
    [InlineData(300, 6)]
    [InlineData(300, 1000)]
    [InlineData(1031, 1000)]
    public void Draw_AnyFilters_AsIfTheWholeVocabularyWereSorted(int vocabulary, int levels)
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            float[] logits = [.. Enumerable.Range(0, vocabulary).Select(v => (float)(5.0 / levels * CounterRandom.Integer(seed, (ulong)v, levels)))];
            logits[CounterRandom.Integer(seed, 5000, vocabulary)] = float.NegativeInfinity;
            logits[0] = 1;
            SamplingOptions options = new()
            {
                Temperature = 1 + CounterRandom.Uniform(seed, 5001),
                TopK = CounterRandom.Integer(seed, 5002, 2) * (1 + CounterRandom.Integer(seed, 5003, vocabulary + 3)),
                TopP = CounterRandom.Integer(seed, 5004, 2) == 0 ? 1 : 0.01 + (0.98 * CounterRandom.Uniform(seed, 5005)),
                MinP = CounterRandom.Integer(seed, 5006, 2) == 0 ? 0 : CounterRandom.Uniform(seed, 5007),
            };
            float logSumExp = (float)Math.Log(logits.Sum(l => Math.Exp(l / options.Temperature)));
            (int Token, double Weight)[] kept = Sorted(options, logits, logSumExp);
            TokenSampler sampler = new(options, vocabulary);
            double total = kept.Sum(k => k.Weight), before = 0;
            foreach ((int token, double weight) in options is { TopK: 0, TopP: 1, MinP: 0 } ? kept.OrderBy(k => k.Token) : kept.AsEnumerable())
            {
                // The middle of the token's share of the unit interval.
                sampler.Draw(logits, logSumExp, (before + (weight / 2)) / total).ShouldBe(token, $"seed {seed}: {options}");
                before += weight;
            }
        }
    }

    [Fact]
    public void Draw_Filtered_AllocatesNothing()
    {
        TokenSampler sampler = new(new SamplingOptions { TopK = 40, TopP = 0.9, MinP = 0.01 }, 1000);
        float[] logits = [.. Enumerable.Range(0, 1000).Select(v => (float)(5 * CounterRandom.Uniform(1, (ulong)v)))];
        float logSumExp = (float)Math.Log(logits.Sum(l => Math.Exp(l)));
        sampler.Draw(logits, logSumExp, 0.5);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            sampler.Draw(logits, logSumExp, i / 20.0);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    /// <summary>The filters' plain twin: all tokens by falling probability, then ids; cut by top-k, top-p, min-p.</summary>
    private static (int Token, double Weight)[] Sorted(SamplingOptions options, float[] logits, float logSumExp)
    {
        (int Token, double Weight)[] all = [.. logits
            .Select((logit, v) => (v, Math.Exp((logit / options.Temperature) - logSumExp))).Where(t => t.Item2 > 0)
            .OrderByDescending(t => logits[t.v]).ThenBy(t => t.v)];
        (int Token, double Weight)[] kept = options.TopK > 0 ? [.. all.Take(options.TopK)] : all;
        double enough = options.TopP * kept.Sum(t => t.Weight), cumulative = 0;
        kept = options.TopP < 1 ? [.. kept.TakeWhile(t => (cumulative += t.Weight) - t.Weight < enough)] : kept;
        return [.. kept.TakeWhile((t, i) => i == 0 || t.Weight >= options.MinP * kept[0].Weight)];
    }

    private static double[] Kept(params int[] ids) => [.. Probabilities.Select((p, v) => ids.Contains(v) ? p : 0)];

    private static int Draw(SamplingOptions options, double[] probabilities, double uniform) =>
        Sampler(options, probabilities)(uniform);

    private static double[] Distribution(SamplingOptions options, double[] probabilities)
    {
        Func<double, int> draw = Sampler(options, probabilities);
        double[] counts = new double[probabilities.Length];
        for (int i = 0; i < Grid; i++)
        {
            counts[draw((i + 0.5) / Grid)]++;
        }

        return [.. counts.Select(c => c / Grid)];
    }

    private static Func<double, int> Sampler(SamplingOptions options, double[] probabilities)
    {
        // Logits need not be normalised: shifted by 3.
        float[] logits = [.. probabilities.Select(p => (float)(3 + Math.Log(p)))];
        double temperature = options.Temperature == 0 ? 1 : options.Temperature;
        float logSumExp = (float)Math.Log(logits.Sum(l => Math.Exp(l / temperature)));
        TokenSampler sampler = new(options, logits.Length);
        return uniform => sampler.Draw(logits, logSumExp, uniform);
    }

    private static void ShouldMatch(double[] drawn, double[] weights)
    {
        double total = weights.Sum();
        for (int v = 0; v < drawn.Length; v++)
        {
            drawn[v].ShouldBe(weights[v] / total, 1.01 / Grid, $"token {v}");
            (drawn[v] > 0).ShouldBe(weights[v] > 0, $"token {v}");
        }
    }
}

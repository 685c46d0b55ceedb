using System.Text.Json;
using Stepwise.Methods.Losses;
using Stepwise.Metrics;
using Stepwise.Policies;

namespace Stepwise.Tests.Methods.Losses;

/// <summary>Values, gradients and metrics against TRL's, in double.</summary>
public sealed class GoldenLossTests
{
    private const int Expected = 58;

    [Fact]
    public void Evaluate_EveryCase_EqualsTheReference()
    {
        int covered = 0;
        double worstValue = 0.0, worstGradient = 0.0;
        foreach (string line in File.ReadLines(SharedFolder.Require("golden", "losses.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            SurrogateLoss loss = LossOf(root.GetProperty("settings"));
            covered++;
            LossCase c = Read(root);
            (double value, double[] gradient, LossMetrics metrics) = c.Evaluate(loss);
            worstValue = Math.Max(worstValue, Math.Abs(value - root.GetProperty("loss").GetDouble()));
            double[] expected = Flat(root.GetProperty("gradient"));
            worstGradient = Math.Max(worstGradient, gradient.Zip(expected, (a, b) => Math.Abs(a - b)).Max());
            if (loss is Cispo)
            {
                double clipped = root.GetProperty("metrics").GetProperty("cispo_clip_ratio").GetDouble();
                metrics.Means.Find(Cispo.CappedShare).ShouldNotBeNull().ShouldBe(clipped, 1e-9);
            }
            else if (loss is Grpo { OffPolicyThreshold: null })
            {
                // Elsewhere the reference counts completions, or tokens without surrogate.
                CheckMetrics(root.GetProperty("metrics"), metrics);
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{covered} cases covered; largest difference: value {worstValue:e1}, gradient {worstGradient:e1}");
        covered.ShouldBe(Expected);
        worstValue.ShouldBeLessThan(1e-9);
        worstGradient.ShouldBeLessThan(1e-9);
    }

    private static void CheckMetrics(JsonElement expected, LossMetrics metrics)
    {
        metrics.Means.Find(ClippedLoss.ClippedLowShare).ShouldNotBeNull().ShouldBe(expected.GetProperty("clip_ratio/low_mean").GetDouble(), 1e-9);
        metrics.Means.Find(ClippedLoss.ClippedHighShare).ShouldNotBeNull().ShouldBe(expected.GetProperty("clip_ratio/high_mean").GetDouble(), 1e-9);
        if (expected.TryGetProperty("kl", out JsonElement kl))
        {
            metrics.Means.Find(KlPenalty.Kl).ShouldNotBeNull().ShouldBe(kl.GetDouble(), 1e-9);
        }
    }

    private static SurrogateLoss LossOf(JsonElement settings)
    {
        IAggregation aggregation = settings.GetProperty("loss_type").GetString() switch
        {
            "grpo" or "sapo" => new SequenceMean(),
            "dr_grpo" => new ConstantLength(),
            "luspo" => new SequenceSum(),
            _ => new TokenMean(),
        };

        double beta = settings.GetProperty("beta").GetDouble();
        KlPenalty kl = new(beta) { Weighted = settings.TryGetProperty("use_bias_correction_kl", out _) };
        double high = settings.GetProperty("epsilon_high").GetDouble();
        bool sequence = settings.GetProperty("importance_sampling_level").ValueEquals("sequence");
        ClippedLoss clipped = sequence ? new Gspo() : new Grpo();
        SurrogateLoss loss = settings.GetProperty("loss_type").GetString() switch
        {
            "sapo" => new Sapo { WholeCompletion = sequence },
            "vespo" => new Vespo(),
            "cispo" => new Cispo { RatioCap = high },
            _ => clipped with
            {
                ClipLow = settings.GetProperty("epsilon_low").GetDouble(),
                ClipHigh = high,
                RatioCap = OrNone(settings, "delta"),
                OffPolicyThreshold = OrNone(settings, "off_policy_mask_threshold"),
            },
        };
        return loss with { Aggregation = aggregation, Kl = kl };
    }

    private static double? OrNone(JsonElement settings, string name) =>
        settings.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;

    private static LossCase Read(JsonElement root)
    {
        double[] advantages = [.. root.GetProperty("advantages").EnumerateArray().Select(a => a.GetDouble())];
        int width = root.GetProperty("mask")[0].GetArrayLength();
        return new LossCase
        {
            Offsets = [.. Enumerable.Range(0, advantages.Length + 1).Select(i => i * width)],
            LogProbs = Flat(root.GetProperty("logprobs")),
            Old = Flat(root.GetProperty("old")),
            Reference = Flat(root.GetProperty("ref")),
            Advantages = [.. advantages.SelectMany(a => Enumerable.Repeat(a, width))],
            Mask = [.. Flat(root.GetProperty("mask")).Select(m => m != 0)],
            MaxCompletionTokens = root.GetProperty("settings").GetProperty("max_completion_length").GetInt32(),
        };
    }

    private static double[] Flat(JsonElement rows) =>
        [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(x => x.GetDouble())];
}

using System.Text.Json.Nodes;
using Stepwise.Metrics;
using Stepwise.Options;
using Stepwise.Policies;

namespace Stepwise.Methods.Losses;

/// <summary>
/// A clipped loss whose completions weigh by their lengths, as a learned λ says. With a group's lengths |o_i| in trained tokens, their mean μ and
/// deviation σ (divisor G), and S_i the completion's share of <paramref name="Inner"/>'s loss,
/// <code>h_i = 1 + r·(|o_i| − μ) / (σ + 10⁻⁸),   p = softmax(h^λ),   L = Σ G·p_i·S_i</code>
/// <code>∂L/∂λ = Σ G·p_i·(g_i − Σ_j p_j·g_j)·S_i,   g_i = h_i^λ·ln h_i</code>
/// λ is trained by the same loss: after every optimizer step λ ← λ − η·∂L/∂λ. With λ = 0 it is the inner loss, DAPO's; λ &lt; 0 favours short
/// completions, λ &gt; 0 long ones.
/// </summary>
/// <remarks>
/// λ-GRPO, arXiv 2510.06870, from summaries and a third party's code, which agree. λ is part of the run's state. h is at least 10⁻³, where lengths
/// differ by more than r allows for. Special values are those of the inner loss.
/// </remarks>
/// <param name="Inner">Gives the losses of the completions.</param>
[Formula("h_i = 1 + r·(|o_i| − μ) / (σ + 10⁻⁸), p = softmax(h^λ), L = Σ G·p_i·S_i")]
public sealed record LambdaGrpo([property: Section] Grpo Inner) : ILoss, IStateful
{
    private double _lambda;

    /// <summary>Creates the loss over DAPO's mean over tokens.</summary>
    public LambdaGrpo()
        : this(new Grpo { Aggregation = new TokenMean() })
    {
    }

    /// <summary>λ of the optimizer step.</summary>
    [Metric("learned preference for long completions in the optimizer step", Name = "lengthPreference",
        Reading = "Below 0 short completions weigh more, above 0 long ones; 0 is DAPO's loss.")]
    public static Metric LengthPreference { get; } = Metric.Of<LambdaGrpo>();

    /// <summary>λ's learning rate η; at least 0.</summary>
    [Key("learning rate of the preference for lengths", Low = 0, High = 1e6)]
    public double PreferenceLearningRate { get; init; } = 0.1;

    /// <summary>r, how much a deviation of length is; in [0, 1].</summary>
    [Key("how much one deviation of length changes a completion's standing", Low = 0, High = 1)]
    public double LengthSpread { get; init; } = 1.0 / 9.0;

    /// <summary>λ of the next optimizer step.</summary>
    public double Lambda => _lambda;

    /// <inheritdoc/>
    public LossNeeds Needs => Inner.Needs | LossNeeds.StepLogProbs | (Inner.Needs == LossNeeds.None ? LossNeeds.UnequalGroups : LossNeeds.WholeGroups);

    /// <summary>The loss with the λ of this optimizer step; takes λ's own step.</summary>
    /// <inheritdoc/>
    public ILoss Prepare(TrainingBatch batch, IReadOnlyList<IReadOnlyList<float[]>> logProbs)
    {
        LambdaGrpo prepared = this with { };
        double slope = batch.Groups.Select((group, g) => prepared.SlopeByLambda(group, logProbs[g], batch.Totals)).Sum();
        _lambda -= PreferenceLearningRate * slope;
        return prepared;
    }

    /// <inheritdoc/>
    public double Evaluate(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        metrics.Add(LengthPreference, _lambda, 1);
        double[] shares = Shares(group, gradient, metrics), weights = Weights(group).Values;
        double loss = 0.0;
        for (int i = 0; i < shares.Length; i++)
        {
            loss += weights[i] * shares[i];
            for (int t = group.Offsets[i]; t < group.Offsets[i + 1]; t++)
            {
                gradient[t] *= weights[i];
            }
        }

        return loss;
    }

    /// <inheritdoc/>
    public IStateful Fresh() => this with { _lambda = 0.0 };

    /// <inheritdoc/>
    public JsonObject Save() => new() { ["lambda"] = _lambda };

    /// <inheritdoc/>
    public void Load(JsonObject state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _lambda = state["lambda"] is JsonValue value && value.TryGetValue(out double lambda) && double.IsFinite(lambda)
            ? lambda
            : throw new InputException("the state of the preference for lengths has no finite number lambda.");
    }

    private double SlopeByLambda(TrainingGroup training, IReadOnlyList<float[]> logProbs, BatchTotals totals)
    {
        LossGroup group = training.ToLoss(logProbs, totals);
        double[] shares = Shares(group, new double[group.LogProbs.Length], new LossMetrics());
        return shares.Zip(Weights(group).Slopes, (share, slope) => share * slope).Sum();
    }

    /// <summary>S, and ∂S/∂ℓ.</summary>
    private double[] Shares(in LossGroup group, Span<double> gradient, LossMetrics metrics)
    {
        double[] shares = new double[group.Sequences];
        for (int i = 0; i < shares.Length; i++)
        {
            int start = group.Offsets[i], end = group.Offsets[i + 1];
            shares[i] = Inner.Evaluate(group.Sequence(i), gradient[start..end], metrics);
        }

        return shares;
    }

    private LengthWeights Weights(in LossGroup group)
    {
        int[] lengths = new int[group.Sequences];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = group.Mask[group.Offsets[i]..group.Offsets[i + 1]].Count(value: true);
        }

        return LengthWeights.Of(lengths, LengthSpread, _lambda);
    }
}

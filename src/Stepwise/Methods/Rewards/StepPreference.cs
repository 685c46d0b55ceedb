using System.Text.Json;
using System.Text.Json.Nodes;

namespace Stepwise.Methods.Rewards;

/// <summary>
/// Which of two responses is better, by a small perceptron over <see cref="StepFeatures"/>: with <c>s(φ) = Σ_j v_j tanh(w_j·φ + b_j)</c>,
/// <code>P(y ≻ y′) = σ(s(φ) − s(φ′))</code>
/// </summary>
internal sealed class StepPreference
{
    private const ulong Stream = 0x507265666572;
    private const int PerUnit = StepFeatures.Count + 2;

    // Per unit its weights, its bias, and its weight in the sum.
    private readonly double[] _weights;

    /// <summary>Creates a model with the weights that a seed gives.</summary>
    /// <param name="units">Hidden units; at least 1.</param>
    /// <param name="seed">Decides the weights.</param>
    public StepPreference(int units, ulong seed)
    {
        ulong key = CounterRandom.Key(seed, Stream);
        _weights = [.. Enumerable.Range(0, units * PerUnit).Select(i => CounterRandom.Normal(key, (ulong)i) * (i % PerUnit == PerUnit - 1
            ? 1 / Math.Sqrt(units)
            : 1 / Math.Sqrt(StepFeatures.Count)))];
    }

    /// <summary>Pairs that it learnt from.</summary>
    public long Pairs { get; private set; }

    /// <summary>P(y ≻ y′).</summary>
    /// <param name="better">Features of y.</param>
    /// <param name="worse">Those of y′.</param>
    public double Prefers(double[] better, double[] worse) => Sigmoid(Score(better) - Score(worse));

    /// <summary>Takes steps down the mean of −ln P(right ≻ wrong) over all pairs of a right and a wrong response of one group.</summary>
    /// <param name="groups">Per group the features of its right and of its wrong responses.</param>
    /// <param name="rate">Length of a step; above 0.</param>
    /// <param name="steps">How many.</param>
    public void Learn(IReadOnlyList<(double[][] Right, double[][] Wrong)> groups, double rate, int steps)
    {
        long pairs = groups.Sum(group => (long)group.Right.Length * group.Wrong.Length);
        if (pairs == 0)
        {
            return;
        }

        Pairs += pairs;
        for (int step = 0; step < steps; step++)
        {
            double[] gradient = new double[_weights.Length];
            foreach ((double[][] right, double[][] wrong) in groups)
            {
                double[] ofRight = Array.ConvertAll(right, Score), ofWrong = Array.ConvertAll(wrong, Score);
                for (int r = 0; r < right.Length; r++)
                {
                    AddGradient(right[r], -ofWrong.Sum(other => Sigmoid(other - ofRight[r])) / pairs, gradient);
                }

                for (int w = 0; w < wrong.Length; w++)
                {
                    AddGradient(wrong[w], ofRight.Sum(other => Sigmoid(ofWrong[w] - other)) / pairs, gradient);
                }
            }

            for (int i = 0; i < gradient.Length; i++)
            {
                _weights[i] -= rate * gradient[i];
            }
        }
    }

    /// <summary>The weights, and what was learnt from.</summary>
    public JsonObject Save() => new()
    {
        ["weights"] = new JsonArray([.. _weights.Select(weight => (JsonNode)JsonValue.Create(weight))]), ["pairs"] = Pairs,
    };

    /// <summary>Takes what <see cref="Save"/> gave.</summary>
    /// <param name="state">The state.</param>
    /// <exception cref="InputException">It is none, or that of a model of another size.</exception>
    public void Load(JsonObject state)
    {
        try
        {
            double[]? weights = state["weights"].Deserialize<double[]>();
            long? pairs = state["pairs"].Deserialize<long?>();
            if (weights?.Length != _weights.Length || !Array.TrueForAll(weights, double.IsFinite) || pairs is not >= 0)
            {
                throw new InputException($"the state of the preference model is not {_weights.Length} weights and a number of pairs.");
            }

            weights.CopyTo(_weights, 0);
            Pairs = pairs.Value;
        }
        catch (JsonException error)
        {
            throw new InputException("the state of the preference model is not one that was saved.", error);
        }
    }

    private double Score(double[] features)
    {
        double score = 0;
        for (int unit = 0; unit < _weights.Length; unit += PerUnit)
        {
            score += _weights[unit + PerUnit - 1] * Active(unit, features);
        }

        return score;
    }

    private double Active(int unit, double[] features)
    {
        double sum = _weights[unit + StepFeatures.Count];
        for (int i = 0; i < features.Length; i++)
        {
            sum += _weights[unit + i] * features[i];
        }

        return Math.Tanh(sum);
    }

    /// <summary>Adds a multiple of the score's derivative by the weights.</summary>
    private void AddGradient(double[] features, double scale, double[] gradient)
    {
        for (int unit = 0; unit < _weights.Length; unit += PerUnit)
        {
            double active = Active(unit, features);
            double inner = scale * _weights[unit + PerUnit - 1] * (1 - (active * active));
            for (int i = 0; i < features.Length; i++)
            {
                gradient[unit + i] += inner * features[i];
            }

            gradient[unit + StepFeatures.Count] += inner;
            gradient[unit + PerUnit - 1] += scale * active;
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}

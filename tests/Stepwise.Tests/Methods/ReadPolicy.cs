using Stepwise.Methods;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Tests.Policies;

namespace Stepwise.Tests.Methods;

/// <summary>A policy that can only be read: its hidden state after a sequence is what a function says, and logits are the state times a matrix.</summary>
/// <param name="state">The state after a sequence of tokens, prompt included.</param>
/// <param name="head">The output matrix; [V][C].</param>
internal sealed class ReadPolicy(Func<int[], float[]> state, float[][] head) : SamplingPolicy, IOutputDistribution, IWeightAverage
{
    /// <summary>Log-probability of a token under the average, by its place in its completion.</summary>
    public Func<int[], int, float> Averaged { get; init; } = (_, _) => 0;

    /// <summary>What was asked of the average.</summary>
    public List<ScoreRequest> Scored { get; } = [];

    /// <summary>How the average is kept.</summary>
    public (double Decay, int Every)? Kept { get; private set; }

    public int StateWidth => state([0]).Length;

    public int DistributionWidth => head.Length;

    public PolicyView View => new(this, 1, problem => new TextPrompt(problem.Question));

    public override int[] Encode(Prompt prompt) => [.. ((TextPrompt)prompt).Text.Select(c => (int)c)];

    public ValueTask<IReadOnlyList<float[]>> ReadStatesAsync(IReadOnlyList<StateRequest> requests, CancellationToken cancellationToken = default) =>
        new([.. requests.Select(request => request.Runs.SelectMany(run => run.Positions.SelectMany(position => state(
            [.. run.Parent < 0 ? [] : request.Runs[run.Parent].Tokens, .. run.Tokens[..(position + 1)]]))).ToArray())]);

    public void ReadLogProbs(ReadOnlySpan<float> states, double temperature, Span<float> logProbs)
    {
        for (int row = 0; row < states.Length / StateWidth; row++)
        {
            float[] of = states.Slice(row * StateWidth, StateWidth).ToArray();
            double[] logits = Array.ConvertAll(head, weights => weights.Zip(of, (w, h) => (double)w * h).Sum() / temperature);
            double normaliser = Math.Log(logits.Sum(Math.Exp));
            for (int v = 0; v < logits.Length; v++)
            {
                logProbs[(row * logits.Length) + v] = (float)(logits[v] - normaliser);
            }
        }
    }

    public void KeepAverage(double decay, int every) => Kept = (decay, every);

    public ValueTask<IReadOnlyList<IReadOnlyList<float[]>>> ScoreWithAverageAsync(
        IReadOnlyList<ScoreRequest> requests, double temperature = 1.0, CancellationToken cancellationToken = default)
    {
        Scored.AddRange(requests);
        return new([.. requests.Select(r => r.Completions.Select(tokens => tokens.Select((_, t) => Averaged(tokens, t)).ToArray()).ToArray())]);
    }

    public override ValueTask<IReadOnlyList<IReadOnlyList<Completion>>> SampleAsync(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress = null,
        Action<int, IReadOnlyList<Completion>>? drawn = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<double> AccumulateStatesAsync(
        IReadOnlyList<StateRequest> requests, IStateLoss loss, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}

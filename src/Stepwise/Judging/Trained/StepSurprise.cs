using Stepwise.Policies;

namespace Stepwise.Judging.Trained;

/// <summary>What the head of a trained judge reads of a step.</summary>
public enum HeadInput
{
    /// <summary>The hidden state after it. The model is trained too.</summary>
    States,

    /// <summary>How surprised the model is by it (<see cref="StepSurprise"/>). The model stays as it is.</summary>
    Surprise,

    /// <summary>Both. The model is trained by what goes through its states.</summary>
    Both,
}

/// <summary>
/// How surprised a model is by a step: −Σ log p of its tokens given all before them, in units of 10 nats, apart for tokens that hold a digit and for others.
/// </summary>
/// <remarks>A wrong number is less likely than the right one under a model that can calculate, with no state trained to say so.</remarks>
/// <param name="policy">The model.</param>
public sealed class StepSurprise(IPolicy policy)
{
    /// <summary>Numbers for a step.</summary>
    public const int Width = 2;

    // A step's sum is then of the order of 1, as a hidden state's numbers are.
    private const float Nats = 10;

    // What an untrusted step can say: a head's logit stays finite.
    private const float Most = 1000;

    /// <summary>The surprise at every step of a tree.</summary>
    /// <param name="prompt">The tokens before the first step.</param>
    /// <param name="traces">The tokens of each step of each trace.</param>
    /// <param name="tree">The same as a tree.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>In the order of the tree's states; [states, 2].</returns>
    public async ValueTask<float[]> OfAsync(
        int[] prompt, IReadOnlyList<IReadOnlyList<int[]>> traces, TraceTree tree, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        ArgumentNullException.ThrowIfNull(tree);
        ScoreRequest request = new(prompt, [.. traces.Select(steps => steps.SelectMany(step => step).ToArray())]);
        IReadOnlyList<float[]> logProbs = (await policy.ScoreAsync([request], cancellationToken: cancellationToken).ConfigureAwait(false))[0];
        float[] surprise = new float[tree.Request.States * Width];
        for (int trace = 0; trace < traces.Count; trace++)
        {
            int token = 0;
            for (int step = 0; step < traces[trace].Count; step++)
            {
                int[] tokens = traces[trace][step];
                Add(tokens, logProbs[trace].AsSpan(token, tokens.Length), surprise.AsSpan(tree.States[trace][step] * Width, Width));
                token += tokens.Length;
            }
        }

        return surprise;
    }

    private void Add(int[] tokens, ReadOnlySpan<float> logProbs, Span<float> surprise)
    {
        float digits = 0, others = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            ref float sum = ref policy.Tokenizer.Bytes(tokens[i]).ContainsAnyInRange((byte)'0', (byte)'9') ? ref digits : ref others;
            sum -= logProbs[i] / Nats;
        }

        surprise[0] = Math.Min(digits, Most);
        surprise[1] = Math.Min(others, Most);
    }
}

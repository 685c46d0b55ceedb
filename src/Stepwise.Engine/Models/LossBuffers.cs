using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>Per-target arrays between the head and the loss, kept from batch to batch.</summary>
internal sealed class LossBuffers(int capacity)
{
    /// <summary>What larger buffers have more than is needed, as a share of that, so that the next batch need not enlarge them again.</summary>
    private const int SpareShare = 4;

    private GroupBuffers _group = new(0, 0);

    /// <summary>Trainer log-probability per target.</summary>
    public float[] LogProbs { get; } = new float[capacity];

    /// <summary>∂L/∂ℓ per target.</summary>
    public float[] Gradient { get; } = new float[capacity];

    /// <summary>These buffers, or larger ones.</summary>
    public LossBuffers For(int targets) => targets <= LogProbs.Length ? this : new LossBuffers(WithSpare(targets));

    /// <summary>Evaluates the loss on one group and stores the gradient of its targets.</summary>
    /// <param name="training">The group.</param>
    /// <param name="totals">Denominators of the optimizer step.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="metrics">Receives what the loss counts.</param>
    /// <param name="targets">Which target each trained token of the group is; [trained tokens].</param>
    /// <returns>The group's contribution to the loss.</returns>
    public double Evaluate(TrainingGroup training, BatchTotals totals, ILoss loss, LossMetrics metrics, ReadOnlySpan<int> targets)
    {
        int tokens = 0;
        for (int i = 0; i < training.Sequences.Count; i++)
        {
            tokens += training.Sequences[i].Tokens.Length;
        }

        _group = _group.For(training.Sequences.Count, tokens);
        int trained = 0, n = 0;
        for (int i = 0; i < training.Sequences.Count; i++)
        {
            TrainingSequence sequence = training.Sequences[i];
            _group.Offsets[i] = n;
            _group.Facts[i] = sequence.Facts;
            for (int t = 0; t < sequence.Tokens.Length; t++, n++)
            {
                // The loss reads no log-probability of a masked token; the old one stands in so that its ratio is 1.
                _group.LogProbs[n] = sequence.Mask[t] ? LogProbs[targets[trained++]] : sequence.OldLogProbs[t];
                _group.Old[n] = sequence.OldLogProbs[t];
                _group.Reference[n] = sequence.ReferenceLogProbs is { } reference ? reference[t] : 0;
                _group.Advantages[n] = sequence.Advantages[t];
                _group.Mask[n] = sequence.Mask[t];
            }
        }

        _group.Offsets[training.Sequences.Count] = n;
        LossGroup view = new()
        {
            Offsets = _group.Offsets.AsSpan(0, training.Sequences.Count + 1),
            LogProbs = _group.LogProbs.AsSpan(0, n),
            OldLogProbs = _group.Old.AsSpan(0, n),
            ReferenceLogProbs = training.Sequences[0].ReferenceLogProbs is null ? [] : _group.Reference.AsSpan(0, n),
            Advantages = _group.Advantages.AsSpan(0, n),
            Mask = _group.Mask.AsSpan(0, n),
            Facts = _group.Facts.AsSpan(0, training.Sequences.Count),
            Totals = totals,
        };
        double value = loss.Evaluate(view, _group.Gradient.AsSpan(0, n), metrics);
        foreach (int target in targets)
        {
            // The sum of nothing that changes no bit of what is added, not even the sign of a zero.
            Gradient[target] = -0f;
        }

        trained = 0;
        for (int t = 0; t < n; t++)
        {
            if (_group.Mask[t])
            {
                Gradient[targets[trained++]] += (float)_group.Gradient[t];
            }
        }

        return value;
    }

    private static int WithSpare(int needed) => needed + (needed / SpareShare);

    private sealed class GroupBuffers(int sequences, int tokens)
    {
        public int[] Offsets { get; } = new int[sequences + 1];

        public SequenceFacts[] Facts { get; } = new SequenceFacts[sequences];

        public double[] LogProbs { get; } = new double[tokens];

        public double[] Old { get; } = new double[tokens];

        public double[] Reference { get; } = new double[tokens];

        public double[] Advantages { get; } = new double[tokens];

        public double[] Gradient { get; } = new double[tokens];

        public bool[] Mask { get; } = new bool[tokens];

        public GroupBuffers For(int sequenceCount, int tokenCount) =>
            sequenceCount < Offsets.Length && tokenCount <= LogProbs.Length
                ? this
                : new GroupBuffers(Math.Max(sequenceCount, Offsets.Length), WithSpare(Math.Max(tokenCount, LogProbs.Length)));
    }
}

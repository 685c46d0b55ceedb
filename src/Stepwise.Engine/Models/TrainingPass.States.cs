using Stepwise.Engine.Memory;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <content>Hidden states after the final norm, and the gradient of a loss of them; the output projection is not computed.</content>
internal sealed unsafe partial class TrainingPass
{
    private readonly StateRequest[] _read = new StateRequest[1];

    /// <summary>The states that a request asks; [states, C].</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Stops between two layers.</param>
    public float[] ReadStates(StateRequest request, CancellationToken cancellationToken = default)
    {
        _read[0] = request;
        _packed.Fill(_read);
        Arena arena = Reserve(_packed, _packed.PredictingRows.Length, KeptLayers.OfScoring);
        BatchRows rows = BatchRows.Copy(arena, _packed);
        HeadRows head = _head.Predict(rows, Forward(_packed, rows, arena, cancellationToken), arena);
        return new ReadOnlySpan<float>(head.Normed, checked(rows.TargetCount * _config.Width)).ToArray();
    }

    /// <summary>Adds the gradient of the loss to <paramref name="gradient"/>.</summary>
    /// <param name="requests">What is computed.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="gradient">The flat gradient block.</param>
    /// <param name="cancellationToken">Stops between two layers; the gradient is then undefined.</param>
    /// <returns>The loss, summed over the requests.</returns>
    public double AccumulateStates(
        IReadOnlyList<StateRequest> requests, IStateLoss loss, float* gradient, CancellationToken cancellationToken = default)
    {
        _packed.Fill(requests);
        Arena arena = Reserve(_packed, _packed.PredictingRows.Length, KeptLayers.OfTraining(_config, _recompute));
        BatchRows rows = BatchRows.Copy(arena, _packed);
        HeadRows head = _head.Predict(rows, ForwardKept(_packed, rows, arena, cancellationToken), arena);
        double value = 0;
        for (int r = 0; r < requests.Count; r++)
        {
            int first = checked(_packed.FirstTarget(r) * _config.Width), floats = (_packed.FirstTarget(r + 1) * _config.Width) - first;
            value += loss.Evaluate(r, new(head.Normed + first, floats), new(head.NormedGradient + first, floats));
        }

        float* dx = arena.Take((long)rows.Count * _config.Width);
        new Span<float>(dx, checked(rows.Count * _config.Width)).Clear();
        _head.PredictBackward(rows, head, dx, gradient);
        _backward.Run(_packed, rows, _layers, dx, gradient, arena, cancellationToken);
        return value;
    }
}

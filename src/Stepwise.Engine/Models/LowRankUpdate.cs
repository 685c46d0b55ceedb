using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;

namespace Stepwise.Engine.Models;

/// <summary>
/// The adapters of the matrices that share one multiply: <c>y += s (x Aᵀ) Bᵀ</c>, and its gradient
/// <c>du = s dy B</c>, <c>dA += duᵀ x</c>, <c>dB += s dyᵀ (x Aᵀ)</c>, <c>dx += du A</c>.
/// </summary>
/// <remarks>n adapters of rank r; their A are stacked to one [n r, in], so that x is read once for all. Row by row, as every multiply.</remarks>
internal sealed unsafe class LowRankUpdate
{
    private readonly Adapters _adapters;
    private readonly AdapterParameters[] _parameters;
    private readonly PackedMatrix _down;
    private readonly PackedMatrix _downBackward;
    private readonly (PackedMatrix Forward, PackedMatrix Backward)[] _ups;

    public LowRankUpdate(Adapters adapters, AdapterParameters[] parameters, Owned owner)
    {
        _adapters = adapters;
        _parameters = parameters;
        int width = parameters[0].Down.Shape[1];
        _down = owner.Add(new PackedMatrix(width, StackedRank));
        _downBackward = owner.Add(new PackedMatrix(StackedRank, width));
        _ups = [.. parameters.Select(p => (
            owner.Add(new PackedMatrix(Rank, p.Up.Shape[0])), owner.Add(new PackedMatrix(p.Up.Shape[0], Rank))))];
    }

    /// <summary>n r.</summary>
    private int StackedRank => Rank * _parameters.Length;

    private int Rank => _parameters[0].Down.Shape[0];

    /// <summary>Packs A and B anew.</summary>
    public void Pack()
    {
        float* down = _adapters.At(_parameters[0].Down);
        _down.PackTransposed(_adapters.Workers, down, _down.K);
        _downBackward.Pack(_adapters.Workers, down, _down.K);
        for (int i = 0; i < _ups.Length; i++)
        {
            _ups[i].Forward.PackTransposed(_adapters.Workers, _adapters.At(_parameters[i].Up), Rank);
            _ups[i].Backward.Pack(_adapters.Workers, _adapters.At(_parameters[i].Up), Rank);
        }
    }

    /// <summary>Adds the adapters' part to a multiply's result.</summary>
    /// <param name="x">[rows, in].</param>
    /// <param name="ldx">Floats from row to row of x.</param>
    /// <param name="y">[rows, outputs of the whole multiply].</param>
    /// <param name="ldy">Floats from row to row of y.</param>
    /// <param name="rows">R.</param>
    public void Forward(float* x, int ldx, float* y, int ldy, int rows)
    {
        float* projected = Project(x, ldx, rows);
        for (int i = 0; i < _ups.Length; i++)
        {
            MatMul.Multiply(
                _adapters.Workers, projected + (i * Rank), StackedRank, _ups[i].Forward, y + _parameters[i].Column, ldy, rows,
                accumulate: true);
        }
    }

    /// <summary>Adds the gradients of A and B, and of x.</summary>
    /// <param name="dy">[rows, outputs of the whole multiply].</param>
    /// <param name="lddy">Floats from row to row of dy.</param>
    /// <param name="x">[rows, in].</param>
    /// <param name="ldx">Floats from row to row of x.</param>
    /// <param name="dx">[rows, in], dense; added to.</param>
    /// <param name="rows">R.</param>
    /// <param name="gradient">The flat gradient block of the adapters.</param>
    public void Backward(float* dy, int lddy, float* x, int ldx, float* dx, int rows, float* gradient)
    {
        int width = _down.K;
        float* projected = Project(x, ldx, rows), dProjected = projected + ((nint)rows * StackedRank);
        for (int i = 0; i < _ups.Length; i++)
        {
            AdapterParameters p = _parameters[i];
            MatMul.AccumulateOuter(
                _adapters.Workers, dy + p.Column, lddy, projected + (i * Rank), StackedRank, gradient + p.Up.Offset, Rank, rows,
                p.Up.Shape[0], Rank);
            MatMul.Multiply(_adapters.Workers, dy + p.Column, lddy, _ups[i].Backward, dProjected + (i * Rank), StackedRank, rows);
        }

        Elementwise.Scale(_adapters.Workers, dProjected, _adapters.Scale, (long)rows * StackedRank);
        MatMul.AccumulateOuter(
            _adapters.Workers, dProjected, StackedRank, x, ldx, gradient + _parameters[0].Down.Offset, width, rows, StackedRank, width);
        MatMul.Multiply(_adapters.Workers, dProjected, StackedRank, _downBackward, dx, width, rows, accumulate: true);
    }

    /// <summary>s x Aᵀ; [rows, n r], with room for as much behind it.</summary>
    private float* Project(float* x, int ldx, int rows)
    {
        long size = (long)rows * StackedRank;
        float* projected = _adapters.Scratch(2 * size);
        MatMul.Multiply(_adapters.Workers, x, ldx, _down, projected, StackedRank, rows);
        Elementwise.Scale(_adapters.Workers, projected, _adapters.Scale, size);
        return projected;
    }
}

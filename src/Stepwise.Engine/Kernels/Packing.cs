using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Stepwise.Engine.Kernels;

/// <summary>How the left operand of a product lies in memory, and how its tiles are packed.</summary>
internal unsafe interface IOperand
{
    /// <summary>Packs rows [row, row + rows) and k [k, k + length) as [length, rows].</summary>
    static abstract void Pack(float* source, nint ld, int row, int rows, int k, int length, float* destination);
}

/// <summary>Left operand with its rows in memory: element (row, k) at source[row · ld + k].</summary>
internal readonly unsafe struct RowOperand : IOperand
{
    /// <inheritdoc/>
    public static void Pack(float* source, nint ld, int row, int rows, int k, int length, float* destination)
        => Packing.Transpose(source + (row * ld) + k, ld, rows, length, destination, rows);
}

/// <summary>Left operand with its columns in memory: element (row, k) at source[k · ld + row].</summary>
internal readonly unsafe struct ColumnOperand : IOperand
{
    /// <inheritdoc/>
    public static void Pack(float* source, nint ld, int row, int rows, int k, int length, float* destination)
    {
        float* from = source + (k * ld) + row;
        int i = 0;
        if (rows == Tile512.FullRows)
        {
            // Whole vectors: the next copy overwrites the two floats too many, so all but the last may take them.
            for (; i < length - 1; i++, from += ld, destination += Tile512.FullRows)
            {
                Vector512.Load(from).Store(destination);
            }
        }

        for (; i < length; i++, from += ld, destination += rows)
        {
            Unsafe.CopyBlockUnaligned(destination, from, (uint)rows * sizeof(float));
        }
    }
}

/// <summary>Copies of matrices in the orders that the tiles read.</summary>
internal static unsafe class Packing
{
    /// <summary>Columns of a panel of the right operand.</summary>
    public const int PanelColumns = 32;

    /// <summary>The number of panels for <paramref name="columns"/> columns.</summary>
    public static int Panels(int columns) => (columns + PanelColumns - 1) / PanelColumns;

    /// <summary>destination[c · ldDestination + r] = source[r · ldSource + c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint ldSource, int rows, int columns, float* destination, nint ldDestination)
    {
        int r = 0;
        if (Sse.IsSupported)
        {
            for (; r <= rows - 4; r += 4)
            {
                TransposeFour(source + (r * ldSource), ldSource, columns, destination + r, ldDestination);
            }
        }

        for (; r < rows; r++)
        {
            float* from = source + (r * ldSource);
            float* to = destination + r;
            for (int c = 0; c < columns; c++, to += ldDestination)
            {
                *to = from[c];
            }
        }
    }

    /// <summary>Packs <paramref name="k"/> rows of up to 32 columns as [k, 32], with zeros in the missing columns.</summary>
    public static void CopyPanel(float* source, nint ld, int k, int columns, float* panel)
    {
        for (int i = 0; i < k; i++, source += ld, panel += PanelColumns)
        {
            if (columns == PanelColumns)
            {
                Vector512.Load(source).Store(panel);
                Vector512.Load(source + Lanes.Count).Store(panel + Lanes.Count);
            }
            else
            {
                CopyPadded(source, columns, panel, PanelColumns);
            }
        }
    }

    /// <summary>Packs up to 32 rows of k values as [k, 32], with zeros in the missing columns.</summary>
    public static void TransposePanel(float* source, nint ld, int rows, int k, float* panel)
    {
        if (rows < PanelColumns)
        {
            Unsafe.InitBlockUnaligned(panel, 0, checked((uint)k * PanelColumns * sizeof(float)));
        }

        Transpose(source, ld, rows, k, panel, PanelColumns);
    }

    /// <summary>Copies <paramref name="count"/> floats and zeros the rest of <paramref name="padded"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyPadded(float* source, int count, float* destination, int padded)
    {
        Unsafe.CopyBlockUnaligned(destination, source, (uint)count * sizeof(float));
        if (count < padded)
        {
            Unsafe.InitBlockUnaligned(destination + count, 0, (uint)(padded - count) * sizeof(float));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeFour(float* source, nint ldSource, int columns, float* destination, nint ldDestination)
    {
        float* row1 = source + ldSource;
        float* row2 = row1 + ldSource;
        float* row3 = row2 + ldSource;
        int c = 0;
        for (; c <= columns - 4; c += 4)
        {
            Vector128<float> a = Vector128.Load(source + c);
            Vector128<float> b = Vector128.Load(row1 + c);
            Vector128<float> d = Vector128.Load(row2 + c);
            Vector128<float> e = Vector128.Load(row3 + c);
            Vector128<float> abLow = Sse.UnpackLow(a, b);
            Vector128<float> abHigh = Sse.UnpackHigh(a, b);
            Vector128<float> deLow = Sse.UnpackLow(d, e);
            Vector128<float> deHigh = Sse.UnpackHigh(d, e);
            Sse.MoveLowToHigh(abLow, deLow).Store(destination);
            Sse.MoveHighToLow(deLow, abLow).Store(destination + ldDestination);
            Sse.MoveLowToHigh(abHigh, deHigh).Store(destination + (2 * ldDestination));
            Sse.MoveHighToLow(deHigh, abHigh).Store(destination + (3 * ldDestination));
            destination += 4 * ldDestination;
        }

        for (; c < columns; c++, destination += ldDestination)
        {
            destination[0] = source[c];
            destination[1] = row1[c];
            destination[2] = row2[c];
            destination[3] = row3[c];
        }
    }
}

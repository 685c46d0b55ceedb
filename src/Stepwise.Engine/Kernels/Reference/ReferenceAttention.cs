namespace Stepwise.Engine.Kernels.Reference;

/// <summary>The plain twin of <see cref="Attention"/>, in double precision.</summary>
internal static class ReferenceAttention
{
    /// <summary>Causal attention over packed sequences with shared beginnings; all rows dense. A row sees the last <c>window</c> positions up
    /// to its own.</summary>
    public static void Forward(
        in HeadLayout layout, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, Span<double> output,
        ReadOnlySpan<Segment> segments, double scale, int window)
    {
        foreach (Segment segment in segments)
        {
            for (int row = 0; row < segment.Length; row++)
            {
                for (int head = 0; head < layout.Heads; head++)
                {
                    Row(layout, q, k, v, output, segments, segment, row, head, scale, window);
                }
            }
        }
    }

    private static void Row(
        in HeadLayout layout, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, Span<double> output,
        ReadOnlySpan<Segment> segments, in Segment segment, int row, int head, double scale, int window)
    {
        int size = layout.HeadSize;
        int at = (((segment.Start + row) * layout.Heads) + head) * size;
        double[] weights = new double[segment.Position + row + 1];
        double sum = 0;
        for (int j = Math.Max(0, weights.Length - window); j < weights.Length; j++)
        {
            int key = KeyOffset(layout, segments, segment, j, head);
            double score = 0;
            for (int d = 0; d < size; d++)
            {
                score += q[at + d] * k[key + d];
            }

            weights[j] = Math.Exp(score * scale);
            sum += weights[j];
        }

        output.Slice(at, size).Clear();
        for (int j = 0; j < weights.Length; j++)
        {
            int key = KeyOffset(layout, segments, segment, j, head);
            for (int d = 0; d < size; d++)
            {
                output[at + d] += weights[j] / sum * v[key + d];
            }
        }
    }

    private static int KeyOffset(in HeadLayout layout, ReadOnlySpan<Segment> segments, Segment segment, int position, int head)
    {
        while (position < segment.Position)
        {
            segment = segments[segment.Parent];
        }

        int row = segment.Start + position - segment.Position;
        return ((row * layout.KeyValueHeads) + (head / layout.GroupSize)) * layout.HeadSize;
    }
}

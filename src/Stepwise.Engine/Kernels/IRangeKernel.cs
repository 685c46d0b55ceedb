namespace Stepwise.Engine.Kernels;

/// <summary>Work over an index range that may be cut anywhere: the result must not depend on the cuts.</summary>
internal interface IRangeKernel
{
    /// <summary>Does the items [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <param name="start">First item.</param>
    /// <param name="end">One past the last item.</param>
    /// <param name="worker">Which worker runs it, in [0, <see cref="Workers.Count"/>): names its scratch memory.</param>
    void Run(int start, int end, int worker);
}

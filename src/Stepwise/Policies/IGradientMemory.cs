namespace Stepwise.Policies;

/// <summary>How the gradient that a policy holds lies to that of its last optimizer step.</summary>
/// <param name="Squares">‖g‖², of the held gradient.</param>
/// <param name="LastSquares">‖g′‖², of the last step's.</param>
/// <param name="Product">⟨g, g′⟩.</param>
public readonly record struct GradientAlignment(double Squares, double LastSquares, double Product)
{
    /// <summary>The cosine of the angle between the two, in [−1, 1]; <see langword="null"/> where one is 0, as before the second step.</summary>
    public double? Cosine => Squares > 0 && LastSquares > 0 ? Math.Clamp(Product / Math.Sqrt(Squares) / Math.Sqrt(LastSquares), -1, 1) : null;
}

/// <summary>
/// A policy that remembers the gradient of its last optimizer step, and can change the held one along it. What it remembers is saved and loaded with the
/// optimizer's state, so that a run that goes on is the uninterrupted one.
/// </summary>
public interface IGradientMemory
{
    /// <summary>
    /// Adds a multiple of the last step's gradient to the held one, and remembers the held one as it was before that, for the next call. A gradient that
    /// is not finite is left as it is and not remembered.
    /// </summary>
    /// <param name="multiple">Says what multiple: 0 for none. Not asked where the cosine is not known.</param>
    /// <param name="cancellationToken">Stops before anything is changed.</param>
    /// <returns>How the two lay to each other.</returns>
    /// <exception cref="InvalidOperationException">No gradient is held.</exception>
    ValueTask<GradientAlignment> AlignAsync(Func<GradientAlignment, double> multiple, CancellationToken cancellationToken = default);
}

namespace Stepwise.Methods;

/// <summary>A part that does something else in the first training steps of a run than in those that follow.</summary>
public interface IBegins
{
    /// <summary>How many training steps its beginning has.</summary>
    /// <param name="steps">Training steps of the run; at least 1.</param>
    /// <returns>At least 0; may be more than the run has.</returns>
    int FirstSteps(int steps);
}

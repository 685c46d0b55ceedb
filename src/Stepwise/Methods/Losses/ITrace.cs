namespace Stepwise.Methods.Losses;

/// <summary>How much the change of an earlier token weighs in the ratio of a later one (<see cref="GrpoLambda"/>).</summary>
public interface ITrace
{
    /// <summary>The weight of the change <paramref name="lag"/> tokens before token <paramref name="token"/>; 1 for its own.</summary>
    /// <param name="token">The later token t, counted from 0 among its completion's trained tokens.</param>
    /// <param name="lag">l, how far back; in [0, t].</param>
    double Weight(int token, int lag);
}

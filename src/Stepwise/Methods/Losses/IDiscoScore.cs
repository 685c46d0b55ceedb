namespace Stepwise.Methods.Losses;

/// <summary>What a token adds to its completion's score: the score is the mean over the trained tokens (<see cref="Disco"/>).</summary>
public interface IDiscoScore
{
    /// <summary>A token's score and its derivative by ℓ.</summary>
    /// <param name="logProb">ℓ.</param>
    /// <param name="oldLogProb">ℓ_old.</param>
    (double Value, double Derivative) Evaluate(double logProb, double oldLogProb);
}

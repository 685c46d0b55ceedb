namespace Stepwise.Methods.Losses;

/// <summary>
/// How the tokens of a completion weigh of which the sampler's probability was not the trainer's at the same weights: on two engines, or in two precisions,
/// they differ, and the completion is then not one of the old policy. An advantage is multiplied by its token's weight.
/// </summary>
public interface ISamplerCorrection
{
    /// <summary>Whether the trainer's own log-probabilities are needed, at the cost of scoring every batch once; they are, unless implemented.</summary>
    bool Corrects => true;

    /// <summary>The weight of each token.</summary>
    /// <param name="logRatios">The trainer's log-probability at the old weights less the sampler's, per trained token, in nats.</param>
    /// <returns>Per token, at least 0; 1 everywhere where all are 0.</returns>
    double[] Weights(double[] logRatios);
}

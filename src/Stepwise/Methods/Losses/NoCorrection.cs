namespace Stepwise.Methods.Losses;

/// <summary>Every token weighs 1: the sampler is the trainer, as on the engine of this machine, whose numbers are the same bits.</summary>
public sealed record NoCorrection : ISamplerCorrection
{
    /// <inheritdoc/>
    public bool Corrects => false;

    /// <inheritdoc/>
    public double[] Weights(double[] logRatios) => Array.ConvertAll(logRatios, _ => 1.0);
}

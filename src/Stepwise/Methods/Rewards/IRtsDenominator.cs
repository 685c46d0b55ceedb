namespace Stepwise.Methods.Rewards;

/// <summary>What the length of the right prefix is divided by; the answer line counts as a step.</summary>
public interface IRtsDenominator
{
    /// <summary>D.</summary>
    /// <param name="steps">H, the response's complete steps.</param>
    /// <param name="referenceSteps">Steps of the reference solution; 0 where there is none.</param>
    int Of(int steps, int referenceSteps);
}

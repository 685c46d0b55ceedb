namespace Stepwise.Judging.Trained;

/// <summary>
/// Where a trace first goes wrong, from the hazards h of its steps: P(first error = t) = h_t Π_{s&lt;t} (1 − h_s), and
/// P(no error) = Π (1 − h_s).
/// </summary>
public static class FirstError
{
    /// <summary>The probability that each step is the first wrong one, then that of no error; [H + 1], adding up to 1.</summary>
    /// <param name="logits">The logit of each step's hazard; [H].</param>
    public static double[] Probabilities(ReadOnlySpan<double> logits)
    {
        double[] probabilities = new double[logits.Length + 1];
        double right = 1;
        for (int step = 0; step < logits.Length; step++)
        {
            double hazard = Sigmoid(logits[step]);
            probabilities[step] = right * hazard;
            right *= Sigmoid(-logits[step]);
        }

        probabilities[^1] = right;
        return probabilities;
    }

    /// <summary>The same, given that a step is wrong: P(first error = t) / (1 − P(no error)).</summary>
    /// <param name="probabilities">As of <see cref="Probabilities"/>.</param>
    /// <returns>[H + 1], the last 0; where no step has any probability, the last step has it all.</returns>
    public static double[] GivenAnError(ReadOnlySpan<double> probabilities)
    {
        double[] given = [.. probabilities[..^1], 0];
        double sum = given.Sum();
        for (int step = 0; step < given.Length; step++)
        {
            given[step] = sum > 0 ? given[step] / sum : step == given.Length - 2 ? 1 : 0;
        }

        return given;
    }

    /// <summary>−log of the probability of a label.</summary>
    /// <param name="logits">The logits of the steps up to the first wrong one, or of all where none is wrong.</param>
    /// <param name="wrong">Whether the last of them is wrong.</param>
    /// <param name="gradient">Receives the derivative by each logit; [as many].</param>
    public static double Loss(ReadOnlySpan<double> logits, bool wrong, Span<double> gradient)
    {
        double loss = 0;
        for (int step = 0; step < logits.Length; step++)
        {
            bool isWrong = wrong && step == logits.Length - 1;
            loss += Softplus(isWrong ? -logits[step] : logits[step]);
            gradient[step] = Sigmoid(logits[step]) - (isWrong ? 1 : 0);
        }

        return loss;
    }

    /// <summary>1 / (1 + e^−z), without overflow.</summary>
    internal static double Sigmoid(double z)
    {
        double e = Math.Exp(-Math.Abs(z));
        return z >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /// <summary>log(1 + e^z), without overflow.</summary>
    internal static double Softplus(double z) => Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
}

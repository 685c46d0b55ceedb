namespace Stepwise.Policies;

/// <summary>Sees whether a policy has diverged: every number that it gives must be finite, or nothing made from it means anything.</summary>
public static class Divergence
{
    /// <summary>Checks the sampler's log-probabilities of a completion.</summary>
    /// <param name="completion">The completion.</param>
    /// <param name="where">What it was sampled for, for the message: <c>training step 3, problem p-7, sample 2 of 8</c>.</param>
    /// <exception cref="DivergenceException">One is NaN or infinite.</exception>
    public static void RequireFinite(Completion completion, string where)
    {
        int token = Array.FindIndex(completion.LogProbs, logProb => !float.IsFinite(logProb));
        if (token >= 0)
        {
            throw new DivergenceException(
                $"The policy's numbers are not finite: {where}, token {token + 1}, log-probability {completion.LogProbs[token]}. "
                + "Take an earlier checkpoint, or another copy of the model.",
                inUpdate: false);
        }
    }

    /// <summary>Checks what an update computed.</summary>
    /// <param name="where">Which update it was, for the message: <c>training step 3</c>.</param>
    /// <param name="numbers">Its numbers with their names.</param>
    /// <exception cref="DivergenceException">One is NaN or infinite.</exception>
    public static void RequireFinite(string where, params ReadOnlySpan<(string Name, double Value)> numbers)
    {
        foreach ((_, double value) in numbers)
        {
            if (!double.IsFinite(value))
            {
                throw new DivergenceException(
                    $"The policy diverged in the update of {where}: {string.Join(", ", numbers.ToArray().Select(n => $"{n.Name} {n.Value}"))}.",
                    inUpdate: true);
            }
        }
    }
}

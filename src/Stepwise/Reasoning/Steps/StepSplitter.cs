namespace Stepwise.Reasoning.Steps;

/// <summary>Cuts a response into steps.</summary>
public abstract record StepSplitter
{
    /// <summary>
    /// The complete steps of a response in order; together they cover it, up to a last one that was cut off. Each holds a letter or a digit:
    /// what holds neither, such as a blank line or a rule, belongs to the step before, or to the first.
    /// </summary>
    /// <param name="response">The response's text; untrusted. The work is linear in its length.</param>
    /// <param name="truncated">Whether it was cut off by a length limit: then what follows the last end of a step is none.</param>
    public IReadOnlyList<ReasoningStep> Split(string response, bool truncated)
    {
        ArgumentNullException.ThrowIfNull(response);
        List<ReasoningStep> steps = [];
        int start = 0;
        foreach (int end in Ends(response))
        {
            Add(steps, response, start, end);
            start = end;
        }

        if (!truncated && start < response.Length)
        {
            Add(steps, response, start, response.Length);
        }

        return steps;
    }

    /// <summary>Where steps end, each above the one before: one past the last character. What follows the last end is open.</summary>
    /// <param name="response">The response's text.</param>
    private protected abstract IEnumerable<int> Ends(string response);

    /// <summary>What a step says, without what only marks it as one.</summary>
    /// <param name="text">The step's text.</param>
    private protected virtual string Content(string text) => text.Trim();

    private void Add(List<ReasoningStep> steps, string response, int start, int end)
    {
        string content = Content(response[start..end]);
        bool empty = !content.Any(char.IsLetterOrDigit);
        if (empty && steps.Count > 0)
        {
            steps[^1] = steps[^1] with { End = end };
        }
        else if (!empty)
        {
            steps.Add(new ReasoningStep(steps.Count == 0 ? 0 : start, end, content));
        }
    }
}

using System.Collections.Immutable;
using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Methods.Sampling;

/// <summary>What a hint is and how it is put.</summary>
public sealed record HintOptions : IChecked
{
    /// <summary>What is asked with a hint in the question's place; the task puts that as it puts questions.</summary>
    [Key("what is asked with a hint, in the question's place: {question} and {hint} stand for the two")]
    public string HintPrompt { get; init; } = "{question}\n\nHint: {hint}";

    /// <summary>n, where a problem has no hints of its own: the k-th of n hints is the first ⌊k/n⌋ of the reference solution's steps; at least 1.</summary>
    [Key("hints that are made of a reference solution, the first k/n of its steps each, where a problem has none of its own", Unit = "hints", Low = 1,
        High = 100)]
    public int HintLevels { get; init; } = 4;

    /// <summary>The template, by its key.</summary>
    internal IReadOnlyDictionary<string, PromptTemplate> Templates => ImmutableDictionary<string, PromptTemplate>.Empty.Add("method.hintPrompt", Template);

    private PromptTemplate Template => new(HintPrompt, "hint");

    /// <inheritdoc/>
    public void Check()
    {
        if (!Template.IsWhole)
        {
            throw new OptionException(nameof(HintPrompt), " lacks {question} or {hint}; write both where they are to stand.");
        }
    }

    /// <summary>The prompts of a problem with its hints, the weakest first; those that leave a completion no token are left out.</summary>
    /// <param name="step">The training step.</param>
    /// <param name="problem">The problem.</param>
    internal Prompt[] Ladder(SamplingStep step, Problem problem) =>
        [.. step.Hints(problem, HintLevels).Select(hint => step.Ask(Template.Put(problem, hint))).OfType<Prompt>()];
}

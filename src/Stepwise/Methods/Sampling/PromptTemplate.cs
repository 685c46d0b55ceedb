using System.Text.RegularExpressions;
using Stepwise.Problems;

namespace Stepwise.Methods.Sampling;

/// <summary>How a text is put beside a question: in their places stand <c>{question}</c> and a word of its own, each at least once.</summary>
/// <param name="Text">The template.</param>
/// <param name="Word">The word, for example <c>hint</c>.</param>
public sealed partial record PromptTemplate(string Text, string Word)
{
    private const string Question = "question";

    /// <summary>Whether the template has a place for both.</summary>
    public bool IsWhole => Has(Question) && Has(Word);

    /// <summary>What the template is without the places.</summary>
    public string Around => Place().Replace(Text, match => Is(match, Question) || Is(match, Word) ? "" : match.Value);

    /// <summary>A problem that asks with a text beside its question.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="text">The text; is text, whatever it holds.</param>
    public Problem Put(Problem problem, string text)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return problem.Put(question => Place().Replace(Text, match => Is(match, Question) ? question : Is(match, Word) ? text : match.Value));
    }

    private static bool Is(Match match, string word) => match.Groups["name"].ValueSpan.SequenceEqual(word);

    private bool Has(string word) => Place().Matches(Text).Any(match => Is(match, word));

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}

using System.Text.RegularExpressions;
using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards.Terms;

/// <summary>1 for a response of a form, 0 for any other: a regular expression, or tags in their order.</summary>
/// <remarks>
/// The expression is matched without backtracking, in time that is linear in the response, so that a response cannot stall it and no clock decides a
/// value; look-arounds and back-references are therefore not to be had. A dot matches a line feed too.
/// </remarks>
public sealed record FormatTerm : RewardTerm, IChecked
{
    private const string TagName = "^[A-Za-z][A-Za-z0-9_-]*$";
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline;

    /// <summary>What the response must match somewhere, <c>^</c> and <c>$</c> its ends; empty where <see cref="Tags"/> are given.</summary>
    [Key("regular expression that a response must match somewhere, without look-arounds and back-references; empty for tags")]
    public string Pattern { get; init; } = "";

    /// <summary>Names of tags: each once, opened and closed, in this order, with nothing but white space around them; none for a pattern.</summary>
    [Key("tags that a response is made of, each once and in this order, such as [\"think\", \"answer\"]")]
    public TextList Tags { get; init; } = [];

    /// <summary>What is read before the response: the text with which a chat template has opened the answer.</summary>
    [Key("text read before the response, where the prompt ends in the beginning of the form")]
    public string Opening { get; init; } = "";

    /// <inheritdoc/>
    internal override string Label => "format";

    /// <inheritdoc/>
    public override double? Value(Rollout rollout)
    {
        string text = Opening + rollout.Completion.Text;
        return (Tags.Count > 0 ? HasTags(text) : Regex.IsMatch(text, Pattern, Linear)) ? 1 : 0;
    }

    /// <inheritdoc/>
    public void Check()
    {
        if (Pattern.Length > 0 == Tags.Count > 0)
        {
            throw new OptionException(nameof(Pattern), $" is {(Tags.Count > 0 ? "given beside tags" : "empty, and there are no tags")}; give one of the two.");
        }

        if (Tags.FirstOrDefault(tag => !Regex.IsMatch(tag, TagName, RegexOptions.NonBacktracking)) is { } wrong)
        {
            throw new OptionException(nameof(Tags), $" has {Quoted.Of(wrong)}; allowed are names without brackets, of letters, digits, - and _.");
        }

        try
        {
            _ = new Regex(Pattern, Linear);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new OptionException(
                nameof(Pattern), $" is {Quoted.Of(Pattern)}; allowed is a .NET regular expression without look-arounds and back-references: {error.Message}");
        }
    }

    private bool HasTags(string text)
    {
        int at = 0;
        foreach (string tag in Tags)
        {
            string open = $"<{tag}>", close = $"</{tag}>";
            int opened = text.IndexOf(open, StringComparison.Ordinal), closed = text.IndexOf(close, StringComparison.Ordinal);
            if (opened < at || closed < opened || !text.AsSpan(at..opened).IsWhiteSpace()
                || text.LastIndexOf(open, StringComparison.Ordinal) != opened || text.LastIndexOf(close, StringComparison.Ordinal) != closed)
            {
                return false;
            }

            at = closed + close.Length;
        }

        return text.AsSpan(at).IsWhiteSpace();
    }
}

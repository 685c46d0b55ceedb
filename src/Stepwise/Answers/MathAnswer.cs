using System.Text.RegularExpressions;
using Stepwise.Answers.Mathematics;

namespace Stepwise.Answers;

/// <summary>A mathematical answer, as it is written and as it was read.</summary>
/// <remarks>Reading and comparing are bounded in steps and memory on any thread, whatever the text: answers are untrusted.</remarks>
public sealed partial class MathAnswer
{
    private readonly AnswerForm? _form;
    private readonly bool _outOfBounds;

    private MathAnswer(string text, AnswerForm? form, string? unread, bool outOfBounds)
    {
        Text = text;
        _form = form;
        Unread = unread;
        _outOfBounds = outOfBounds;
    }

    /// <summary>The answer as it is written.</summary>
    public string Text { get; }

    /// <summary>The answer as it was read, for people; as it is written where it was not.</summary>
    public string Form => Escaped.Line(_form?.ToString() ?? Text, MaxShown);

    /// <summary>Why it could not be read as mathematics, a choice or words; <see langword="null"/> where it was.</summary>
    public string? Unread { get; }

    /// <summary>Whether it is words.</summary>
    internal bool IsWords => _form is WordsForm;

    private const int MaxShown = 200;

    /// <summary>Reads a bare answer: a reference answer, or what an answer line holds.</summary>
    /// <param name="text">LaTeX or plain text.</param>
    public static MathAnswer Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return new(text, AnswerReader.Read(text), unread: null, outOfBounds: false);
        }
        catch (MalformedException e)
        {
            return new(text, form: null, e.Message, outOfBounds: false);
        }
        catch (OutOfBoundsException e)
        {
            return new(text, form: null, e.Message, outOfBounds: true);
        }
    }

    /// <summary>Reads a reference answer; where it is a whole solution that states its answer, that answer.</summary>
    /// <param name="text">LaTeX, plain text, or a solution with <c>\boxed{…}</c>, <c>####</c> or "the answer is".</param>
    public static MathAnswer Reference(string text)
    {
        MathAnswer whole = Read(text);
        return whole.Unread is not null && Statement.MarkForms().IsMatch(text) && Find(text, truncated: false) is { Unread: null } stated ? stated : whole;
    }

    /// <summary>Finds the final answer of a response; <see cref="Extraction"/> says where it is looked for.</summary>
    /// <param name="response">The response; a bare answer is one too.</param>
    /// <param name="truncated">Whether it was cut off by a length limit: then only a complete statement counts.</param>
    /// <returns>The answer; <see langword="null"/> where none is stated.</returns>
    public static MathAnswer? Find(string response, bool truncated) => Extraction.Find(response, truncated) is { } text ? Read(text) : null;

    /// <summary>Whether an answer is the reference answer.</summary>
    /// <param name="reference">The reference answer.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>
    /// Undecided where the reference was not read, where the answer goes beyond the bounds or is of a kind that is not read, or where the values
    /// can be told apart neither exactly nor in 90 digits. An answer that is no mathematics is different from one that is.
    /// </returns>
    public static AnswerComparison Compare(MathAnswer reference, MathAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(answer);
        Finding finding = Find(reference, answer);
        return new(finding.Outcome, reference.Form, answer.Form, finding.Reason);
    }

    private static Finding Find(MathAnswer reference, MathAnswer answer)
    {
        if (Written(reference.Text) is { Length: > 0 } written && string.Equals(written, Written(answer.Text), StringComparison.Ordinal))
        {
            return Finding.Equal("written the same");
        }

        if (reference._form is not { } a)
        {
            return Finding.Undecided($"the reference answer is not read: {reference.Unread}");
        }

        if (answer._form is not { } b)
        {
            return answer._outOfBounds ? Finding.Undecided($"the answer is not read: {answer.Unread}")
                : Finding.Different($"the answer is no mathematics: {answer.Unread}");
        }

        try
        {
            FormComparison comparison = new(new Budget());
            Finding finding = comparison.Compare(a, b);
            return finding.Outcome == Equivalence.Different && Other(answer.Text, a) is { } other
                && comparison.Compare(a, other) is { Outcome: Equivalence.Equal } equal
                ? equal
                : finding;
        }
        catch (OutOfBoundsException e)
        {
            return Finding.Undecided(e.Message);
        }
        catch (UndefinedException e)
        {
            return Finding.Undecided($"no value: {e.Message}");
        }
        catch (MalformedException e)
        {
            return Finding.Different(e.Message);
        }
    }

    /// <summary>The other reading of an answer that has two: <c>1,22</c> is a list, or a decimal where the reference is one number.</summary>
    private static ValueForm? Other(string text, AnswerForm reference)
    {
        if (reference is not ValueForm || text.Length > Rational.MaxDigits || DecimalComma().Match(text.Trim(' ', '$')) is not { Success: true } match)
        {
            return null;
        }

        string number = text.Trim(' ', '$').Replace(',', '.');
        bool negative = number[0] == '-';
        return Rational.Parse(negative ? number.AsSpan(1) : number, out _) is { } value ? new(new Constant(negative ? value.Negated() : value)) : null;
    }

    private static string Written(string text) => text.Length > Spelling.MaxLength ? "" : text.Trim(' ', '\n', '$');

    [GeneratedRegex(@"^-?\d+,\d+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex DecimalComma();
}

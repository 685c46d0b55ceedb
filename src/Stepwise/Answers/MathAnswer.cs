namespace Stepwise.Answers;

/// <summary>A mathematical answer, as it is written and as it was read.</summary>
/// <remarks>Reading and comparing are bounded in steps and memory on any thread, whatever the text: answers are untrusted.</remarks>
public sealed class MathAnswer
{
    private MathAnswer(string text, string form, string? unread)
    {
        Text = text;
        Form = form;
        Unread = unread;
    }

    /// <summary>The answer as it is written.</summary>
    public string Text { get; }

    /// <summary>The answer as it was read, for people.</summary>
    public string Form { get; }

    /// <summary>Why it could not be read as mathematics, a choice or a word; <see langword="null"/> where it was.</summary>
    public string? Unread { get; }

    /// <summary>Reads a bare answer: a reference answer, or what an answer line holds.</summary>
    /// <param name="text">LaTeX or plain text.</param>
    public static MathAnswer Read(string text) => new(text, text.Trim(), unread: null);

    /// <summary>Finds the final answer of a response.</summary>
    /// <param name="response">The response; a bare answer is one too.</param>
    /// <param name="truncated">Whether it was cut off by a length limit: then only a complete statement counts.</param>
    /// <returns>The answer; <see langword="null"/> where none is stated.</returns>
    public static MathAnswer? Find(string response, bool truncated) => truncated ? null : Read(response);

    /// <summary>Whether an answer is the reference answer.</summary>
    /// <param name="reference">The reference answer.</param>
    /// <param name="answer">The answer.</param>
    public static AnswerComparison Compare(MathAnswer reference, MathAnswer answer)
    {
        bool same = string.Equals(reference.Form, answer.Form, StringComparison.OrdinalIgnoreCase);
        return new(same ? Equivalence.Equal : Equivalence.Different, reference.Form, answer.Form, same ? "the same text" : "another text");
    }
}

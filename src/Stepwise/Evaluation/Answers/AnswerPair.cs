using System.Globalization;
using System.Text.Json;
using Stepwise.Answers;
using Stepwise.Problems;

namespace Stepwise.Evaluation.Answers;

/// <summary>A reference answer and an answer, to measure how answers are compared.</summary>
/// <param name="Id">Names the pair in reports.</param>
/// <param name="Gold">The reference answer.</param>
/// <param name="Answer">A bare answer, or a whole response from which it is extracted.</param>
/// <param name="Truncated">Whether the response was cut off.</param>
/// <param name="Label">Whether they are equal or different, as someone said; <see langword="null"/> where nobody did.</param>
public sealed record AnswerPair(string Id, string Gold, string Answer, bool Truncated, Equivalence? Label)
{
    /// <summary>Reads pairs, one JSON object a line: <c>gold</c>, <c>answer</c>, and optionally <c>id</c>, <c>label</c> and <c>truncated</c>.</summary>
    /// <param name="path">The file.</param>
    /// <returns>At least one pair; one without an id is named after its line.</returns>
    /// <exception cref="InputException">The file or a line of it is not as described; the message names the line.</exception>
    public static IReadOnlyList<AnswerPair> Read(string path) =>
    [
        .. JsonLines.Read(path, JsonLines.MaxResponseLineBytes).Select(line => new AnswerPair(
            line.OptionalText("id", orNumber: true) ?? line.Number.ToString(CultureInfo.InvariantCulture),
            line.Text("gold", orNumber: true),
            Response(line),
            IsTruncated(line),
            LabelOf(line))),
    ];

    /// <summary>Compares the answer with the reference answer; where none is stated, it is different.</summary>
    public AnswerComparison Compare()
    {
        MathAnswer reference = MathAnswer.Reference(Gold);
        return reference.Unread is { } unread
            ? new(Equivalence.Undecided, reference.Form, null, $"the reference answer is not read: {unread}")
            : MathAnswer.Find(Answer, Truncated) is { } answer
            ? MathAnswer.Compare(reference, answer)
            : new(Equivalence.Different, reference.Form, null, Truncated ? "the response was cut off before it stated an answer" : "no answer is stated");
    }

    /// <summary>An answer may be empty; that it is missing is an error.</summary>
    private static string Response(FileRecord line) =>
        line.Object.TryGetProperty("answer", out JsonElement value) && value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString())
        ? ""
        : line.Text("answer", orNumber: true);

    private static bool IsTruncated(FileRecord line) =>
        line.Object.TryGetProperty("truncated", out JsonElement value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw new InputException($"{line.Place}: the field \"truncated\" is a {FileRecord.Name(value.ValueKind)}; expected true or false."),
        };

    private static Equivalence? LabelOf(FileRecord line) => line.OptionalText("label") switch
    {
        null => null,
        "equal" => Equivalence.Equal,
        "different" => Equivalence.Different,
        var other => throw new InputException($"{line.Place}: the field \"label\" is {Quoted.Of(other)}; expected \"equal\" or \"different\"."),
    };
}

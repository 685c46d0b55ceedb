using System.Text.Json.Serialization;

namespace Stepwise.Problems;

/// <summary>A question with a checkable answer.</summary>
/// <param name="Id">Unique within its problem set; names the problem in stores and reports.</param>
/// <param name="Question">What is asked, without any formatting for a model (the task adds that).</param>
/// <param name="Answer">The reference answer that the verifier compares with.</param>
/// <param name="Solution">The reference solution, one step per line, or <see langword="null"/> where there is none.</param>
public sealed record Problem(string Id, string Question, string Answer, string? Solution = null)
{
    /// <summary>
    /// The chat that asks, where the question was given as one: it is put as it stands, and <see cref="Question"/> is the text of its turns.
    /// <see langword="null"/> for a question that is a text.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChatMessage>? Messages { get; init; }
}

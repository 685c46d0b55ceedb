using System.Text.Json.Serialization;
using Stepwise.Options;

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

    /// <summary>Hints on the solution, the weakest first, each of use without the others; <see langword="null"/> where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TextList? Hints { get; init; }

    /// <summary>How hard it is, in any unit, harder ones higher; <see langword="null"/> where that is not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Difficulty { get; init; }

    /// <summary>The problem with its question, or the last turn of its chat, put in another way.</summary>
    /// <param name="put">Gives the text to ask, of the one that was asked.</param>
    public Problem Put(Func<string, string> put)
    {
        ArgumentNullException.ThrowIfNull(put);
        if (Messages is null)
        {
            return this with { Question = put(Question) };
        }

        ChatMessage[] messages = [.. Messages.SkipLast(1), .. Messages.TakeLast(1).Select(last => last with { Content = put(last.Content) })];
        return this with { Question = TextOf(messages), Messages = messages };
    }

    /// <summary>Whether all of another problem is the same, its chat message by message.</summary>
    public bool Equals(Problem? other) => other is not null
        && (Id, Question, Answer, Solution, Difficulty).Equals((other.Id, other.Question, other.Answer, other.Solution, other.Difficulty))
        && (Messages ?? []).SequenceEqual(other.Messages ?? []) && Equals(Hints, other.Hints);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Question, Answer);

    /// <summary>The text of a chat's turns.</summary>
    internal static string TextOf(IEnumerable<ChatMessage> messages) => string.Join('\n', messages.Select(message => message.Content));
}

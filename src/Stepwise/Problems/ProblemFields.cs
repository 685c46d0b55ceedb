using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Stepwise.Options;

namespace Stepwise.Problems;

/// <summary>
/// Which fields of a file's records hold the problem. A field in another, or in a list, is named by its path: <c>metadata.answer</c>,
/// <c>answers.0</c>.
/// </summary>
public sealed partial record ProblemFields
{
    /// <summary>Stands before the answer where a text is a solution and its answer.</summary>
    internal const string AnswerMark = "####";

    private const string Name = "a field's name, or its path such as metadata.answer or answers.0";

    // A text, or a number, or a truth value, or a list of these.
    private const string Value = "string, a number, a truth value, or a list of these";

    private const string Hint = "string, or a list of strings";

    private const string Level = "number, or a string with one number in it";

    private const string Chat = "string, or a list of messages {role, content}";

    private static readonly string[] Roles = ["system", "user", "assistant"];

    /// <summary>The question: a text, or a list of messages that is put as it is; of several fields the texts, with a blank between them.</summary>
    [Key("field of the question; of several, such as [Body, Question], the texts are joined by a blank")]
    public TextList Question { get; init; } = ["question"];

    /// <summary>
    /// The reference answer: a text, a number or a truth value; of a text with the mark <c>####</c>, as GSM8K has it, what follows the last. A list
    /// stands for all that is in it, with commas between; one of them alone is named by its place, as in <c>answers.0</c>.
    /// </summary>
    [TextKey("field of the reference answer", Name, ".+")]
    public string Answer { get; init; } = "answer";

    /// <summary>The reference solution, a text; missing, blank or null where a problem has none. Empty where the file has none at all.</summary>
    [Key("field of the reference solution; empty for none")]
    public string Solution { get; init; } = "";

    /// <summary>The id, a text or a number; empty for the number of the line.</summary>
    [Key("field of the id; empty for the number of the line")]
    public string Id { get; init; } = "";

    /// <summary>Hints, a text or a list of them; missing, blank or null where a problem has none. Empty where the file has none at all.</summary>
    [Key("field of the hints, a text or a list of texts, the weakest first; empty for none")]
    public string Hints { get; init; } = "";

    /// <summary>
    /// The difficulty, a number or a text with one in it, as <c>Level 3</c>; missing, blank or null where it is not said. Empty for none at all.
    /// </summary>
    [Key("field of the difficulty, a number or a text with one such as Level 3; empty for none")]
    public string Difficulty { get; init; } = "";

    /// <summary>The fields that some records may lack, with what is expected there, for people.</summary>
    internal IEnumerable<(string Field, string Expected)> Optional =>
        new[] { (Solution, "string"), (Hints, Hint), (Difficulty, Level) }.Where(named => named.Item1.Length > 0);

    /// <summary>The problem that a record holds.</summary>
    /// <param name="from">The record.</param>
    /// <param name="prefix">What comes before the number of the line, where that is the id.</param>
    /// <exception cref="InputException">
    /// A field that every problem has is missing, or one is of another kind; the message names file, line and field.
    /// </exception>
    internal Problem Read(FileRecord from, string prefix) =>
        Asked(from, Id.Length > 0 ? from.Text(Id, orNumber: true) : FormattableString.Invariant($"{prefix}-{from.Number}")) with
        {
            Answer = AnswerOf(from),
            Solution = SolutionOf(from),
            Hints = Hints.Length > 0 ? HintsOf(from, Hints) : null,
            Difficulty = Difficulty.Length > 0 ? DifficultyOf(from, Difficulty) : null,
        };

    /// <summary>What a record asks; its answer is left empty.</summary>
    /// <param name="from">The record.</param>
    /// <param name="id">The problem's id.</param>
    /// <exception cref="InputException">The question is missing or of another kind.</exception>
    internal Problem Asked(FileRecord from, string id)
    {
        IReadOnlyList<ChatMessage>? messages = Question is [var only] && from.Required(only, Chat) is { ValueKind: JsonValueKind.Array } list
            ? MessagesOf(from, only, list)
            : null;
        string question = messages is null
            ? string.Join(' ', Question.Select(field => Text(from, field)))
            : Problem.TextOf(messages);
        return new(id, question, "") { Messages = messages };
    }

    /// <summary>The reference answer that a record holds.</summary>
    /// <param name="from">The record.</param>
    /// <exception cref="InputException">It is missing, blank or of another kind.</exception>
    internal string AnswerOf(FileRecord from)
    {
        JsonElement answer = from.Required(Answer, Value);
        string[] items = [.. (answer.ValueKind == JsonValueKind.Array ? answer.EnumerateArray().AsEnumerable() : [answer]).Select(item => Scalar(from, item))];
        return items.Length > 0 ? string.Join(", ", items) : throw from.Blank(Answer, Value);
    }

    /// <summary>The hints in a field; <see langword="null"/> where it is missing, null, blank or an empty list.</summary>
    /// <param name="from">The record.</param>
    /// <param name="field">The field.</param>
    /// <exception cref="InputException">The field is of another kind, or one of a list is blank.</exception>
    internal static TextList? HintsOf(FileRecord from, string field)
    {
        if (from.Find(field) is not { } value)
        {
            return null;
        }

        string[] hints = value.ValueKind switch
        {
            JsonValueKind.Null => [],
            JsonValueKind.String when string.IsNullOrWhiteSpace(from.Unicode(field, value)) => [],
            JsonValueKind.String => [from.Unicode(field, value)],
            JsonValueKind.Array => [.. from.Texts(field)],
            _ => throw from.Unexpected(field, value, Hint),
        };
        return Array.Exists(hints, string.IsNullOrWhiteSpace) ? throw from.Blank(field, Hint) : hints.Length > 0 ? [.. hints] : null;
    }

    /// <summary>The difficulty in a field; <see langword="null"/> where it is missing, null or blank.</summary>
    /// <param name="from">The record.</param>
    /// <param name="field">The field.</param>
    /// <exception cref="InputException">The field is of another kind, or holds no number, several, or one that is too large.</exception>
    internal static double? DifficultyOf(FileRecord from, string field)
    {
        if (from.Find(field) is not { } value)
        {
            return null;
        }

        string text = value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => from.Unicode(field, value),
            _ => throw from.Unexpected(field, value, Level),
        };
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        return WrittenNumber().Matches(text) is [var only] && double.TryParse(only.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
            ? number
            : throw new InputException($"{from.Place}: the field \"{field}\" is {Quoted.Of(text)}; expected a {Level}.");
    }

    private static string Text(FileRecord from, string field) => from.Required(field, "string") is { ValueKind: JsonValueKind.Null }
        ? throw from.Blank(field, "string")
        : from.Text(field);

    private string Scalar(FileRecord from, JsonElement value)
    {
        string text = value.ValueKind switch
        {
            JsonValueKind.String => from.Unicode(Answer, value),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            JsonValueKind.Null => throw from.Blank(Answer, Value),
            _ => throw from.Unexpected(Answer, value, Value),
        };
        int mark = text.LastIndexOf(AnswerMark, StringComparison.Ordinal);
        string answer = mark < 0 ? text : text[(mark + AnswerMark.Length)..].Trim();
        return string.IsNullOrWhiteSpace(answer) ? throw from.Blank(Answer, Value) : answer;
    }

    private string? SolutionOf(FileRecord from)
    {
        bool none = Solution.Length == 0 || from.Find(Solution) is not { ValueKind: not JsonValueKind.Null } solution
            || (solution.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(from.Unicode(Solution, solution)));
        return none ? null : from.Text(Solution);
    }

    /// <summary>A chat up to the user's question.</summary>
    /// <param name="from">The record.</param>
    /// <param name="field">The field, for messages.</param>
    /// <param name="list">Its value.</param>
    /// <exception cref="InputException">It is no list of messages, or does not end with the user's.</exception>
    internal static IReadOnlyList<ChatMessage> MessagesOf(FileRecord from, string field, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw from.Unexpected(field, list, Chat);
        }

        List<ChatMessage> messages = [.. list.EnumerateArray().Select((item, i) =>
        {
            FileRecord message = new($"{from.Place}, message {i + 1} of {field}", i + 1, item.ValueKind == JsonValueKind.Object
                ? item
                : throw from.Unexpected(FormattableString.Invariant($"{field}.{i}"), item, "message {role, content}"));
            string role = message.Text("role");
            return Roles.Contains(role, StringComparer.Ordinal)
                ? new ChatMessage(role, message.Text("content"))
                : throw new InputException($"{message.Place}: the role is {Quoted.Of(role)}; allowed are {string.Join(", ", Roles)}.");
        })];
        return messages is [.., { Role: "user" }]
            ? messages
            : throw new InputException(
                $"{from.Place}: the messages of \"{field}\" do not end with the user's; expected the chat up to the question, without its answer.");
    }

    [GeneratedRegex(@"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WrittenNumber();
}

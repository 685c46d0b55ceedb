using System.Text.Json;
using System.Text.Unicode;
using Stepwise.Reasoning;

namespace Stepwise.Tasks.Commands;

/// <summary>
/// A line that the program wrote: <c>{"id": n, "verdict": "correct" | "incorrect" | "undecided", "answer": text, "reason": text,
/// "rewards": {name: number, …}, "firstWrongStep": n}</c>, of which all but <c>id</c> and <c>verdict</c> may be left out. Other fields are ignored.
/// </summary>
/// <param name="Id">The request that it answers; <see langword="null"/> where the line is no answer.</param>
/// <param name="Verdict">What it says; undecided, with the reason, where the line is no answer.</param>
internal readonly record struct CheckerAnswer(long? Id, Verdict Verdict)
{
    /// <summary>The most characters of an answer's or a reason's text that are kept.</summary>
    public const int LongestText = 300;

    private const int MostRewards = 64;

    // Far from where a sum of rewards would overflow.
    private const double LargestReward = 1e9;
    private const int MostSteps = 1_000_000;

    private static readonly Dictionary<string, Correctness> Words =
        Enum.GetValues<Correctness>().ToDictionary(c => c.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line without its line feed; untrusted.</param>
    public static CheckerAnswer Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument document = Utf8.IsValid(line.Span) ? StrictJson.Parse(line) : throw new JsonException("it is not UTF-8.");
            return Of(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            string shown = System.Text.Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, LongestText)]);
            return new(null, Undecided($"the program's line is no answer, {Escaped.Line(error.Message.TrimEnd('.'), LongestText)}: {Quoted.Of(shown)}"));
        }
    }

    /// <summary>No verdict.</summary>
    /// <param name="reason">Why.</param>
    public static Verdict Undecided(string reason) => new(Correctness.Undecided, null, reason);

    private static CheckerAnswer Of(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("it is no JSON object");
        }

        long id = Field(answer, "id") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long n)
            ? n
            : throw new JsonException("its field id is no whole number");
        Correctness correctness = Text(answer, "verdict") is { } word && Words.TryGetValue(word, out Correctness known)
            ? known
            : throw new JsonException($"its field verdict is none of {string.Join(", ", Words.Keys)}");
        return new(id, new Verdict(correctness, Text(answer, "answer"), Text(answer, "reason") ?? "the program gives no reason")
        {
            Rewards = Rewards(answer),
            FirstWrongStep = Field(answer, "firstWrongStep") is not { } step ? null
                : step.ValueKind == JsonValueKind.Number && step.TryGetInt32(out int place) && place is >= 0 and <= MostSteps ? place
                : throw new JsonException($"its field firstWrongStep is no whole number from 0 to {MostSteps}"),
        });
    }

    private static JsonElement? Field(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement answer, string name) => Field(answer, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => Escaped.Line(text.GetString()!, LongestText),
        { ValueKind: JsonValueKind.Number } number => Escaped.Line(number.GetRawText(), LongestText),
        _ => throw new JsonException($"its field {name} is no text"),
    };

    private static Dictionary<string, double>? Rewards(JsonElement answer)
    {
        if (Field(answer, "rewards") is not { } given)
        {
            return null;
        }

        if (given.ValueKind != JsonValueKind.Object || given.GetPropertyCount() > MostRewards)
        {
            throw new JsonException($"its field rewards is no object of at most {MostRewards} numbers");
        }

        return given.EnumerateObject().ToDictionary(
            reward => reward.Name,
            reward => reward.Value.ValueKind == JsonValueKind.Number && Math.Abs(reward.Value.GetDouble()) <= LargestReward
                ? reward.Value.GetDouble()
                : throw new JsonException($"its reward {Quoted.Of(reward.Name)} is no number from {-LargestReward} to {LargestReward}"),
            StringComparer.Ordinal);
    }
}

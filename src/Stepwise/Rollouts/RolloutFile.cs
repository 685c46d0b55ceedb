using System.Text.Json;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Rollouts;

/// <summary>Reads files of rollouts, one JSON object per line; see docs/data.md. Fields that it does not know are left out.</summary>
public static class RolloutFile
{
    // Longer than any model's context, short of what an array can hold.
    private const int MostTokens = 1 << 24, MostSteps = 1_000_000;

    /// <summary>The rollouts of a file in order.</summary>
    /// <param name="path">The file.</param>
    /// <returns>At least one, read as they are asked for.</returns>
    /// <exception cref="InputException">The file or a line of it is not as described; the message names line and field.</exception>
    public static IEnumerable<StoredRollout> Read(string path) => JsonLines.Read(path, JsonLines.MaxResponseLineBytes).Select(Read);

    /// <summary>Rollouts by the group that they were drawn in: those of a problem and, where it is known, of a training step.</summary>
    /// <param name="rollouts">The rollouts.</param>
    /// <returns>The groups in the order of their first rollouts.</returns>
    public static IReadOnlyList<IReadOnlyList<StoredRollout>> Groups(IEnumerable<StoredRollout> rollouts) =>
        [.. rollouts.GroupBy(rollout => (rollout.Problem?.Id ?? rollout.Id, rollout.Step), (_, group) => group.ToArray())];

    private static StoredRollout Read(FileRecord line)
    {
        JsonElement response = line.Required("response", "string");
        List<int>? tokens = Numbers<int>(line, "tokens", "list of token ids", element => element.TryGetInt32(out int token) && token >= 0 ? token : null);
        List<float>? logProbs = Numbers<float>(
            line, "logProbs", "list of numbers of at most 0",
            element => element.TryGetSingle(out float value) && value <= 0 && float.IsFinite(value) ? value : null);
        if (logProbs is not null && logProbs.Count != tokens?.Count)
        {
            throw new InputException(
                $"{line.Place}: the field \"logProbs\" has {Counted.Of(logProbs.Count, "number")}, and \"tokens\" "
                + $"{(tokens is null ? "is missing" : $"has {tokens.Count}")}; there must be one for every token.");
        }

        string text = response.ValueKind == JsonValueKind.String ? line.Unicode("response", response) : throw line.Unexpected("response", response, "string");
        return new(line.Text("id", orNumber: true), text)
        {
            Place = line.Place,
            Given = GivenOf(line, text),
            Hinted = Flag(line, "hinted"),
            Problem = line.Find("problem") is { ValueKind: not JsonValueKind.Null } problem ? ProblemOf(line, problem) : null,
            Truncated = Flag(line, "truncated"),
            Tokens = tokens,
            LogProbs = logProbs,
            Verdict = Word<Correctness>(line, "verdict"),
            Answer = line.Find("answer") is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : TextOf(line, "answer"),
            Reason = TextOf(line, "reason"),
            Judgement = line.Find("judgement") is { ValueKind: not JsonValueKind.Null } judgement ? JudgementOf(line, judgement) : null,
            Reward = Number(line, "reward", "finite number", double.IsFinite),
            Advantage = Number(line, "advantage", "finite number", double.IsFinite),
            Step = (int?)Number(line, "step", "whole number of at least 0", step => step is >= 0 and <= int.MaxValue && double.IsInteger(step)),
        };
    }

    private static string? GivenOf(FileRecord line, string response) => TextOf(line, "given") switch
    {
        null or "" => null,
        { } given when response.StartsWith(given, StringComparison.Ordinal) => given,
        { } given => throw new InputException(
            $"{line.Place}: the response does not begin with the field \"given\" ({Quoted.Of(given)}); expected the beginning of it that was given."),
    };

    private static string? TextOf(FileRecord line, string field) => line.Find(field) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } value => line.Unicode(field, value),
        { } value => throw line.Unexpected(field, value, "string"),
    };

    private static double? Number(FileRecord line, string field, string allowed, Func<double, bool> allows) => line.Find(field) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out double number) && allows(number) => number,
        { } value => throw line.Unexpected(field, value, allowed),
    };

    private static Problem ProblemOf(FileRecord line, JsonElement problem)
    {
        const string Allowed = "object with id, question, answer and maybe solution";
        FileRecord record = problem.ValueKind == JsonValueKind.Object
            ? line with { Place = $"{line.Place}, problem", Object = problem }
            : throw line.Unexpected("problem", problem, Allowed);
        IReadOnlyList<ChatMessage>? messages = record.Find("messages") is { ValueKind: not JsonValueKind.Null } list
            ? ProblemFields.MessagesOf(record, "messages", list)
            : null;
        string question = messages is null ? record.Text("question") : record.OptionalText("question") ?? Problem.TextOf(messages);
        return new(
            record.OptionalText("id", orNumber: true) ?? line.Text("id", orNumber: true), question, record.Text("answer", orNumber: true),
            record.OptionalText("solution"))
        {
            Messages = messages,
            Hints = ProblemFields.HintsOf(record, "hints"),
            Difficulty = ProblemFields.DifficultyOf(record, "difficulty"),
        };
    }

    private static StoredJudgement JudgementOf(FileRecord line, JsonElement judgement)
    {
        const string Allowed = "object with outcome, firstError, steps and reason";
        FileRecord record = judgement.ValueKind == JsonValueKind.Object
            ? line with { Place = $"{line.Place}, judgement", Object = judgement }
            : throw line.Unexpected("judgement", judgement, Allowed);
        JudgementOutcome outcome = Word<JudgementOutcome>(record, "outcome")
            ?? throw new InputException($"{record.Place}: the field \"outcome\" is missing; expected one of {Words<JudgementOutcome>()}.");
        string reason = TextOf(record, "reason") ?? "";
        if (outcome == JudgementOutcome.NoJudgement)
        {
            return new(outcome, 0, 0, reason) { Confidence = ConfidenceOf(record), Progress = ProgressOf(record) };
        }

        int steps = Whole(record, "steps", outcome == JudgementOutcome.NoError ? 0 : 1, MostSteps);
        int first = outcome == JudgementOutcome.NoError ? steps + 1 : Whole(record, "firstError", 1, steps);
        return new(outcome, first, steps, reason) { Confidence = ConfidenceOf(record), Progress = ProgressOf(record) };
    }

    private static double? ConfidenceOf(FileRecord record) => record.Find("confidence") is not { ValueKind: not JsonValueKind.Null } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double confidence) && confidence is >= 0 and <= 1 ? confidence
        : throw record.Unexpected("confidence", value, "number from 0 to 1");

    private static Progress? ProgressOf(FileRecord record)
    {
        if (record.Find("progress") is not { ValueKind: not JsonValueKind.Null } value)
        {
            return null;
        }

        FileRecord progress = value.ValueKind == JsonValueKind.Object
            ? record with { Place = $"{record.Place}, progress", Object = value }
            : throw record.Unexpected("progress", value, "object with milestones, reachedAt, firstError and steps");
        int steps = Whole(progress, "steps", 0, MostSteps);
        try
        {
            return new(
                Whole(progress, "milestones", 1, MostSteps),
                Numbers<int>(progress, "reachedAt", "list of steps", element => element.TryGetInt32(out int step) ? step : null) ?? [],
                Whole(progress, "firstError", 1, steps + 1), steps);
        }
        catch (ArgumentException error)
        {
            throw new InputException($"{progress.Place}: {error.Message}", error);
        }
    }

    private static int Whole(FileRecord record, string field, int low, int high) =>
        record.Find(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) && number >= low && number <= high
            ? number
            : throw new InputException($"{record.Place}: the field \"{field}\" is missing or another value; expected a whole number from {low} to {high}.");

    private static bool Flag(FileRecord line, string field) => line.Find(field) is { } value && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False or JsonValueKind.Null => false,
        _ => throw line.Unexpected(field, value, "truth value"),
    };

    private static List<T>? Numbers<T>(FileRecord line, string field, string allowed, Func<JsonElement, T?> read)
        where T : struct
    {
        if (line.Find(field) is not { ValueKind: not JsonValueKind.Null } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw line.Unexpected(field, value, allowed);
        }

        if (value.GetArrayLength() > MostTokens)
        {
            throw new InputException($"{line.Place}: the field \"{field}\" has {value.GetArrayLength()} items; at most {MostTokens} are read.");
        }

        List<T> numbers = new(value.GetArrayLength());
        foreach (JsonElement element in value.EnumerateArray())
        {
            numbers.Add((element.ValueKind == JsonValueKind.Number ? read(element) : null)
                ?? throw new InputException($"{line.Place}: the field \"{field}\" holds {Escaped.Line(element.GetRawText(), 80)}; expected a {allowed}."));
        }

        return numbers;
    }

    private static T? Word<T>(FileRecord line, string field)
        where T : struct, Enum
    {
        if (line.Find(field) is not { ValueKind: not JsonValueKind.Null } value)
        {
            return null;
        }

        string? word = value.ValueKind == JsonValueKind.String ? line.Unicode(field, value) : throw line.Unexpected(field, value, "string");
        foreach (T member in Enum.GetValues<T>())
        {
            if (string.Equals(Named(member), word, StringComparison.Ordinal))
            {
                return member;
            }
        }

        throw new InputException($"{line.Place}: the field \"{field}\" is {Quoted.Of(word)}; expected one of {Words<T>()}.");
    }

    private static string Words<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Named));

    private static string Named<T>(T member)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString());
}

using System.Text.Json;

namespace Stepwise.Problems;

/// <summary>What a file of problems seems to hold, by the names of its fields.</summary>
/// <param name="Problems">Number of records.</param>
/// <param name="Names">The names of the first record's fields, those of inner objects as paths.</param>
/// <param name="Fields">The fields that seem to hold a problem; where none does, its own default. A solution may be in some records alone.</param>
/// <param name="Missing">What no field seems to hold: <c>question</c>, <c>answer</c>.</param>
public sealed record FoundFields(int Problems, IReadOnlyList<string> Names, ProblemFields Fields, IReadOnlyList<string> Missing)
{
    private const int MaxDepth = 3, MaxNames = 200;

    // The names that public sets of problems use, the likeliest first.
    private static readonly string[] Questions = ["problem", "question", "prompt", "input", "query", "instruction", "messages"];
    private static readonly string[] Answers =
        ["final_answer", "answer", "ground_truth", "expected_answer", "gold", "target", "answers", "output", "label"];

    private static readonly string[] Solutions = ["solution", "reference_solution", "rationale", "explanation", "worked_solution"];
    private static readonly string[] Ids = ["id", "unique_id", "problem_id", "question_id", "uid", "uuid"];

    // A story and what is asked of it.
    private static readonly string[] Story = ["body", "question"];

    /// <summary>Looks at a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What it seems to hold.</returns>
    /// <exception cref="InputException">The file is of no format there is, or not as its ending says.</exception>
    public static FoundFields In(string path)
    {
        string[] names = [];
        int count = 0;
        HashSet<string> ids = new(StringComparer.Ordinal);
        string id = "";
        string? answer = null, solution = null;
        bool unique = true, marked = false;
        foreach (FileRecord record in RecordFile.Read(path))
        {
            if (count++ == 0)
            {
                names = [.. Paths(record.Object, "", MaxDepth).Take(MaxNames)];
                id = Likely(names, Ids) ?? "";
                answer = Likely(names, Answers);
                marked = answer is not null && record.Find(answer) is { ValueKind: JsonValueKind.String } text
                    && text.GetRawText().Contains(ProblemFields.AnswerMark, StringComparison.Ordinal);
            }

            solution ??= Likely([.. Paths(record.Object, "", MaxDepth).Take(MaxNames)], Solutions);
            unique = unique && id.Length > 0 && record.Find(id) is { ValueKind: JsonValueKind.String or JsonValueKind.Number } value
                && value.GetRawText() is not "\"\"" && ids.Add(value.GetRawText());
        }

        string[] question = Body(names) ?? (Likely([.. names.Where(name => !Same(name, answer))], Questions) is { } field ? [field] : []);
        ProblemFields usual = new();
        return new(
            count,
            names,
            new()
            {
                Question = question.Length > 0 ? [.. question] : usual.Question,
                Answer = answer ?? usual.Answer,
                Solution = solution ?? (marked ? answer! : ""),
                Id = unique ? id : "",
            },
            [.. question.Length > 0 ? Array.Empty<string>() : ["question"], .. answer is null ? ["answer"] : Array.Empty<string>()]);
    }

    /// <summary>A question whose story stands in a field of its own.</summary>
    private static string[]? Body(string[] names)
    {
        string[] parts = [.. Story.Select(word => Array.Find(names, name => Same(name, word))).OfType<string>()];
        return parts.Length == Story.Length ? parts : null;
    }

    /// <summary>The first field, and the one nearest to the record itself, that has one of some names.</summary>
    private static string? Likely(string[] names, string[] likely) => likely
        .SelectMany(word => names.Where(name => Same(name[(name.LastIndexOf('.') + 1)..], word)).OrderBy(name => name.Count(c => c == '.')))
        .FirstOrDefault();

    private static bool Same(string name, string? word) => string.Equals(name, word, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Paths(JsonElement value, string prefix, int depth)
    {
        foreach (JsonProperty field in value.EnumerateObject())
        {
            string path = prefix + field.Name;
            yield return path;
            if (field.Value.ValueKind == JsonValueKind.Object && depth > 1)
            {
                foreach (string inner in Paths(field.Value, path + ".", depth - 1))
                {
                    yield return inner;
                }
            }
        }
    }
}

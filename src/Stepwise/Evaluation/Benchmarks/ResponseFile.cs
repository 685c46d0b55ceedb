using System.Text.Json;
using Stepwise.Policies;
using Stepwise.Problems;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>Responses of any model to a benchmark's problems: JSON lines of <c>id</c>, <c>response</c> and maybe <c>truncated</c>.</summary>
public static class ResponseFile
{
    /// <summary>Reads a file; several responses to a problem are several samples of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">The benchmark.</param>
    /// <returns>The place of each response's problem and the response, in the file's order; at least one, read as they are asked for.</returns>
    /// <exception cref="InputException">A line is not as described, or its id is of no problem; the message names the line.</exception>
    public static IEnumerable<(int Problem, Completion Response)> Read(string path, BenchmarkSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return JsonLines.Read(path, JsonLines.MaxResponseLineBytes).Select(line => (Problem(line, set), Response(line)));
    }

    private static int Problem(FileRecord line, BenchmarkSet set)
    {
        string id = line.Text("id", orNumber: true);
        return set.Place(id) is >= 0 and int place
            ? place
            : throw new InputException(
                $"{line.Place}: {set.File} has no problem with the id {Quoted.Of(id)}; its first is {Quoted.Of(set.Problems[0].Problem.Id)}.");
    }

    /// <summary>A response may be empty; that it is missing is an error.</summary>
    private static Completion Response(FileRecord line)
    {
        JsonElement response = line.Required("response", "string");
        string text = response.ValueKind == JsonValueKind.String ? line.Unicode("response", response) : throw line.Unexpected("response", response, "string");
        bool truncated = line.Find("truncated") is { } value && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw line.Unexpected("truncated", value, "truth value"),
        };
        return new([], [], text, [], truncated ? FinishReason.Length : FinishReason.Stop);
    }
}

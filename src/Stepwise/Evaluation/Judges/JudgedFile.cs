using System.Text.Json;
using Stepwise.Problems;

namespace Stepwise.Evaluation.Judges;

/// <summary>What a judge said of traces, as <c>stepwise judge --json</c> prints it.</summary>
public static class JudgedFile
{
    /// <summary>Reads the lines with the event <c>judgement</c>.</summary>
    /// <param name="path">The file.</param>
    /// <returns>By the trace's id the first wrong step counted from 0, −1 for none, <see langword="null"/> for no judgement.</returns>
    /// <exception cref="InputException">The file is not as described, or holds no judgement.</exception>
    public static IReadOnlyDictionary<string, int?> Read(string path)
    {
        Dictionary<string, int?> words = new(StringComparer.Ordinal);
        foreach (FileRecord line in JsonLines.Read(path).Where(line => string.Equals(line.OptionalText("event"), "judgement", StringComparison.Ordinal)))
        {
            words[line.Text("id")] = line.Find("judged") is { ValueKind: JsonValueKind.Number } step && step.TryGetInt32(out int index) ? index : null;
        }

        return words.Count > 0
            ? words
            : throw new InputException($"{path}: holds no line with the event \"judgement\"; give what stepwise judge --json printed.");
    }
}

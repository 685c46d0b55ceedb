namespace Stepwise.Problems;

/// <summary>Reads a problem set from a file with one JSON object per line.</summary>
/// <remarks>
/// Fields: <c>id</c> (string or number, unique in the file), <c>prompt</c> (string), <c>answer</c> (string or number), and
/// optionally <c>solution</c> (string, one step per line), <c>hints</c> and <c>difficulty</c> (as in <see cref="ProblemFields"/>). Other
/// fields are ignored, blank lines skipped. UTF-8, at most 1 MiB a line.
/// </remarks>
public static class ProblemFile
{
    /// <summary>Reads the problems of a file in order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="check">Throws <see cref="InputException"/> for a problem that the task cannot take; the line is added to it.</param>
    /// <returns>At least one problem.</returns>
    /// <exception cref="InputException">The file or a line of it is not as described; the message names the line.</exception>
    public static IReadOnlyList<Problem> Read(string path, Action<Problem>? check = null) => Gather(
        JsonLines.Read(path),
        line => new(line.Text("id", orNumber: true), line.Text("prompt"), line.Text("answer", orNumber: true), line.OptionalText("solution"))
        {
            Hints = ProblemFields.HintsOf(line, "hints"),
            Difficulty = ProblemFields.DifficultyOf(line, "difficulty"),
        },
        check);

    /// <summary>The problems of records, in order.</summary>
    /// <param name="records">The records, at least one.</param>
    /// <param name="read">The problem of a record.</param>
    /// <param name="check">As in <see cref="Read"/>.</param>
    /// <exception cref="InputException">A record is not as expected, or two problems have the same id; the message says where.</exception>
    internal static IReadOnlyList<Problem> Gather(IEnumerable<FileRecord> records, Func<FileRecord, Problem> read, Action<Problem>? check = null)
    {
        List<Problem> problems = [];
        Dictionary<string, string> places = new(StringComparer.Ordinal);
        foreach (FileRecord record in records)
        {
            Problem problem = read(record);
            if (!places.TryAdd(problem.Id, record.Place))
            {
                throw new InputException($"{record.Place}: the id \"{problem.Id}\" is taken by {places[problem.Id]}; ids must be unique.");
            }

            try
            {
                check?.Invoke(problem);
            }
            catch (InputException e)
            {
                throw new InputException($"{record.Place}: {e.Message}", e);
            }

            problems.Add(problem);
        }

        return problems;
    }
}

namespace Stepwise.Problems;

/// <summary>Reads a problem set from a file with one JSON object per line.</summary>
/// <remarks>
/// Fields: <c>id</c> (string or number, unique in the file), <c>prompt</c> (string), <c>answer</c> (string or number), and
/// optionally <c>solution</c> (string, one step per line). Other fields are ignored, blank lines skipped. UTF-8, at most 1 MiB a line.
/// </remarks>
public static class ProblemFile
{
    /// <summary>Reads the problems of a file in order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="check">Throws <see cref="InputException"/> for a problem that the task cannot take; the line is added to it.</param>
    /// <returns>At least one problem.</returns>
    /// <exception cref="InputException">The file or a line of it is not as described; the message names the line.</exception>
    public static IReadOnlyList<Problem> Read(string path, Action<Problem>? check = null)
    {
        List<Problem> problems = [];
        Dictionary<string, string> places = new(StringComparer.Ordinal);
        foreach (JsonLine line in JsonLines.Read(path))
        {
            Problem problem = new(
                line.Text("id", orNumber: true),
                line.Text("prompt"),
                line.Text("answer", orNumber: true),
                line.OptionalText("solution"));
            if (!places.TryAdd(problem.Id, line.Place))
            {
                throw new InputException($"{line.Place}: the id \"{problem.Id}\" is taken by {places[problem.Id]}; ids must be unique.");
            }

            try
            {
                check?.Invoke(problem);
            }
            catch (InputException e)
            {
                throw new InputException($"{line.Place}: {e.Message}", e);
            }

            problems.Add(problem);
        }

        return problems;
    }
}

using System.Globalization;
using Stepwise.Problems;
using Stepwise.Tasks;

namespace Stepwise.Recipes;

/// <summary>What a run's problems are like, told before it begins.</summary>
public sealed record DataReport
{
    private const int Shown = 3, LongestReason = 160;

    /// <summary>The training problems.</summary>
    public required DataSetReport Train { get; init; }

    /// <summary>The held-out problems.</summary>
    public required DataSetReport Test { get; init; }

    /// <summary>The first problems whose reference lets no answer be decided, and why.</summary>
    public required IReadOnlyList<UndecidableReference> Undecidable { get; init; }

    /// <summary>Held-out problems whose question is also one of the training problems'.</summary>
    public required RepeatedQuestions Shared { get; init; }

    /// <summary>Tokens of the longest prompt.</summary>
    public required int LongestPrompt { get; init; }

    /// <summary>What there is to tell, a line for each.</summary>
    public IEnumerable<string> Lines()
    {
        int read = Train.References + Test.References, all = Train.Problems + Test.Problems;
        yield return Text($"Problems: {Train.Problems} to train on, {Test.Problems} held out; {read} of {all} references can be read; ")
            + Text($"the longest prompt has {Counted.Of(LongestPrompt, "token")}.");
        if (read < all)
        {
            yield return Text($"References that cannot be read, so that no answer is decided: {all - read}: ")
                + string.Join("; ", Undecidable.Select(u => $"{u.Problem}: {Escaped.Line(u.Reason, LongestReason)}"))
                + (all - read > Undecidable.Count ? "; …" : ".");
        }

        foreach ((RepeatedQuestions repeated, string where) in new[]
        {
            (Train.Repeated, "among the training problems"), (Test.Repeated, "among the held-out problems"),
            (Shared, "of held-out problems that are also training problems', so that the policy is measured on what it was trained on"),
        })
        {
            if (repeated.Count > 0)
            {
                yield return Text($"Repeated questions {where}: {repeated.Count}: ")
                    + string.Join(", ", repeated.First.Select(pair => Escaped.Line(pair, LongestReason)))
                    + (repeated.Count > repeated.First.Count ? ", …" : ".");
            }
        }

        if (Train.Dropped + Test.Dropped > 0)
        {
            yield return Text($"Left out, because the prompt does not fit the policy's context: {Train.Dropped} of the training problems, ")
                + Text($"{Test.Dropped} held-out ones.");
        }
    }

    /// <summary>The report for people.</summary>
    public override string ToString() => string.Join('\n', Lines());

    /// <summary>The report on problems.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="longestPrompt">Tokens of the longest prompt.</param>
    internal static DataReport Of(ProblemSets problems, int longestPrompt)
    {
        UndecidableReference[] train = [.. Undecided(problems.Task, problems.Train)], test = [.. Undecided(problems.Task, problems.Test)];
        Dictionary<string, string> asked = new(StringComparer.Ordinal);
        RepeatedQuestions repeated = RepeatedQuestions.Among(problems.Train, asked, adds: true);
        return new()
        {
            Train = new(problems.Train.Count, problems.Train.Count - train.Length, problems.DroppedTrain, repeated),
            Test = new(
                problems.Test.Count, problems.Test.Count - test.Length, problems.DroppedTest,
                RepeatedQuestions.Among(problems.Test, new(StringComparer.Ordinal), adds: true)),
            Undecidable = [.. train.Concat(test).Take(Shown)],
            Shared = RepeatedQuestions.Among(problems.Test, asked, adds: false),
            LongestPrompt = longestPrompt,
        };
    }

    private static IEnumerable<UndecidableReference> Undecided(ITask task, IReadOnlyList<Problem> problems) => problems
        .Select(problem => (problem.Id, Why: task.WhyUndecided(problem)))
        .Where(problem => problem.Why is not null)
        .Select(problem => new UndecidableReference(problem.Id, problem.Why!));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What one of a run's problem sets is like.</summary>
/// <param name="Problems">Number of problems.</param>
/// <param name="References">How many have a reference by which answers can be decided.</param>
/// <param name="Dropped">How many were left out, because their prompt does not fit the policy's context; not among the problems.</param>
/// <param name="Repeated">Those whose question an earlier one has too.</param>
public sealed record DataSetReport(int Problems, int References, int Dropped, RepeatedQuestions Repeated);

/// <summary>A problem to which no answer can be decided.</summary>
/// <param name="Problem">Its id.</param>
/// <param name="Reason">Why, in one line for people.</param>
public sealed record UndecidableReference(string Problem, string Reason);

/// <summary>Problems whose question another problem has too, white space around it aside.</summary>
/// <param name="Count">How many.</param>
/// <param name="First">The ids of the first, each with that of the other.</param>
public sealed record RepeatedQuestions(int Count, IReadOnlyList<string> First)
{
    private const int Shown = 3;

    /// <summary>The problems whose question was asked before.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="asked">Questions that were asked, each with the id of its problem.</param>
    /// <param name="adds">Whether the problems' own questions are asked by that, too.</param>
    internal static RepeatedQuestions Among(IReadOnlyList<Problem> problems, Dictionary<string, string> asked, bool adds)
    {
        int count = 0;
        List<string> first = [];
        foreach (Problem problem in problems)
        {
            string question = problem.Question.Trim();
            if (asked.TryGetValue(question, out string? other))
            {
                count++;
                if (first.Count < Shown)
                {
                    first.Add($"{problem.Id} ({other})");
                }
            }
            else if (adds)
            {
                asked.Add(question, problem.Id);
            }
        }

        return new(count, first);
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Stepwise.Judging.Trained.Corruptions;

namespace Stepwise.Judging.Trained;

/// <summary>
/// Words for a solution in which a line is an equation in prose, as models write them: a sentence before the first step, ordinals, marks of
/// mathematics, several lines in a step, and many ways to state the answer. It changes no number, and so leaves right what is right.
/// </summary>
internal sealed partial class ProseWording
{
    // What the places of the random stream decide.
    private const ulong Opening = 0, Ordinals = 1, Marks = 2, Answers = 3, Joining = 4, Sign = 5, Lines = 100;

    private static readonly string[] Openings =
    [
        "", "", "", "Let's break down the problem step by step.", "Let's solve this problem step by step.", "We can solve this problem step by step:",
        "To find the answer, we need to follow these steps:", "To solve this problem, we need to look at what is given.",
        "To determine the answer, we work through the information in the question.",
    ];

    private static readonly string[] Endings =
    [
        "#### {0}", "The answer is {0}.", @"Therefore, the answer is \(\boxed{{{0}}}\).", @"So, the final answer is \boxed{{{0}}}.", "So the answer is {0}.",
        @"Thus, the answer is $\boxed{{{0}}}$.", @"The final answer is: \[ \boxed{{{0}}} \]", "Therefore, the final answer is {0}.",
    ];

    private static readonly string[] First = ["", "", "First, ", "Step 1: ", "1. ", "- "];
    private static readonly string[][] Later =
        [[""], ["", "", "Then ", "Now, "], ["Next, ", "Then, ", "Second, ", "After that, "], ["Step {0}: "], ["{0}. "], ["- "]];

    private static readonly double[] Joined = [0, 0, 0.2, 0.5];
    private static readonly string[] MarkForms = ["{0}", "{0}", @"\({0}\)", @"\[ {0} \]", "${0}$", "**{0}**"];
    private static readonly string[] Times = ["*", "*", " × ", " x "];

    private readonly ulong _key;

    /// <summary>A wording, the same for all traces of a problem that are given the same stream.</summary>
    public ProseWording(ulong key) => _key = key;

    /// <summary>The steps of a trace in these words.</summary>
    /// <param name="lines">The lines, up to a wrong one or all.</param>
    /// <param name="answers">Whether the last of them states the answer.</param>
    public IReadOnlyList<string> Write(IReadOnlyList<string> lines, bool answers)
    {
        List<string> steps = [];
        string opening = Pick(Openings, Opening);
        if (opening.Length > 0)
        {
            steps.Add(opening);
        }

        double joined = Pick(Joined, Joining);
        string open = "";
        for (int i = 0; i < lines.Count; i++)
        {
            bool last = i + 1 == lines.Count;
            string text = last && answers ? Answer(lines[i]) : Line(lines[i], i);
            open += (open.Length > 0 ? " " : "") + text;
            if (last || CounterRandom.Uniform(_key, Lines + (ulong)i) >= joined)
            {
                steps.Add(open);
                open = "";
            }
        }

        return steps;
    }

    private string Line(string line, int index)
    {
        int style = CounterRandom.Integer(_key, Ordinals, First.Length);
        string[] later = Later[style];
        string before = index == 0 ? First[style] : later[CounterRandom.Integer(CounterRandom.Key(_key, Ordinals), (ulong)index, later.Length)];
        string form = Pick(MarkForms, Marks), times = form.StartsWith('\\') ? @" \times " : Pick(Times, Sign);
        string marked = Equation().Replace(
            line, match => string.Format(CultureInfo.InvariantCulture, form, match.Value.Replace("*", times, StringComparison.Ordinal)));
        return before.Replace("{0}", $"{index + 1}", StringComparison.Ordinal) + marked;
    }

    private string Answer(string line) => Numerals.Last(line) is { } number
        ? string.Format(CultureInfo.InvariantCulture, Pick(Endings, Answers), number)
        : line;

    private T Pick<T>(T[] among, ulong place) => among[CounterRandom.Integer(_key, place, among.Length)];

    [GeneratedRegex(@"\d[\d.,]*(?:\s*[-+*/]\s*\$?\d[\d.,]*)+\s*=\s*\$?\d+(?:[.,]\d+)*", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Equation();
}

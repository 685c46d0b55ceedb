using System.Globalization;
using Stepwise.Problems;
using Stepwise.Tasks;
using Stepwise.Tasks.Chains;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Tests.Judging;

/// <summary>Problems with responses of every kind, and lines to put into them.</summary>
internal abstract class GeneratedResponses
{
    public abstract ITask Task { get; }

    /// <summary>A problem and the lines of a response: right, slightly wrong or nonsense, with idle lines or without.</summary>
    public abstract (Problem Problem, string[] Lines) Draw(ulong key);

    /// <summary>A line that is idle before line <paramref name="place"/>, counted from 0, as long as nothing before is wrong.</summary>
    public abstract string Idle(Problem problem, string[] lines, int place, ulong key);

    /// <summary>A problem, and a derivation of its first milestones in two writings; neither goes on.</summary>
    public abstract (Problem Problem, string[] One, string[] Other) DrawTwoWritings(ulong key);

    public static GeneratedResponses Of(string judge) => judge is "chain" ? new ChainResponses() : new WordResponses();

    protected static int Draw(ulong key, ulong place, int bound) => CounterRandom.Integer(key, place, bound);

    protected static T One<T>(ulong key, ulong place, IReadOnlyList<T> of) => of[Draw(key, place, of.Count)];

    /// <summary>Damages some responses: a line or digit changed, dropped, copied, or two swapped.</summary>
    protected static string[] Damaged(string[] lines, string[] others, ulong key)
    {
        List<string> damaged = [.. lines];
        for (ulong i = 0; i < (ulong)Draw(key, 0, 3) && damaged.Count > 0; i++)
        {
            int at = Draw(key, (5 * i) + 1, damaged.Count), to = Draw(key, (5 * i) + 2, damaged.Count);
            switch (Draw(key, (5 * i) + 3, 5))
            {
                case 0:
                    damaged.RemoveAt(at);
                    break;
                case 1:
                    damaged.Insert(to, damaged[at]);
                    break;
                case 2:
                    (damaged[at], damaged[to]) = (damaged[to], damaged[at]);
                    break;
                case 3:
                    damaged[at] = One(key, (5 * i) + 4, others);
                    break;
                default:
                    int digit = damaged[at].LastIndexOfAny([.. "0123456789"]);
                    damaged[at] = digit < 0 ? damaged[at] : damaged[at][..digit] + (char)('0' + Draw(key, (5 * i) + 4, 10)) + damaged[at][(digit + 1)..];
                    break;
            }
        }

        return [.. damaged];
    }
}

/// <summary>Chains on which idle lines are allowed, written with forgotten carries.</summary>
internal sealed class ChainResponses : GeneratedResponses
{
    private static readonly ChainedArithmetic Chained = new(new() { Operations = 6, Operators = "+-*", IdleLines = true });
    private static readonly IReadOnlyList<Problem> Problems = Chained.Generate(5, 200, Split.Train);

    public override ITask Task => Chained;

    public override (Problem Problem, string[] Lines) Draw(ulong key)
    {
        Problem problem = One(key, 1, Problems);
        string response = Chained.WriteSolution(problem, One(key, 2, [0.0, 0.1, 0.3]), key, One(key, 3, [0.0, 0.2, 0.5]));
        return (problem, Damaged(response.Split('\n'), [.. problem.Solution!.Split('\n'), "#0", "", "5=5"], CounterRandom.Key(key, 4)));
    }

    public override string Idle(Problem problem, string[] lines, int place, ulong key)
    {
        string before = place == 0 ? problem.Question[..problem.Question.IndexOfAny(['+', '-', '*'])] : lines[place - 1];
        string value = before[(before.LastIndexOf('=') + 1)..];
        return $"{value}={value}";
    }

    public override (Problem Problem, string[] One, string[] Other) DrawTwoWritings(ulong key)
    {
        // A milestone is a line of its own here; what may differ is how often its value is restated.
        Problem problem = One(key, 1, Problems);
        string[] right = problem.Solution!.Split('\n');
        string stop = right[Draw(key, 2, right.Length)];
        string[] Writing(ulong part) =>
            [.. Chained.WriteSolution(problem, 0, CounterRandom.Key(key, part), 0.4).Split('\n').TakeWhile(line => !string.Equals(line, stop, StringComparison.Ordinal))];
        return (problem, Writing(3), Writing(4));
    }
}

/// <summary>GSM8K's test problems with their own solutions, damaged, and made-up ones whose derivations can be written in several ways.</summary>
internal sealed class WordResponses : GeneratedResponses
{
    private static readonly Gsm8k Words = new();

    private static readonly string[] Filler =
    [
        "Let us think about this.", "We know that it matters.", "Let x be the number of things.", "total = price * number", "x = y",
        "Then we can go on:", "So we need the rest.", "1000003 + 1 = 1000004", "- Now", "She works 1000007 days.", "It is what it is!",
    ];

    private static readonly string[] Others = [.. Filler, "#### 1", "So the answer is 2", "10 + 5 = 15", "3 * 4 = 13", "The answer is 6 * 7 = 42."];

    // Read when first asked for, so that a test without the shared folder is skipped.
    private static IReadOnlyList<Problem>? _problems;

    public override ITask Task => Words;

    private static IReadOnlyList<Problem> Problems => _problems ??= Gsm8k.Read(SharedFolder.Require("data", "gsm8k", "test.jsonl"), Split.Test);

    public override (Problem Problem, string[] Lines) Draw(ulong key)
    {
        Problem problem = One(key, 1, Problems);
        string[] lines = Words.ReferenceResponse(problem)!.Split('\n');
        string[] ending = One<string[]>(key, 3, [lines[^1..], lines[^1..], [], ["#### 1"], ["So it is 7."], ["5 * 5 = 25", "#### 25"], lines[^2..^1]]);
        return (problem, Damaged([.. lines[..^1], .. ending], Others, CounterRandom.Key(key, 2)));
    }

    public override string Idle(Problem problem, string[] lines, int place, ulong key) =>
        place > 0 && Draw(key, 1, 2) == 0 ? lines[Draw(key, 2, place)] : One(key, 3, Filler);

    /// <summary>
    /// A derivation of sums, products and differences of the value before and a new number; a line each, or some in one. No value comes twice:
    /// who derives such a one does not say which of the two it is.
    /// </summary>
    public override (Problem Problem, string[] One, string[] Other) DrawTwoWritings(ulong key)
    {
        int operations = 2 + Draw(key, 0, 4), first = 2 + Draw(key, 1, 30);
        (char Symbol, long Operand, long Value)[] chain = new (char, long, long)[operations];
        long value = first;
        for (int i = 0; i < operations; i++)
        {
            char symbol = "+*-"[Draw(key, (ulong)((3 * i) + 2), 3)];
            long operand = 2 + Draw(key, (ulong)((3 * i) + 3), 9);
            value = symbol switch { '+' => value + operand, '*' => value * operand, _ => value - operand };
            chain[i] = (symbol, operand, value);
        }

        if (chain.DistinctBy(line => Math.Abs(line.Value)).Count() < operations)
        {
            return DrawTwoWritings(CounterRandom.Key(key, 7));
        }

        string solution = string.Concat(chain.Select((line, i) =>
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"({(i == 0 ? first : chain[i - 1].Value)}) {line.Symbol} {line.Operand} = ");
            return string.Create(CultureInfo.InvariantCulture, $"Now {text}<<{text}{line.Value}>>{line.Value}.\n");
        }));
        Problem problem = new(
            "made-up", string.Create(CultureInfo.InvariantCulture, $"Begin with {first}, and then {string.Join(", ", chain.Select(l => l.Operand))}?"),
            string.Create(CultureInfo.InvariantCulture, $"{value}"), string.Create(CultureInfo.InvariantCulture, $"{solution}#### {value}"));

        int reached = 1 + Draw(key, 2, operations);
        return (problem, Writing(5), Writing(6));

        string[] Writing(ulong part)
        {
            List<string> lines = [];
            string expression = string.Create(CultureInfo.InvariantCulture, $"({first})");
            for (int i = 0; i < reached; i++)
            {
                expression = string.Create(CultureInfo.InvariantCulture, $"{expression} {chain[i].Symbol} {chain[i].Operand}");
                if (i == reached - 1 || CounterRandom.Uniform(CounterRandom.Key(key, part), (ulong)i) < 0.5)
                {
                    lines.Add(string.Create(CultureInfo.InvariantCulture, $"{expression} = {chain[i].Value}"));
                    expression = string.Create(CultureInfo.InvariantCulture, $"({chain[i].Value})");
                }
                else
                {
                    expression = $"({expression})";
                }
            }

            return [.. lines];
        }
    }
}

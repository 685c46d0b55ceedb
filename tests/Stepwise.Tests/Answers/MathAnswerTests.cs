using System.Reflection;
using System.Text;
using System.Text.Json;
using Stepwise.Answers;
using Stepwise.Evaluation.Answers;

namespace Stepwise.Tests.Answers;

/// <summary>Whether answers are the same. The table <c>math-cases.tsv</c> has the forms, a kind after another.</summary>
public sealed class MathAnswerTests
{
    private static readonly AnswerPair[] Cases = [.. ReadCases()];

    [Fact]
    public void Compare_Cases_SaysWhatACarefulReaderSays()
    {
        string[] wrong = [.. Cases.Select(c => (Case: c, Found: c.Compare())).Where(x => x.Found.Outcome != x.Case.Label).Select(x =>
            $"{x.Case.Gold} and {x.Case.Answer}: {x.Found.Outcome} ({x.Found.Reference}; {x.Found.Answer}; {x.Found.Reason}), expected {x.Case.Label}")];

        wrong.ShouldBeEmpty();
        Cases.Length.ShouldBeGreaterThan(150);
    }

    [Fact]
    public void Compare_LabelledPairs_AcceptsNoneThatIsDifferent()
    {
        IReadOnlyList<AnswerPair> pairs = AnswerPair.Read(SharedFolder.Require("golden", "verifier", "pairs.jsonl"));
        (AnswerPair Pair, AnswerComparison Found)[] all = [.. pairs.Select(pair => (pair, pair.Compare()))];

        all.Where(x => x.Pair.Label == Equivalence.Different && x.Found.Outcome == Equivalence.Equal).Select(x => x.Pair.Id).ShouldBeEmpty();
        all.Count(x => x.Pair.Label == Equivalence.Equal && x.Found.Outcome == Equivalence.Different).ShouldBeLessThan(all.Length / 100);
        all.Count(x => x.Found.Outcome == Equivalence.Undecided).ShouldBeLessThan(all.Length * 3 / 100);
    }

    [Fact]
    public void Compare_LabelledPairs_SaysTheSameOfBothOrders()
    {
        IReadOnlyList<AnswerPair> pairs = AnswerPair.Read(SharedFolder.Require("golden", "verifier", "pairs.jsonl"));

        pairs.Where(pair => MathAnswer.Find(pair.Answer, truncated: false) is { } answer && MathAnswer.Read(pair.Gold) is var gold
            && MathAnswer.Compare(gold, answer).Outcome != MathAnswer.Compare(answer, gold).Outcome).Select(pair => pair.Id).ShouldBeEmpty();
    }

    [Fact]
    public void Compare_HostileAnswers_EndsAndAcceptsNone()
    {
        // On a stack of a worker thread that someone made small.
        List<string> accepted = [];
        string[] hostile = [.. Hostile()];
        Thread thread = new(() => accepted.AddRange(hostile.Where(answer => Accepts("\\frac{12345}{678}", answer) || Accepts("x^2+1", answer))), 256 * 1024);
        thread.Start();
        thread.Join();

        accepted.ShouldBeEmpty();
    }

    [Fact]
    public void Compare_MutatedAnswers_NeverThrows()
    {
        const string Signs = "{}()[]|$\\^_+-*/=<>!,.;:%&~ 0123456789abixyeπ√²°\n≤∞";
        string[] words = ["\\frac", "\\sqrt", "\\boxed{", "\\text{", "\\left(", "\\right)", "\\begin{pmatrix}", "\\end{pmatrix}", "\\pm", "\\infty",
            "\\cup", "\\sin", "\\log_", " or ", "answer is ", "####", "\\binom"];
        for (int i = 0; i < 20_000; i++)
        {
            ulong key = CounterRandom.Key(15, (ulong)i), drawn = 0;
            int Next(int bound) => CounterRandom.Integer(key, drawn++, bound);
            AnswerPair pair = Cases[Next(Cases.Length)];
            StringBuilder answer = new(pair.Answer);
            for (int k = Next(7) + 1; k > 0; k--)
            {
                int at = Next(answer.Length + 1);
                if (Next(3) == 0 && at < answer.Length)
                {
                    answer.Remove(at, 1);
                }
                else
                {
                    answer.Insert(at, Next(4) == 0 ? words[Next(words.Length)] : Signs[Next(Signs.Length)].ToString());
                }
            }

            string text = answer.ToString();
            bool truncated = Next(2) == 0;
            Should.NotThrow(() => (pair with { Answer = text, Truncated = truncated }).Compare(), text);
        }
    }

    [Fact]
    public void Find_TruncatedResponse_TakesTheLastCompleteStatement()
    {
        MathAnswer.Find("\\boxed{3} and so \\boxed{\\frac{1", truncated: true)!.Text.ShouldBe("3");
        MathAnswer.Find("The answer is 3", truncated: true).ShouldBeNull();
        MathAnswer.Find("x + 1", truncated: true).ShouldBeNull();
    }

    [Fact]
    public void Read_NoMathematics_SaysWhatWasFound()
    {
        MathAnswer.Read("(1, 2").Unread.ShouldBe("found the end; expected a closing bracket");
        MathAnswer.Read("").Unread.ShouldBe("the answer is empty");
        MathAnswer.Read("\\int x").Unread.ShouldBe("the command \\int is not read");
    }

    private static bool Accepts(string reference, string answer) =>
        new AnswerPair("", reference, answer, Truncated: false, Label: null).Compare().Outcome == Equivalence.Equal;

    private static IEnumerable<string> Hostile()
    {
        foreach (string line in File.ReadLines(SharedFolder.Require("golden", "verifier", "hostile.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty("answer_repeat", out JsonElement repeat))
            {
                yield return repeat[0].GetString() + string.Concat(Enumerable.Repeat(repeat[1].GetString(), repeat[2].GetInt32())) + repeat[3].GetString();
            }
            else
            {
                yield return document.RootElement.GetProperty("answer").GetString() ?? "";
            }
        }
    }

    private static IEnumerable<AnswerPair> ReadCases()
    {
        using StreamReader reader = new(Assembly.GetExecutingAssembly().GetManifestResourceStream("math-cases.tsv")!);
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split('\t');
            if (parts.Length == 3)
            {
                yield return new AnswerPair(line, parts[0].Replace('⏎', '\n'), parts[1].Replace('⏎', '\n'), Truncated: false, Enum.Parse<Equivalence>(parts[2], ignoreCase: true));
            }
        }
    }
}

using System.Text.Json;
using Stepwise.Answers;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Tasks;
using Stepwise.Tasks.Mathematics;

namespace Stepwise.Evaluation.Benchmarks;

/// <summary>A benchmark whose answers are mathematics, words or letters of choices: see <see cref="MathAnswer"/>.</summary>
public sealed record MathBenchmark : Benchmark
{
    // Between two ways to write one answer, in Chinese files.
    private const char Or = '或';

    private static readonly MathTask Verifier = new();

    /// <summary>The fields of the question, see <see cref="ProblemFields.Question"/>.</summary>
    public TextList Question { get; init; } = ["problem"];

    /// <summary>The fields of the reference answer: the first that is there and not blank counts.</summary>
    public IReadOnlyList<string> Answers { get; init; } = ["answer"];

    /// <summary>What a policy is asked, see <see cref="PromptOptions.Template"/>.</summary>
    public string Template { get; init; } = $"{PromptOptions.Question}\n\n{MathTask.BoxedInstruction}";

    /// <inheritdoc/>
    public override string Fields => $"{string.Join(" + ", Question)}; {string.Join(", else ", Answers)}";

    /// <inheritdoc/>
    public override string Rule => "equal as mathematics";

    /// <inheritdoc/>
    public override string Metrics => "avg@k, pass@k, maj@k";

    /// <inheritdoc/>
    public override bool Votes => true;

    /// <inheritdoc/>
    public override ITask CreateTask(bool chat) => new MathTask(new MathOptions { Prompt = new() { Template = Template, Chat = chat } });

    /// <inheritdoc/>
    internal override BenchmarkProblem Read(FileRecord record, string id)
    {
        ProblemFields fields = new() { Question = Question, Answer = Answers.FirstOrDefault(field => IsGiven(record, field), Answers[^1]) };
        Problem problem = fields.Asked(record, id);
        _ = record.Required(fields.Answer, "reference answer");
        string answer;
        try
        {
            answer = OneOf(fields.AnswerOf(record with { Place = "the reference cannot be read" }));
        }
        catch (InputException e)
        {
            return new(problem, e.Message);
        }

        problem = problem with { Answer = answer };
        return new(problem, Verifier.WhyUndecided(problem));
    }

    private static bool IsGiven(FileRecord record, string field) => record.Find(field) is { } value
        && value.ValueKind != JsonValueKind.Null
        && !(value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(record.Unicode(field, value)));

    /// <summary>Of one answer written in several ways, the first; answers that differ stay together, as all of them are asked for.</summary>
    private static string OneOf(string answer)
    {
        MathAnswer[] ways = [.. answer.Split(Or).Select(way => MathAnswer.Read(way.Trim(' ', '．', '。')))];
        return ways.Length > 1 && ways.Skip(1).All(way => MathAnswer.Compare(ways[0], way).Outcome == Equivalence.Equal) ? ways[0].Text : answer;
    }
}

using Stepwise.Judging.Trained;
using Stepwise.Judging.Trained.Corruptions;
using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Training.Judges;

/// <summary>In which words solutions are put.</summary>
public enum TraceWording
{
    /// <summary>As they are written.</summary>
    AsWritten,

    /// <summary>In many forms in which models write prose.</summary>
    Prose,
}

/// <summary>Reference solutions of the task's problems, each right, and again with one step made wrong in several ways.</summary>
public sealed record CorruptionSource : JudgeSource
{
    private const ulong OrderStream = 0x436F7272;
    private const int TriesPerTrace = 8;
    private const StringSplitOptions Whole = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>Wrong steps per problem; at least 1.</summary>
    [Key("wrong steps that are made of each solution", Unit = "steps", Low = 1, High = 30)]
    public int WrongSteps { get; init; } = 6;

    /// <summary>In which words the solutions are put.</summary>
    [Key("words of the solutions: as written, or in the many forms in which models write prose")]
    public TraceWording Wording { get; init; }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<KnownTraces>> DrawAsync(
        JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ProblemOrder order = new(setting.Problems, CounterRandom.Key(setting.Key, OrderStream));
        List<KnownTraces> drawn = [];
        for (int i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Problem problem = order.At(i);
            if (setting.Task.ReferenceResponse(problem) is { } response
                && Traces(new(problem, response.Split('\n', Whole)), setting.Corruptions, CounterRandom.Key(setting.Key, (ulong)i)) is { Count: > 1 } traces)
            {
                drawn.Add(new(problem, traces));
            }
        }

        return drawn.Count > 0
            ? new(drawn)
            : throw new InputException(
                $"No corruption applies to a reference solution of the task {setting.Task.Name}; take another source (judgeTraining.sources).");
    }

    /// <summary>The right trace, then different wrong ones.</summary>
    private List<KnownTrace> Traces(RightSolution solution, IReadOnlyList<Corruption> kinds, ulong key)
    {
        ProseWording? wording = Wording == TraceWording.Prose ? new(CounterRandom.Key(key, 0)) : null;
        IReadOnlyList<string> right = wording?.Write(solution.Steps, answers: true) ?? solution.Steps;
        List<KnownTrace> traces = [new(right, right.Count + 1)];
        HashSet<(int, string)> seen = [];
        double weights = kinds.Sum(kind => kind.Weight);
        for (ulong attempt = 0; attempt < (ulong)(WrongSteps * TriesPerTrace) && traces.Count <= WrongSteps; attempt++)
        {
            ulong draw = CounterRandom.Key(key, 1 + attempt);
            double at = CounterRandom.Uniform(draw, 0) * weights;
            Corruption kind = kinds.First(kind => (at -= kind.Weight) < 0);
            int step = kind is AnswerCorruption ? solution.Steps.Count - 1 : CounterRandom.Integer(draw, 1, solution.Steps.Count);
            if (kind.Wrong(solution, step, CounterRandom.Key(draw, 2)) is { } wrong && seen.Add((step, wrong)))
            {
                string[] lines = [.. solution.Steps.Take(step), wrong];
                IReadOnlyList<string> steps = wording?.Write(lines, Frame(wrong).Equals(Frame(solution.Steps[^1]), StringComparison.Ordinal)) ?? lines;
                traces.Add(new(steps, steps.Count));
            }
        }

        return traces;
    }

    /// <summary>What stands before the last number of a line.</summary>
    private static string Frame(string line) => Numerals.Last(line) is { } number
        ? line[..line.LastIndexOf(number, StringComparison.Ordinal)]
        : line;
}

using Stepwise.Evaluation.Judges;
using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Training.Judges;

/// <summary>
/// Solutions of a file in ProcessBench's form; a problem of the task with the same question lends its reference solution. Solutions of one
/// question are all learnt from or all held out.
/// </summary>
public sealed record FileSource : JudgeSource, IChecked
{
    // Of questions that the task does not have, every fifth is held out.
    private const int HeldOutEvery = 5;

    /// <summary>Full path of the file.</summary>
    [PathKey("labelled solutions: a file in ProcessBench's form")]
    public string Path { get; init; } = "";

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<KnownTraces>> DrawAsync(
        JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        HashSet<Problem> ours = new(setting.Problems, ReferenceEqualityComparer.Instance), others = new(setting.Others, ReferenceEqualityComparer.Instance);
        Dictionary<string, int> questions = new(StringComparer.Ordinal);
        List<KnownTraces> known = [];
        foreach (LabelledTrace trace in LabelledTrace.Read(Path, [.. setting.Problems, .. setting.Others]))
        {
            questions.TryAdd(trace.Problem.Question, questions.Count);
            bool heldOut = questions[trace.Problem.Question] % HeldOutEvery == HeldOutEvery - 1;
            if (ours.Contains(trace.Problem) || (!others.Contains(trace.Problem) && heldOut == setting.HeldOut))
            {
                known.Add(Known(trace));
            }
        }

        return known.Count > 0
            ? new(setting.Repeated(known, count))
            : throw new InputException(
                $"{Path}: has {Counted.Of(questions.Count, "question")}, none of which is {(setting.HeldOut ? "held out" : "learnt from")}; "
                + "give a file with more, or take another source beside it.");
    }

    /// <inheritdoc/>
    public void Check()
    {
        if (RegularFile.Fault(Path) is { } fault)
        {
            throw new OptionException(nameof(Path), Path.Length == 0
                ? " is not set; give a file in ProcessBench's form."
                : $" names {Path}, {fault}.");
        }
    }

    /// <summary>A trace as one to learn from.</summary>
    internal static KnownTraces Known(LabelledTrace trace) =>
        new(trace.Problem, [new([.. trace.Steps.Select(step => step.Text)], trace.FirstError)]);
}

using Stepwise.Evaluation.Judges;
using Stepwise.Options;

namespace Stepwise.Training.Judges;

/// <summary>Solutions of a file in ProcessBench's form; a problem of the task with the same question lends its reference solution.</summary>
public sealed record FileSource : JudgeSource, IChecked
{
    private const ulong OrderStream = 0x46696C65;

    /// <summary>Full path of the file.</summary>
    [PathKey("labelled solutions: a file in ProcessBench's form")]
    public string Path { get; init; } = "";

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<KnownTraces>> DrawAsync(
        JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(setting);
        IReadOnlyList<LabelledTrace> traces = LabelledTrace.Read(Path, setting.Problems);
        List<KnownTraces> drawn = [];
        for (int epoch = 0; drawn.Count < count; epoch++)
        {
            int[] order = CounterRandom.Permutation(CounterRandom.Key(CounterRandom.Key(setting.Key, OrderStream), (ulong)epoch), traces.Count);
            drawn.AddRange(order.Take(count - drawn.Count).Select(i => Known(traces[i])));
        }

        return new(drawn);
    }

    /// <inheritdoc/>
    public void Check()
    {
        if (!File.Exists(Path))
        {
            throw new OptionException(nameof(Path), Path.Length == 0
                ? " is not set; give a file in ProcessBench's form."
                : $" names {Path}, which does not exist.");
        }
    }

    /// <summary>A trace as one to learn from.</summary>
    internal static KnownTraces Known(LabelledTrace trace) =>
        new(trace.Problem, [new([.. trace.Steps.Select(step => step.Text)], trace.FirstError)]);
}

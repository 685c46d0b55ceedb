using Stepwise.Judging.Trained;
using Stepwise.Judging.Trained.Corruptions;
using Stepwise.Options;

namespace Stepwise.Training.Judges;

/// <summary>How a judge is trained; steps, learning rate and micro-batches are those of <see cref="TrainingOptions"/>.</summary>
public sealed record JudgeTrainingOptions : IChecked
{
    /// <summary>Where labelled solutions come from; none for corruptions of the reference solutions.</summary>
    [Part<JudgeSourceCatalog>("name", "where labelled solutions come from; none for corruptions")]
    public PartList<JudgeSource> Sources { get; init; } = [];

    /// <summary>In which ways steps are made wrong; none for all, alike.</summary>
    [Part<CorruptionCatalog>("name", "in which ways steps are made wrong; none for all, alike")]
    public PartList<Corruption> Corruptions { get; init; } = [];

    /// <summary>Problems per step, each with all of its labelled solutions; at least 1.</summary>
    [Key("problems per training step, each with its labelled solutions", Unit = "problems", Low = 1, High = 65_536)]
    public int BatchSize { get; init; } = 8;

    /// <summary>Whether the judge reads the reference solution too.</summary>
    [Key("whether the judge reads the reference solution; then it judges only problems that have one")]
    public bool Reference { get; init; }

    /// <summary>What the head reads of a step.</summary>
    [Key("what the head reads of a step: the hidden state after it, how surprised the untrained model is by it, or both")]
    public HeadInput Reads { get; init; }

    /// <summary>Peak learning rate of the head; above 0.</summary>
    [Key("peak learning rate of the head; it goes as training.learningRate does", Low = 0, AboveLow = true, High = 10)]
    public double HeadLearningRate { get; init; } = 1e-3;

    /// <summary>Problems that are held out: one half of their solutions calibrates the judge, the other measures it; at least 2.</summary>
    [Key("problems held out to calibrate the judge and to measure it, half and half", Unit = "problems", Low = 2, High = 1_000_000)]
    public int HeldOut { get; init; } = 200;

    /// <summary>
    /// Full path of a file in ProcessBench's form whose even entries, its development half, calibrate the judge in place of held-out problems.
    /// </summary>
    [PathKey("a file in ProcessBench's form whose development half calibrates the judge; none for held-out problems", None = "none")]
    public string? CalibrateOn { get; init; }

    /// <summary>The kinds of corruption.</summary>
    internal IReadOnlyList<Corruption> Kinds => Corruptions.Count > 0 ? Corruptions : [.. CorruptionCatalog.Entries.Select(entry => (Corruption)entry.Part)];

    /// <inheritdoc/>
    public void Check()
    {
        if (Sources.Count > 0 && Sources.All(source => source.Weight == 0))
        {
            throw new OptionException(nameof(Sources), " have no weight above 0; give one of them some.");
        }

        if (Corruptions.Count > 0 && Corruptions.All(kind => kind.Weight == 0))
        {
            throw new OptionException(nameof(Corruptions), " have no weight above 0; give one of them some.");
        }

        if (CalibrateOn is { } file && RegularFile.Fault(file) is { } fault)
        {
            throw new OptionException(nameof(CalibrateOn), $" names {file}, {fault}.");
        }
    }
}

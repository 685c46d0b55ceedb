using Stepwise.Judging.Trained.Corruptions;
using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Tasks;

namespace Stepwise.Training.Judges;

/// <summary>A solution of which the first wrong step is known.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="FirstError">The first wrong one, counted from 1; one more than there are where none is wrong.</param>
public sealed record KnownTrace(IReadOnlyList<string> Steps, int FirstError);

/// <summary>Solutions of one problem of which the first wrong step is known.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Traces">The solutions, at least one.</param>
public sealed record KnownTraces(Problem Problem, IReadOnlyList<KnownTrace> Traces);

/// <summary>What labelled solutions are made from.</summary>
/// <param name="Task">The task.</param>
/// <param name="Problems">The problems, at least one.</param>
/// <param name="Policy">The policy, before it is trained.</param>
/// <param name="Sampling">How it answers.</param>
/// <param name="Corruptions">In which ways steps go wrong; at least one.</param>
/// <param name="Key">The random stream.</param>
public sealed record JudgeSourceSetting(
    ITask Task, IReadOnlyList<Problem> Problems, IPolicy Policy, SamplingOptions Sampling, IReadOnlyList<Corruption> Corruptions, ulong Key)
{
    private const ulong OrderStream = 0x46696C65;

    /// <summary>Whether what is made is held out from training.</summary>
    public bool HeldOut { get; init; }

    /// <summary>The problems on the other side: those that are held out where <see cref="HeldOut"/> is not, and the other way round.</summary>
    public IReadOnlyList<Problem> Others { get; init; } = [];

    /// <summary>As many as asked of what there is, each time around in another random order.</summary>
    /// <param name="known">What there is; at least one.</param>
    /// <param name="count">How many.</param>
    internal IReadOnlyList<KnownTraces> Repeated(IReadOnlyList<KnownTraces> known, int count)
    {
        List<KnownTraces> drawn = [];
        for (int epoch = 0; drawn.Count < count; epoch++)
        {
            int[] order = CounterRandom.Permutation(CounterRandom.Key(CounterRandom.Key(Key, OrderStream), (ulong)epoch), known.Count);
            drawn.AddRange(order.Take(count - drawn.Count).Select(i => known[i]));
        }

        return drawn;
    }
}

/// <summary>Where labelled solutions come from.</summary>
public abstract record JudgeSource
{
    /// <summary>How many of its problems there are beside those of the other sources.</summary>
    [Key("share of the problems that come from here, relative to the other sources", Low = 0, High = 1000)]
    public double Weight { get; init; } = 1;

    /// <summary>Makes or reads labelled solutions.</summary>
    /// <param name="setting">What they are made from.</param>
    /// <param name="count">How many problems; of fewer some come again.</param>
    /// <param name="progress">Told how many there are so far, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>At most as many as asked; a problem of which none can be made is left out.</returns>
    /// <exception cref="InputException">A file is not as described, or the task lacks what this needs.</exception>
    public abstract ValueTask<IReadOnlyList<KnownTraces>> DrawAsync(
        JudgeSourceSetting setting, int count, IProgress<int>? progress, CancellationToken cancellationToken);
}

/// <summary>Where labelled solutions may come from.</summary>
public sealed class JudgeSourceCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("corruptions", new CorruptionSource(), "Reference solutions, right and with one step made wrong.", "ours"),
        new("rollouts", new RolloutSource(), "Answers of a policy, with the labels of the task's judge.", "ours"),
        new("file", new FileSource(), "A file in ProcessBench's form.", "arXiv 2412.06559"),
    ];
}

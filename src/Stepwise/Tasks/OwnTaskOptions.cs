using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Tasks;

/// <summary>Stands for a task that a user wrote: the program that has it hands it to the run, with its problems.</summary>
public sealed record OwnTaskOptions : TaskOptions
{
    private const string Generated = "generated";

    /// <summary>Full path of a file for the program's training problems; <see langword="null"/> for none.</summary>
    [PathKey("training problems for the program to read, or made by it", None = Generated)]
    public string? Train { get; init; }

    /// <summary>Full path of a file for the program's test problems; <see langword="null"/> for none.</summary>
    [PathKey("test problems for the program to read, or made by it", None = Generated)]
    public string? Test { get; init; }

    /// <summary>No task: only the program that wrote it can make it.</summary>
    /// <exception cref="InputException">Always.</exception>
    public override ITask Create() => throw Elsewhere();

    /// <summary>No problems: only the program that wrote the task has them.</summary>
    /// <inheritdoc cref="Create"/>
    public override IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default) => throw Elsewhere();

    /// <summary>Any task.</summary>
    /// <inheritdoc/>
    public override bool StandsFor(ITask task) => true;

    /// <inheritdoc/>
    public override void Check()
    {
        RequireFile(nameof(Train), Train);
        RequireFile(nameof(Test), Test);
    }

    private static InputException Elsewhere() => new(
        "task.name is own: the task is in the program of the one who wrote it. Run that program, or name a task of this one.");
}

using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Tasks;

/// <summary>A kind of problem as a recipe names it: its settings, the task that they make, and where its problems come from.</summary>
public abstract record TaskOptions : IChecked
{
    /// <summary>Training problems to generate, or the most to read; 0 reads all.</summary>
    [Key("how many to generate, or the most to read; 0 reads all", Unit = "problems", Low = 0, High = 10_000_000)]
    public int TrainProblems { get; init; } = 4096;

    /// <summary>Test problems to generate, or the most to read; 0 reads all.</summary>
    [Key("how many to generate, or the most to read; 0 reads all", Unit = "problems", Low = 0, High = 10_000_000)]
    public int TestProblems { get; init; } = 256;

    /// <summary>Whether problems whose prompt leaves no room for a completion are left out; otherwise they end the run before it begins.</summary>
    [Key("leave out problems whose prompt does not fit the policy's context, instead of refusing the run")]
    public bool DropLongPrompts { get; init; }

    /// <summary>The task with these settings.</summary>
    /// <exception cref="InputException">The task is a program's own, or a setting is out of range.</exception>
    public abstract ITask Create();

    /// <summary>Generates or reads problems of the task.</summary>
    /// <param name="split">Which; the splits share no problem where the task generates both.</param>
    /// <param name="seed">Decides generated problems; nothing else does beside the settings.</param>
    /// <param name="cancellationToken">Stops generating.</param>
    /// <returns>At least one problem.</returns>
    /// <exception cref="InputException">
    /// A file is not as described, there are too few problems of the settings, or the task is a program's own.
    /// </exception>
    public abstract IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default);

    /// <summary>Refuses problems to measure a policy on that are those it is trained on; where the task reads them from files.</summary>
    /// <exception cref="InputException">Both files have the same content.</exception>
    public virtual void RequireHeldOut()
    {
    }

    /// <summary>Whether a task may be what these settings stand for; unless a kind says otherwise, one of the type that it makes.</summary>
    /// <param name="task">The task.</param>
    public virtual bool StandsFor(ITask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return Create().GetType() == task.GetType();
    }

    /// <inheritdoc/>
    public virtual void Check()
    {
    }

    /// <summary>How many problems are generated, or read at most, of a split.</summary>
    /// <param name="split">The split.</param>
    protected int Count(Split split) => split == Split.Train ? TrainProblems : TestProblems;

    /// <summary>Refuses a file that is not there, or is a folder.</summary>
    /// <param name="property">The property that names it.</param>
    /// <param name="path">Its path, or <see langword="null"/> where none is named.</param>
    /// <exception cref="OptionException">There is no such file.</exception>
    protected static void RequireFile(string property, string? path)
    {
        if (path is not null && RegularFile.Fault(path) is { } fault)
        {
            throw new OptionException(property, $" names {path}, {fault}.");
        }
    }

    /// <summary>Refuses a file that is not given, or not there.</summary>
    /// <param name="property">The property that names it.</param>
    /// <param name="path">Its path; empty where none is given.</param>
    /// <param name="expected">What it should be, for people.</param>
    /// <exception cref="OptionException">It is not.</exception>
    protected static void RequireGiven(string property, string path, string expected)
    {
        if (path.Length == 0)
        {
            throw new OptionException(property, $" is not set; give {expected}.");
        }

        RequireFile(property, path);
    }

    /// <summary>Refuses test problems that are the training problems.</summary>
    /// <param name="test">The file of the test problems, or <see langword="null"/> where there is none.</param>
    /// <param name="train">The file of the training problems.</param>
    /// <exception cref="InputException">Both files have the same content.</exception>
    protected static void RequireOther(string? test, string train)
    {
        if (test is not null && SameFile.Content(test, train))
        {
            throw new InputException(
                $"task.test names {test}, whose content is that of task.train: a policy would be measured on what it was trained on. Give other problems.");
        }
    }
}

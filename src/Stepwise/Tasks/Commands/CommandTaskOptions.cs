using Stepwise.Options;
using Stepwise.Problems;

namespace Stepwise.Tasks.Commands;

/// <summary>The settings of <see cref="CommandTask"/>.</summary>
public sealed record CommandTaskOptions : TaskOptions
{
    /// <summary>Full path of the folder in which the command runs; the working folder where it is empty.</summary>
    [PathKey("folder in which the command runs; that of the recipe, unless given", Beside = nameof(Command))]
    public string Folder { get; init; } = "";

    /// <summary>The program that verifies, and its arguments; see <see cref="CommandWords"/>.</summary>
    [Key("program that verifies, with its arguments; quotes keep blanks in a word, no shell reads it")]
    public string Command { get; init; } = "";

    /// <summary>Full path of the training problems.</summary>
    [PathKey("training problems, JSON lines of id, prompt, answer and, if there is one, solution")]
    public string Train { get; init; } = "";

    /// <summary>Full path of the test problems.</summary>
    [PathKey("test problems, as the training problems")]
    public string Test { get; init; } = "";

    /// <summary>The longest time for an answer, in seconds; above 0.</summary>
    [Key("longest time for an answer; the program is then ended, and begun again", Unit = "seconds", Low = 0, AboveLow = true, High = 3600)]
    public double TimeLimit { get; init; } = 10;

    /// <summary>Processes that verify side by side; at least 1.</summary>
    [Key("processes of the program that verify side by side", Unit = "processes", Low = 1, High = 256)]
    public int Workers { get; init; } = 1;

    /// <summary>How a question is put.</summary>
    [Section]
    public PromptOptions Prompt { get; init; } = new();

    /// <summary>The words of the command, the program by its full path where it was found.</summary>
    internal IReadOnlyList<string> Words => CommandWords.Split(Command) is [string program, ..] words ? [Find(program) ?? program, .. words.Skip(1)] : [];

    /// <inheritdoc/>
    public override ITask Create() => new CommandTask(this);

    /// <inheritdoc/>
    public override IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default) =>
        ProblemFile.Read(split == Split.Train ? Train : Test).AtMost(Count(split));

    /// <inheritdoc/>
    public override bool StandsFor(ITask task) => task is CommandTask;

    /// <inheritdoc/>
    public override void Check()
    {
        if (Folder.Length > 0 && !Directory.Exists(Folder))
        {
            throw new OptionException(nameof(Folder), $" names {Folder}, which is no folder.");
        }

        IReadOnlyList<string> words = CommandWords.Split(Command)
            ?? throw new OptionException(nameof(Command), $" is {Quoted.Of(Command)}, in which a quote is not closed.");
        if (words.Count == 0)
        {
            throw new OptionException(nameof(Command), " is not set; give the program that verifies, for example python3 check.py.");
        }

        if (Find(words[0]) is null)
        {
            throw new OptionException(
                nameof(Command),
                $" names the program {Quoted.Of(words[0])}, which was found neither in task.folder nor on the PATH. Install it, or give its path.");
        }

        RequireGiven(nameof(Train), Train);
        RequireGiven(nameof(Test), Test);
    }

    private static void RequireGiven(string property, string path)
    {
        if (path.Length == 0)
        {
            throw new OptionException(property, " is not set; give a file of JSON lines with id, prompt and answer.");
        }

        RequireFile(property, path);
    }

    /// <summary>A program's full path: in the folder where it is named with one, or on the PATH.</summary>
    private string? Find(string program)
    {
        if (program.IndexOfAny([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]) >= 0)
        {
            string path = Path.GetFullPath(program, Path.GetFullPath(Folder.Length > 0 ? Folder : "."));
            return File.Exists(path) ? path : null;
        }

        string[] endings = OperatingSystem.IsWindows() ? ["", .. Separated("PATHEXT")] : [""];
        return Separated("PATH").SelectMany(folder => endings.Select(ending => Path.Combine(folder, program + ending))).FirstOrDefault(File.Exists);
    }

    private static string[] Separated(string variable) =>
        (Environment.GetEnvironmentVariable(variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
}

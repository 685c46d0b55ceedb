using System.Globalization;
using Stepwise.Options;
using Stepwise.Problems;
using Stepwise.Sandboxing;

namespace Stepwise.Tasks.Code;

/// <summary>The settings of <see cref="CodeTask"/>.</summary>
public sealed record CodeOptions : TaskOptions
{
    /// <summary>Full path of the training problems.</summary>
    [PathKey("training problems, JSON lines of the form")]
    public string Train { get; init; } = "";

    /// <summary>Full path of the test problems.</summary>
    [PathKey("test problems, JSON lines of the form")]
    public string Test { get; init; } = "";

    /// <summary>The form of the files.</summary>
    [Part<CodeFormCatalog>("form", "the form of the files: their fields, and how a program is tested")]
    public CodeForm Form { get; init; } = new Mbpp();

    /// <summary>The language of the programs.</summary>
    [Part<CodeLanguageCatalog>("language", "the language of the programs")]
    public CodeLanguage Language { get; init; } = new Python();

    /// <summary>Where the programs run.</summary>
    [Part<SandboxCatalog>("sandbox", "where programs run; none only for programs that are trusted")]
    public Sandbox Sandbox { get; init; } = new AnySandbox();

    /// <summary>The most CPU time of a run of a program, in seconds; by the clock it may be three times as much.</summary>
    [Key("most CPU time of a run; by the clock three times as much", Unit = "seconds", Low = 1, High = 3600)]
    public int Timeout { get; init; } = 10;

    /// <summary>The most memory of a process of a program.</summary>
    [Key("most memory of a process", Unit = "MiB", Low = 32, High = 1_000_000)]
    public int Memory { get; init; } = 512;

    /// <summary>How many programs are tested at once; <see langword="null"/> is half of the cores, at least 1.</summary>
    [Key("programs tested at once, beside sampling", Low = 1, High = 1024, Unset = "half-the-cores")]
    public int? Workers { get; init; }

    /// <summary>What a run of a program may take.</summary>
    internal SandboxLimits Limits => new()
    {
        CpuSeconds = Timeout,
        Clock = TimeSpan.FromSeconds(3 * Timeout),
        MemoryBytes = (long)Memory << 20,
    };

    /// <inheritdoc/>
    public override ITask Create() => new CodeTask(this);

    /// <inheritdoc/>
    public override IReadOnlyList<Problem> Problems(Split split, ulong seed, CancellationToken cancellationToken = default)
    {
        List<Problem> problems = [];
        foreach (FileRecord line in JsonLines.Read(split == Split.Train ? Train : Test))
        {
            problems.Add(Form.Read(line, string.Create(CultureInfo.InvariantCulture, $"{split}-{line.Number}").ToLowerInvariant()));
        }

        return problems.AtMost(Count(split));
    }

    /// <inheritdoc/>
    public override void Check()
    {
        RequireGiven(nameof(Train), Train);
        RequireGiven(nameof(Test), Test);
        if (!Form.Takes(Language))
        {
            throw new OptionException(
                nameof(Language), " is of programs that this task.form cannot test: its tests are in Python. Set task.form: input-output.");
        }
    }

    private void RequireGiven(string property, string path)
    {
        if (path.Length == 0)
        {
            throw new OptionException(property, $" is not set; give a file of the form: JSON lines of {Form.Fields}.");
        }

        RequireFile(property, path);
    }
}

using Stepwise.Judging.Paid;
using Stepwise.Options;

namespace Stepwise.Judging.Models;

/// <summary>What judges that are language models share.</summary>
public abstract record ModelJudgeOptions : JudgeOptions, IChecked
{
    private protected ModelJudgeOptions()
    {
    }

    /// <summary>What the judge is shown of the right solution.</summary>
    [Key("what the judge is shown of the right solution")]
    public ReferenceView Sees { get; init; } = ReferenceView.Reference;

    /// <summary>How it is asked.</summary>
    [Part<JudgeModeCatalog>("mode", "how the judge is asked")]
    public JudgeMode Mode { get; init; } = new FullMode();

    /// <summary>
    /// The least confidence of a judgement, in [0, 1]: of several votes the share that agree, of log-probabilities the probability, or the least that it can
    /// be where not every step was asked. Below it the judge abstains.
    /// </summary>
    [Key("least confidence of a judgement: the share of votes that agree, or the probability of the place; below it there is none", Low = 0, High = 1)]
    public double Confidence { get; init; } = 0.5;

    /// <summary>The most characters of a response that the judge is shown, in whole steps; a longer one is judged as far as that.</summary>
    [Key("most characters of a response that the judge is shown, in whole steps", Unit = "characters", Low = 100, High = 1_000_000)]
    public int MaxCharacters { get; init; } = 20_000;

    /// <summary>The most tokens of an answer, thinking counted.</summary>
    [Key("most tokens of an answer, thinking counted", Unit = "tokens", Low = 16, High = 1_000_000)]
    public int MaxTokens { get; init; } = 4096;

    /// <summary>
    /// Full path of the file that keeps what was answered, so that nothing is paid for twice; <see langword="null"/> for one in the run's folder. Runs may
    /// share one.
    /// </summary>
    [PathKey("file that keeps what was answered, so that nothing is paid for twice; runs may share one", None = "run", IsWritten = true)]
    public string? Cache { get; init; }

    /// <summary>The version of the program's own prompts, in the recipe so that a run is not carried on, nor compared, with other words.</summary>
    [Key("version of the program's own prompts: the first digits of their SHA-256")]
    public string PromptVersion { get; init; } = JudgePrompt.Version;

    /// <inheritdoc/>
    public virtual void Check()
    {
        if (Mode.Prompt is null && !string.Equals(PromptVersion, JudgePrompt.Version, StringComparison.Ordinal))
        {
            throw new OptionException(
                nameof(PromptVersion),
                $" is {Quoted.Of(PromptVersion)}; the prompts of this program are of version {JudgePrompt.Version}. Leave the key out to take them, or give "
                + "the earlier text as a file by judge.prompt.");
        }
    }

    /// <summary>Where answers are kept; <see langword="null"/> where there is no folder for them.</summary>
    private protected string? CachePath(JudgeSetting setting) => Cache ?? (setting.Folder is { } folder ? Path.Combine(folder, AnswerCache.FileName) : null);

    /// <summary>The judge over a model.</summary>
    /// <exception cref="InputException">The prompt's file cannot be read.</exception>
    private protected ChatJudge Judge(string name, IChatModel model, JudgeSetting setting, JudgeLedger ledger, bool usesPolicy = false)
    {
        try
        {
            return new(name, model, this, setting, ledger) { UsesPolicy = usesPolicy };
        }
        catch
        {
            (model as IDisposable)?.Dispose();
            throw;
        }
    }
}

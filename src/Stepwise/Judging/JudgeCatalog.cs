using Stepwise.Judging.Endpoints;
using Stepwise.Judging.Models;
using Stepwise.Judging.Trained;
using Stepwise.Options;

namespace Stepwise.Judging;

/// <summary>The step judges that a recipe can name.</summary>
public sealed class JudgeCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public static IReadOnlyList<PartEntry> Entries { get; } =
    [
        new("task", new TaskJudgeOptions(), "The task's own: its exact step checker, or one that reads the reference solution.", "ours"),
        new("trained", new TrainedJudgeOptions(), "A model with a small head, trained on labelled steps.", "ours"),
        new("noisy", new NoisyJudgeOptions(), "The task's own with simulated errors, to measure what they cost (stepwise judge noise).", "ours"),
        new("none", new NoJudgeOptions(), "No judge, whatever the task brings: a method that asks one is refused.", "ours"),
        new("llm", new LlmJudgeOptions(), "A language model behind an OpenAI-compatible endpoint, by the paper's protocol.", "SGPO, section 3"),
        new("local", new LocalJudgeOptions(), "A language model on this machine, by the same protocol, its answers held to their form.", "SGPO, section 3"),
        new("self", new SelfJudgeOptions(), "The policy itself, with its weights at the time, by the same protocol.", "ours"),
    ];
}

using System.Collections.Immutable;
using Stepwise.Options;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>
/// ⌈αG⌉ drafts of each of P problems, of which the best is put beside the question; the group is the other samples, which refine it (iGRPO).
/// </summary>
/// <remarks>
/// The best is the counted draft of the highest reward, the first of equals: a wrong one where none is right. Refinements are trained under the prompt with
/// the draft, as they were drawn; drafts do not train and are booked as replaced. Where no draft counts, or the prompt with the best leaves a completion no
/// token, the drafts are the group. Source: arXiv 2602.09000, which does not say how ties are broken.
/// </remarks>
public sealed record RefinedDrafts : ISamplingScheme, IChecked
{
    /// <summary>What is asked with a draft in the question's place; the task puts that as it puts questions.</summary>
    [Key("what is asked with a draft, in the question's place: {question} and {draft} stand for the two")]
    public string DraftPrompt { get; init; } =
        "{question}\n\nAn earlier attempt, which may be wrong:\n{draft}\n\nUse what is right in it and give a better solution of your own.";

    /// <summary>α, the share of a group's samples that are drafts, rounded up and at most all but one; above 0, below 1.</summary>
    [Key("share of a group's samples that are drafts, rounded up; the others refine the best of them", Unit = "share", Low = 0, High = 1, AboveLow = true,
        BelowHigh = true)]
    public double DraftShare { get; init; } = 0.5;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, PromptTemplate> Templates =>
        ImmutableDictionary<string, PromptTemplate>.Empty.Add("method.draftPrompt", Template);

    private PromptTemplate Template => new(DraftPrompt, "draft");

    /// <inheritdoc/>
    public void Check()
    {
        if (!Template.IsWhole)
        {
            throw new OptionException(nameof(DraftPrompt), " lacks {question} or {draft}; write both where they are to stand.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Group>> DrawAsync(SamplingStep step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        int drafts = Math.Clamp((int)Math.Ceiling(DraftShare * step.GroupSize), 1, Math.Max(1, step.GroupSize - 1));
        Group[] groups = [.. await step.Roller.RollAsync(step.Plain(drafts), cancellationToken).ConfigureAwait(false)];
        Draw[] draws = drafts < step.GroupSize
            ? [.. groups.Select((group, slot) => Refining(step, group, slot, step.GroupSize - drafts)).OfType<Draw>()]
            : [];
        IReadOnlyList<Group> refined = await step.Roller.RollAsync(draws, cancellationToken).ConfigureAwait(false);
        foreach ((Draw draw, Group group) in draws.Zip(refined))
        {
            groups[draw.Slot] = group;
        }

        return groups;
    }

    private Draw? Refining(SamplingStep step, Group drafts, int slot, int samples)
    {
        step.Shape(drafts);
        return drafts.Rollouts.Where(r => r.Counted && r.Decided).MaxBy(r => r.Reward) is { } best
            && step.Ask(Template.Put(drafts.Problem, best.Completion.Text)) is { } prompt
            ? new(drafts.Problem, slot, samples) { Round = 1, Prompt = prompt }
            : null;
    }
}

using Stepwise.Metrics;
using Stepwise.Reasoning;

namespace Stepwise.Rollouts;

/// <summary>
/// Where every sample of a training step went, and what is needed to judge the step: counts of samples, groups, steps of reasoning and
/// tokens. The nine dispositions add up to <see cref="Sampled"/>; shares are derived, each over the denominator its summary names, and
/// <see langword="null"/> where that is 0.
/// </summary>
[MetricPrefix("ledger")]
public sealed record Ledger
{
    /// <summary>Samples that entered the update.</summary>
    [Metric("samples that entered the update", Unit = "samples")]
    public required int Trained { get; init; }

    /// <summary>Samples without signal in groups that are all right.</summary>
    [Metric("samples without signal in groups that are all right", Unit = "samples", Reading = "Many: the problems are too easy for this policy.")]
    public required int AllPositiveGroup { get; init; }

    /// <summary>Samples without signal in groups that are all wrong and stayed flat.</summary>
    [Metric("samples without signal in groups that are all wrong and stayed flat", Unit = "samples",
        Reading = "Many: the problems are too hard for this policy, or the judge does not tell its answers apart.")]
    public required int AllNegativeGroup { get; init; }

    /// <summary>Samples the verifier could not decide.</summary>
    [Metric("samples the verifier could not decide", Unit = "samples",
        Reading = "It should be 0; otherwise see the verdicts of these samples, and the references of their problems.")]
    public required int Undecided { get; init; }

    /// <summary>Samples the judge could not place although their group needed it.</summary>
    [Metric("samples the judge could not place although their group needed it", Unit = "samples",
        Reading = "Many: the judge fails, or lacks what it needs; the reasons are in the table judgements.")]
    public required int NoJudgement { get; init; }

    /// <summary>Samples left out because they were cut off.</summary>
    [Metric("samples left out because they were cut off", Unit = "samples", Reading = "Many: sampling.maxNewTokens is too low.")]
    public required int Truncated { get; init; }

    /// <summary>Samples that selection left out, or whose advantage is exactly 0.</summary>
    [Metric("samples that selection left out, or whose advantage is exactly 0", Unit = "samples")]
    public required int Filtered { get; init; }

    /// <summary>Samples whose sampling failed or was cancelled.</summary>
    [Metric("samples whose sampling failed or was cancelled", Unit = "samples", Reading = "It should be 0.")]
    public required int Failed { get; init; }

    /// <summary>Samples that a later draw replaced.</summary>
    [Metric("samples that a later draw replaced", Unit = "samples")]
    public required int Replaced { get; init; }

    /// <summary>Samples drawn with help, a prefix or another prompt; trained or not.</summary>
    [Metric("samples drawn with help, a prefix or another prompt", Unit = "samples")]
    public required int Guided { get; init; }

    /// <summary>Of these, those with a right answer.</summary>
    [Metric("samples drawn with help that have a right answer", Unit = "samples",
        Reading = "They say what the help is worth, and nothing of how often the policy solves a problem by itself.")]
    public required int GuidedCorrect { get; init; }

    /// <summary>Samples without help with a right answer.</summary>
    [Metric("samples without help with a right answer", Unit = "samples")]
    public required int Correct { get; init; }

    /// <summary>Samples without help with a wrong answer.</summary>
    [Metric("samples without help with a wrong answer", Unit = "samples")]
    public required int Incorrect { get; init; }

    /// <summary>Wrong samples the judge was asked about.</summary>
    [Metric("wrong samples the judge was asked about", Unit = "samples", Reading = "What a judge costs grows with it.")]
    public required int Judged { get; init; }

    /// <summary>Wrong samples of which the judge could say how far they are right: those with an RTS.</summary>
    [Metric("wrong samples of which the judge could say how far they are right", Unit = "samples")]
    public required int Placed { get; init; }

    /// <summary>Of these, those whose RTS counts milestones of the reference solution; of the others it counts steps.</summary>
    [Metric("placed samples whose RTS counts milestones of the reference solution; of the others it counts steps", Unit = "samples")]
    public required int ByProgress { get; init; }

    /// <summary>Samples cut off by the length limit, trained or not.</summary>
    [Metric("samples cut off by the length limit, trained or not", Unit = "samples")]
    public required int CutOff { get; init; }

    /// <summary>Groups that the step learnt from.</summary>
    [Metric("groups that the step learnt from; those that later draws replaced are not counted", Unit = "groups")]
    public required int Groups { get; init; }

    /// <summary>Groups whose decided answers are all right.</summary>
    [Metric("groups whose decided answers are all right", Unit = "groups")]
    public required int AllPositiveGroups { get; init; }

    /// <summary>Groups whose decided answers are all wrong, with signal or without.</summary>
    [Metric("groups whose decided answers are all wrong, with signal or without", Unit = "groups")]
    public required int AllNegativeGroups { get; init; }

    /// <summary>All-negative groups of which a sample trains with signal: by graded rewards, or step by step.</summary>
    [Metric("all-negative groups of which a sample trains with signal, by graded rewards or step by step", Unit = "groups")]
    public required int RescuedGroups { get; init; }

    /// <summary>Groups with both right and wrong answers.</summary>
    [Metric("groups with both right and wrong answers", Unit = "groups")]
    public required int MixedGroups { get; init; }

    /// <summary>Groups of which no token trains with an advantage other than 0.</summary>
    [Metric("groups of which no token trains with an advantage other than 0", Unit = "groups")]
    public required int DeadGroups { get; init; }

    /// <summary>Wrong samples the judge placed, in coloured groups (see <see cref="Group.Coloured"/>), mixed ones included.</summary>
    [Metric("wrong samples the judge placed in groups whose graded rewards differ", Unit = "samples")]
    public required int ColouredRollouts { get; init; }

    /// <summary>Steps of reasoning in these, without those that were given.</summary>
    [Metric("steps of reasoning in the coloured samples, given ones left out", Unit = "steps")]
    public required long ColouredSteps { get; init; }

    /// <summary>Steps of reasoning in all samples, without those that were given.</summary>
    [Metric("steps of reasoning in all samples, given ones left out", Unit = "steps")]
    public required long Steps { get; init; }

    /// <summary>Steps of reasoning whose text already occurred in the same sample.</summary>
    [Metric("steps of reasoning whose text already occurred in the same sample", Unit = "steps")]
    public required long RepeatedSteps { get; init; }

    /// <summary>Completion tokens sampled, and those that a completion was given to go on from: guidance, the beginning of a branch.</summary>
    [Metric("completion tokens sampled, and those given to go on from", Name = "sampledTokens", Unit = "tokens")]
    public required long Tokens { get; init; }

    /// <summary>Those of them that were given.</summary>
    [Metric("tokens given to go on from", Unit = "tokens")]
    public required long GivenTokens { get; init; }

    /// <summary>Tokens that train with an advantage other than 0; of samples that selection left out none.</summary>
    [Metric("tokens that train with an advantage other than 0", Unit = "tokens")]
    public required long SignalTokens { get; init; }

    /// <summary>Samples of the step; the sum of the nine dispositions.</summary>
    [Metric("samples of the step, the sum of where they went", Unit = "samples")]
    public int Sampled =>
        Trained + AllPositiveGroup + AllNegativeGroup + Undecided + NoJudgement + Truncated + Filtered + Failed + Replaced;

    /// <summary>All-negative groups without signal.</summary>
    [Metric("all-negative groups without signal", Unit = "groups")]
    public int FlatGroups => AllNegativeGroups - RescuedGroups;

    /// <summary>Right answers over samples, both without help.</summary>
    [Metric("right answers over samples, both without help", Unit = "share", Headline = true,
        Reading = "The measure of progress on training problems; how the policy does on others is evaluation.solveRate.")]
    public double? SolveRate => Share(Correct, Sampled - Guided);

    /// <summary>All-negative groups over groups, with signal or without.</summary>
    [Metric("all-negative groups over groups, with signal or without", Unit = "share",
        Reading = "A fall is a policy that gets its first right answers.")]
    public double? AllNegativeShare => Share(AllNegativeGroups, Groups);

    /// <summary>All-positive groups over groups.</summary>
    [Metric("groups whose decided answers are all right, over groups", Unit = "share",
        Reading = "A rise is a policy that these problems no longer teach: take harder ones.")]
    public double? AllPositiveShare => Share(AllPositiveGroups, Groups);

    /// <summary>All-negative groups without signal over groups.</summary>
    [Metric("all-negative groups without signal over groups", Unit = "share",
        Reading = "The distance to allNegativeShare is what the judge rescues.")]
    public double? FlatShare => Share(FlatGroups, Groups);

    /// <summary>Groups without signal over groups.</summary>
    [Metric("groups of which no token trains with an advantage other than 0, over groups", Unit = "share", Headline = true,
        Reading = "These groups cost samples and teach nothing. A rise late in training is a policy that is sure of its answers, right or "
            + "wrong: take other problems, larger groups or a higher temperature.")]
    public double? DeadGroupShare => Share(DeadGroups, Groups);

    /// <summary>Wrong samples the judge could place over those it was asked about.</summary>
    [Metric("wrong samples the judge could place, over those it was asked about", Unit = "share",
        Reading = "A fall is a judge that no longer understands what the policy writes.")]
    public double? PlacedShare => Share(Placed, Judged);

    /// <summary>Samples cut off over samples.</summary>
    [Metric("samples cut off by the length limit, over samples", Unit = "share",
        Reading = "A rise is a policy that rambles, or a limit that is too low.")]
    public double? CutOffShare => Share(CutOff, Sampled);

    /// <summary>Trained tokens with an advantage other than 0 over completion tokens.</summary>
    [Metric("tokens that train with an advantage other than 0, over completion tokens", Unit = "share", Headline = true,
        Reading = "How much of what is sampled teaches; it falls as groups die.")]
    public double? SignalTokenShare => Share(SignalTokens, Tokens);

    /// <summary>Steps per coloured sample: a fall while the solve rate stays is a policy that learned to stop early.</summary>
    [Metric("steps of reasoning per coloured sample", Unit = "steps",
        Reading = "A fall while the solve rate stays is a policy that learned to stop early.")]
    public double? MeanColouredSteps => Share(ColouredSteps, ColouredRollouts);

    /// <summary>Repeated steps over steps: a rise is a policy that learned to pad.</summary>
    [Metric("steps of reasoning whose text already occurred in the same sample, over steps", Unit = "share",
        Reading = "A rise is a policy that learned to pad.")]
    public double? RepeatedStepShare => Share(RepeatedSteps, Steps);

    /// <summary>Counts.</summary>
    /// <param name="groups">The groups that the training step learnt from, every rollout with its <see cref="Rollout.Disposition"/>.</param>
    /// <param name="replaced">Rollouts that later draws replaced; they count in none of the groups.</param>
    public static Ledger Of(IReadOnlyList<Group> groups, IReadOnlyList<Rollout> replaced)
    {
        Rollout[] rollouts = [.. groups.SelectMany(g => g.Rollouts), .. replaced];
        int Count(Disposition disposition) => rollouts.Count(r => r.Disposition == disposition);
        Rollout[] judged = [.. rollouts.Where(r => r is { Incorrect: true, Judgement: not null })];
        Rollout[] coloured = [.. groups.Where(g => g.Coloured).SelectMany(g => g.Rollouts).Where(r => r.Rts is not null)];
        return new Ledger
        {
            Trained = Count(Disposition.Trained),
            AllPositiveGroup = Count(Disposition.AllPositiveGroup),
            AllNegativeGroup = Count(Disposition.AllNegativeGroup),
            Undecided = Count(Disposition.Undecided),
            NoJudgement = Count(Disposition.NoJudgement),
            Truncated = Count(Disposition.Truncated),
            Filtered = Count(Disposition.Filtered),
            Failed = Count(Disposition.Failed),
            Replaced = Count(Disposition.Replaced),
            Guided = rollouts.Count(r => r.Guided),
            GuidedCorrect = rollouts.Count(r => r is { Guided: true, Correct: true }),
            Correct = rollouts.Count(r => r is { Guided: false, Correct: true }),
            Incorrect = rollouts.Count(r => r is { Guided: false, Incorrect: true }),
            Judged = judged.Length,
            Placed = judged.Count(r => r is { Rts: not null } or { Judgement.Outcome: not JudgementOutcome.NoJudgement }),
            ByProgress = groups.Where(g => g.ByProgress).SelectMany(g => g.Rollouts).Count(r => r.Rts is not null),
            CutOff = rollouts.Count(r => r.Completion.Truncated),
            Groups = groups.Count,
            AllPositiveGroups = groups.Count(g => g.AllPositive),
            AllNegativeGroups = groups.Count(g => g.AllNegative),
            RescuedGroups = groups.Count(g => g is { AllNegative: true, Dead: false }),
            MixedGroups = groups.Count(g => g.Rollouts.Any(r => r.Correct) && g.Rollouts.Any(r => r.Incorrect)),
            DeadGroups = groups.Count(g => g.Dead),
            ColouredRollouts = coloured.Length,
            ColouredSteps = coloured.Sum(r => (long)r.Steps.Count - r.GivenSteps),
            Steps = rollouts.Sum(r => (long)r.Steps.Count - r.GivenSteps),
            RepeatedSteps = rollouts.Sum(r => (long)r.RepeatedSteps),
            Tokens = rollouts.Sum(r => (long)r.Completion.Tokens.Length),
            GivenTokens = rollouts.Sum(r => (long)r.Completion.PrefixTokens),
            SignalTokens = rollouts.Sum(r => (long)r.SignalTokens),
        };
    }

    private static double? Share(long part, long whole) => whole == 0 ? null : part / (double)whole;
}

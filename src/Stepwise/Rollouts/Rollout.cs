using Stepwise.Policies;
using Stepwise.Reasoning;

namespace Stepwise.Rollouts;

/// <summary>A completion with what a training step comes to know of it, in the order of the step: verdict, judgement, reward, advantages.</summary>
public sealed class Rollout
{
    /// <summary>Creates a rollout of a completion with every token trained that was sampled, and no advantage.</summary>
    /// <param name="completion">The completion.</param>
    /// <param name="trainsPrefix">Whether tokens that were given train too.</param>
    public Rollout(Completion completion, bool trainsPrefix = false)
    {
        Completion = completion;
        Advantages = new double[completion.Tokens.Length];
        Mask = new bool[completion.Tokens.Length];
        Mask.AsSpan(trainsPrefix ? 0 : completion.PrefixTokens).Fill(value: true);
        Counted = !completion.Failed;
    }

    /// <summary>What was sampled.</summary>
    public Completion Completion { get; }

    /// <summary>The verifier's word; undecided until it was asked.</summary>
    public Verdict Verdict { get; set; }

    /// <summary>The complete steps of the response, as the task splits it.</summary>
    public IReadOnlyList<ReasoningStep> Steps { get; set; } = [];

    /// <summary>The first of its steps that are whole in what it was given to go on from: no merit of its own.</summary>
    public int GivenSteps { get; set; }

    /// <summary>
    /// The step that is to blame: the judge's first wrong one, or the first of the response's own where the judge names one that it was given; one more
    /// than there are steps where none is, or where nothing is known.
    /// </summary>
    public int BlamedStep => Judgement is { Outcome: JudgementOutcome.ErrorFound } judgement ? Math.Max(judgement.FirstError, GivenSteps + 1) : Steps.Count + 1;

    /// <summary>Steps of its own whose text already occurred in it.</summary>
    public int RepeatedSteps => Repeated(Steps.Count) - Repeated(GivenSteps);

    /// <summary>The judge's word, or <see langword="null"/> where it was not asked.</summary>
    public StepJudgement? Judgement { get; set; }

    /// <summary>
    /// RTS, the share of its own steps that are right before the first error or of the milestones it was not given that it reached
    /// (<see cref="Group.ByProgress"/>), in [0, 1]; set of a wrong answer where the judge could say.
    /// </summary>
    public double? Rts { get; set; }

    /// <summary>What a tree search found the step worth of which the tokens train; in [0, 1], <see langword="null"/> where none searched.</summary>
    public double? SearchValue { get; set; }

    /// <summary>The reward the advantage is made from.</summary>
    public double Reward { get; set; }

    /// <summary>
    /// What the reward is the sum of, where it has terms: the method's own reward first, then the terms in their order; empty without terms, and of a
    /// rollout that is not counted.
    /// </summary>
    public IReadOnlyList<RewardPart> RewardParts { get; set; } = [];

    /// <summary>Whether the rollout enters its group's statistics; not if undecided, failed, or without the judgement its group needs.</summary>
    public bool Counted { get; set; }

    /// <summary>Advantage per completion token.</summary>
    public double[] Advantages { get; }

    /// <summary>Mean of the advantages over its trained tokens; <see langword="null"/> where none is.</summary>
    public double? MeanAdvantage => Advantages.Where((_, t) => Mask[t]).Average(advantage => (double?)advantage);

    /// <summary>Which completion tokens are trained; a masked token has no loss and counts in no denominator.</summary>
    public bool[] Mask { get; }

    /// <summary>Where the rollout ended up in the step's ledger.</summary>
    public Disposition Disposition { get; set; }

    /// <summary>Whether it was drawn with help, a prefix or another prompt: it says nothing of how often the policy solves the problem.</summary>
    public bool Guided { get; init; }

    /// <summary>The prompt it was drawn under, as token ids, where that may not be its group's; otherwise <see langword="null"/>.</summary>
    public int[]? DrawnPrompt { get; init; }

    /// <summary>The prompt it is trained under, as token ids, where that is not the one it was drawn under; otherwise <see langword="null"/>.</summary>
    public int[]? TrainedPrompt { get; set; }

    /// <summary>The share of the KL penalty that it is spared; in [0, 1].</summary>
    public double KlRelief { get; set; }

    /// <summary>Whether selection left it out of the update.</summary>
    public bool LeftOut { get; private set; }

    /// <summary>Whether sampling it failed or was cancelled: it has no verdict and no reward.</summary>
    public bool Failed => Completion.Failed;

    /// <summary>Whether the verifier found the answer right.</summary>
    public bool Correct => !Failed && Verdict.Correctness == Correctness.Correct;

    /// <summary>Whether the verifier found the answer wrong.</summary>
    public bool Incorrect => !Failed && Verdict.Correctness == Correctness.Incorrect;

    /// <summary>Whether the verifier could say.</summary>
    public bool Decided => Correct || Incorrect;

    /// <summary>Whether it needed a judgement that the judge could not give.</summary>
    public bool Unplaced => (Decided && !Counted) || this is { Incorrect: true, Judgement.Outcome: JudgementOutcome.NoJudgement, Rts: null };

    /// <summary>Whether an unmasked token has an advantage other than 0: the rollout has something to teach, if it trains.</summary>
    public bool HasAdvantage => AdvantageTokens > 0;

    /// <summary>Number of tokens that train with an advantage other than 0; 0 before the selection, and of a rollout that it left out.</summary>
    public int SignalTokens => Disposition == Disposition.Trained ? AdvantageTokens : 0;

    /// <summary>
    /// Whether the loss is a mean over this rollout too, and so its denominators count it, also where it is silent and would add exactly 0: it
    /// counts, and the selection did not leave it out.
    /// </summary>
    public bool InLoss => Counted && !LeftOut;

    /// <summary>Leaves the rollout out of the update.</summary>
    /// <param name="why">What the ledger books it as.</param>
    public void LeaveOut(Disposition why)
    {
        LeftOut = true;
        Disposition = why;
    }

    private int AdvantageTokens
    {
        get
        {
            int count = 0;
            for (int t = 0; t < Mask.Length; t++)
            {
                count += Mask[t] && Advantages[t] != 0 ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>
    /// The tokens of a step: those whose first character lies in it. A token across two steps belongs to the one it starts in. The stop
    /// token belongs to the last step; the tokens of a step that was cut off belong to none.
    /// </summary>
    /// <param name="step">The step counted from 1, at most <c>Steps.Count</c>.</param>
    /// <returns>First token and one past the last.</returns>
    public (int Start, int End) TokensOf(int step)
    {
        ReasoningStep range = Steps[step - 1];
        bool closes = step == Steps.Count && Completion.Finish == FinishReason.Stop;
        return (FirstTokenAt(range.Start), closes ? Completion.Tokens.Length : FirstTokenAt(range.End));
    }

    /// <summary>
    /// The tokens that spell the answer which the verifier read, where the response says it last: all that hold a character of it.
    /// </summary>
    /// <returns>First token and one past the last; the same twice where there is no answer or the response does not say it so.</returns>
    public (int Start, int End) TokensOfAnswer()
    {
        int at = Verdict.Answer is { Length: > 0 } answer ? Completion.Text.LastIndexOf(answer, StringComparison.Ordinal) : -1;
        if (at < 0)
        {
            return (0, 0);
        }

        int[] ends = Completion.TextEnds;
        int first = Array.FindIndex(ends, end => end > at), last = Array.FindIndex(ends, end => end >= at + Verdict.Answer!.Length);
        return first < 0 ? (0, 0) : (first, last < 0 ? ends.Length : last + 1);
    }

    private int Repeated(int steps) => steps - Steps.Take(steps).DistinctBy(step => step.Text, StringComparer.Ordinal).Count();

    /// <summary>The first token that starts at or after a character; the number of tokens if none does.</summary>
    private int FirstTokenAt(int character)
    {
        if (character <= 0)
        {
            return 0;
        }

        // Token t starts where token t − 1 ends.
        int[] ends = Completion.TextEnds;
        int low = 0, high = ends.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ends[middle] < character)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return Math.Min(low + 1, ends.Length);
    }
}

/// <summary>A part of a rollout's reward.</summary>
/// <param name="Weight">What its value is multiplied by.</param>
/// <param name="Value">Its value, finite; <see langword="null"/> where the rollout has none, and earns 0 by it.</param>
public readonly record struct RewardPart(double Weight, double? Value);

/// <summary>Where a sample ended up; every sample of a step has exactly one.</summary>
public enum Disposition
{
    /// <summary>Not known yet: the selection was not asked.</summary>
    NotSettled,

    /// <summary>It contributed to the gradient.</summary>
    Trained,

    /// <summary>Every counted answer of its group is right: no signal.</summary>
    AllPositiveGroup,

    /// <summary>Every counted answer of its group is wrong and the group stayed flat: no signal.</summary>
    AllNegativeGroup,

    /// <summary>The verifier could not say.</summary>
    Undecided,

    /// <summary>The judge could not say how far this answer is right, and others of its group have signal.</summary>
    NoJudgement,

    /// <summary>It was cut off, and the recipe leaves truncated samples out.</summary>
    Truncated,

    /// <summary>Selection left it out, or its advantage is exactly 0.</summary>
    Filtered,

    /// <summary>A later draw took its place.</summary>
    Replaced,

    /// <summary>Sampling it failed or was cancelled.</summary>
    Failed,
}

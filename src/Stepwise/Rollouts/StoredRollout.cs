using System.Text.Json.Serialization;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;

namespace Stepwise.Rollouts;

/// <summary>A rollout in the form in which it is interchanged, a JSON object per line; see docs/data.md.</summary>
/// <param name="Id">The rollout's id, or its problem's: a problem may have several rollouts.</param>
/// <param name="Response">The response's text; untrusted.</param>
public sealed record StoredRollout(string Id, string Response)
{
    /// <summary>The problem; <see langword="null"/> where the file leaves it to its reader to find it by the id.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Problem? Problem { get; init; }

    /// <summary>The beginning of the response that it was given to go on from, as a part of it; <see langword="null"/> for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Given { get; init; }

    /// <summary>
    /// Whether it was drawn under another prompt than its problem's, with a hint or a draft in it: it may lack what stood there, and says nothing of how
    /// often the policy solves the problem.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Hinted { get; init; }

    /// <summary>Whether it was cut off by a length limit; otherwise it ended by itself.</summary>
    public bool Truncated { get; init; }

    /// <summary>Token ids as they were sampled, the stop token included; <see langword="null"/> where they are not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>Per token the log-probability under the policy that sampled it, at the temperature it was sampled with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<float>? LogProbs { get; init; }

    /// <summary>The verifier's word; <see langword="null"/> where it was not asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Correctness? Verdict { get; init; }

    /// <summary>The answer that the verifier read; <see langword="null"/> for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Answer { get; init; }

    /// <summary>Why the verifier decided so.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>The judge's word; <see langword="null"/> where it was not asked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StoredJudgement? Judgement { get; init; }

    /// <summary>What it earned.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Reward { get; init; }

    /// <summary>Mean of its tokens' advantages in that training step.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Advantage { get; init; }

    /// <summary>The training step that drew it, counted from 1; <see langword="null"/> of one that no training step drew.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Step { get; init; }

    /// <summary>File and line, for errors; empty of one that was not read from a file.</summary>
    [JsonIgnore]
    public string Place { get; init; } = "";

    /// <summary>A rollout as it is written.</summary>
    /// <param name="problem">Its problem.</param>
    /// <param name="rollout">The rollout, with what is known of it.</param>
    public static StoredRollout Of(Problem problem, Rollout rollout)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(rollout);
        return new(problem.Id, rollout.Completion.Text)
        {
            Problem = problem,
            Given = rollout.Completion.PrefixTokens == 0 ? null : rollout.Completion.Text[..rollout.Completion.GivenCharacters],
            Hinted = rollout is { Guided: true, Completion.PrefixTokens: 0 },
            Truncated = rollout.Completion.Truncated,
            Tokens = rollout.Completion.Tokens,
            LogProbs = rollout.Completion.LogProbs,
            Verdict = rollout.Verdict.Correctness,
            Answer = rollout.Verdict.Answer,
            Reason = rollout.Verdict.Reason,
            Judgement = rollout.Judgement is { } judgement ? StoredJudgement.Of(judgement) : null,
            Reward = rollout.Reward,
        };
    }

    /// <summary>The response as a policy's completion.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="prompt">What the policy is asked.</param>
    /// <param name="logProbs">Per token the log-probability that the importance ratio starts from.</param>
    /// <exception cref="InputException">The tokens do not say the response, so they are another tokenizer's.</exception>
    internal Completion Completion(ITokenizer tokenizer, Prompt prompt, Func<int[], float[]> logProbs)
    {
        int[] tokens = TokensOf(tokenizer, prompt);
        (string text, int[] ends) = Utf8Assembler.Assemble(tokenizer, tokens);
        return new(tokens, logProbs(tokens), text, ends, Truncated ? FinishReason.Length : FinishReason.Stop)
        {
            PrefixTokens = Given is null ? 0 : Array.FindIndex(ends, end => end >= Given.Length) + 1,
        };
    }

    /// <summary>
    /// The response's tokens under a policy: those of the file, or else those of what was given, of the rest, and, where it ended by itself, what ends the
    /// turn.
    /// </summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="prompt">What the policy is asked.</param>
    /// <exception cref="InputException">As in <see cref="Completion"/>.</exception>
    internal int[] TokensOf(ITokenizer tokenizer, Prompt prompt)
    {
        if (Tokens is null)
        {
            string own = Response[(Given?.Length ?? 0)..];
            return [.. Given is null ? [] : tokenizer.Encode(Given), .. Truncated ? tokenizer.Encode(own) : tokenizer.EncodeResponse(prompt, own)];
        }

        int[] tokens = [.. Tokens];
        return Array.TrueForAll(tokens, token => token >= 0 && token < tokenizer.VocabularySize)
            && string.Equals(tokenizer.Decode(tokens), Response, StringComparison.Ordinal)
            ? tokens
            : throw new InputException(
                $"{Place}: the field \"tokens\" does not say the response, so it is of another tokenizer than the policy's. Leave tokens and logProbs "
                + "out of the file, or take the policy that sampled it.");
    }
}

/// <summary>A judge's word in the form in which it is interchanged.</summary>
/// <param name="Outcome">Whether an error was found, none, or the judge cannot say.</param>
/// <param name="FirstError">h, the first wrong step counted from 1; H + 1 if every step is right; 0 without judgement.</param>
/// <param name="Steps">H, the number of steps; 0 without judgement.</param>
/// <param name="Reason">Why, in one line for people.</param>
public sealed record StoredJudgement(JudgementOutcome Outcome, int FirstError, int Steps, string Reason)
{
    /// <summary>How sure the judge is of its word, in [0, 1]; <see langword="null"/> where it does not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Confidence { get; init; }

    /// <summary>How far the response came on the way of its problem's milestones; <see langword="null"/> where the judge knows none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Progress? Progress { get; init; }

    /// <summary>Whether it is of a response of so many steps.</summary>
    /// <param name="steps">Number of steps.</param>
    public bool Saw(int steps) => (Outcome == JudgementOutcome.NoJudgement || Steps == steps) && (Progress is null || Progress.Steps == steps);

    /// <summary>A judgement as it is written; what it cost is not, as it is paid.</summary>
    /// <param name="judgement">The judgement.</param>
    public static StoredJudgement Of(StepJudgement judgement)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return new(judgement.Outcome, judgement.FirstError, judgement.Steps, judgement.Reason)
        {
            Confidence = judgement.Confidence,
            Progress = judgement.Progress,
        };
    }

    /// <summary>The judgement.</summary>
    public StepJudgement ToJudgement()
    {
        StepJudgement judgement = Outcome switch
        {
            JudgementOutcome.ErrorFound => StepJudgement.Error(FirstError, Steps, Reason),
            JudgementOutcome.NoError => StepJudgement.NoError(Steps, Reason),
            _ => StepJudgement.None(Reason),
        };
        return judgement with { Confidence = Confidence, Progress = Progress };
    }
}

using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Reasoning;
using Stepwise.Rollouts;

namespace Stepwise.Training;

/// <summary>
/// Stored rollouts by the group that they were drawn in: those of a problem and, where the file names it, of a training step. Those that were drawn under
/// another prompt, with a hint or a draft, are left out.
/// </summary>
public sealed class StoredGroups
{
    // Each group has a problem of its own, so that a problem that was drawn twice is two.
    private readonly IReadOnlyDictionary<Problem, IReadOnlyList<StoredRollout>> _rollouts;

    private readonly Dictionary<StoredRollout, float[]> _atStart = new(ReferenceEqualityComparer.Instance);

    private StoredGroups(StoredRatio ratio, IReadOnlyList<Problem> problems, IReadOnlyDictionary<Problem, IReadOnlyList<StoredRollout>> rollouts)
    {
        Ratio = ratio;
        Problems = problems;
        _rollouts = rollouts;
    }

    /// <summary>What importance ratios compare with.</summary>
    public StoredRatio Ratio { get; }

    /// <summary>The problems, one for every group, in the order of the file.</summary>
    public IReadOnlyList<Problem> Problems { get; }

    /// <summary>Number of rollouts.</summary>
    public int Rollouts => _rollouts.Values.Sum(group => group.Count);

    /// <summary>
    /// The same groups for a policy that keeps its first weights: it scores a rollout when that is taken, and gives what it would have given for all at the
    /// start.
    /// </summary>
    internal StoredGroups ForFirstWeights => Ratio == StoredRatio.Start ? new(StoredRatio.Current, Problems, _rollouts) : this;

    /// <summary>The rollouts of a group.</summary>
    /// <param name="problem">One of <see cref="Problems"/>, that very one.</param>
    public IReadOnlyList<StoredRollout> this[Problem problem] => _rollouts[problem];

    /// <summary>Reads the groups that a recipe trains on.</summary>
    /// <param name="options">File, kind of group, and whether log-probabilities are needed.</param>
    /// <param name="known">The problems that rollouts without one are of, by their ids; asked for only where there are such.</param>
    /// <exception cref="InputException">
    /// The file is not as described, a rollout's problem is not known or another of the same id, or none of its groups is of the kind; the
    /// message names the line.
    /// </exception>
    public static StoredGroups Read(DataOptions options, Func<IReadOnlyList<Problem>> known)
    {
        ArgumentNullException.ThrowIfNull(options);
        string path = options.Rollouts ?? throw new ArgumentException("There is no file of rollouts.", nameof(options));
        Dictionary<string, Problem> problems = new(StringComparer.Ordinal);
        Lazy<Dictionary<string, Problem>> others = new(() => known().ToDictionary(problem => problem.Id, StringComparer.Ordinal));
        IReadOnlyList<IReadOnlyList<StoredRollout>> groups = RolloutFile.Groups(RolloutFile.Read(path).Where(r => !r.Hinted).Select(Known));
        IReadOnlyList<StoredRollout>[] chosen = [.. groups.Where(group => Is(options.Groups, group))];
        if (chosen.Length == 0)
        {
            throw new InputException($"{path}: none of its {Counted.Of(groups.Count, "group")} is of the kind that data.groups asks for.");
        }

        (Problem Problem, IReadOnlyList<StoredRollout> Rollouts)[] own = [.. chosen.Select(group => (group[0].Problem! with { }, group))];
        return new(
            options.Ratio, [.. own.Select(group => group.Problem)],
            own.ToDictionary(group => group.Problem, group => group.Rollouts, (IEqualityComparer<Problem>)ReferenceEqualityComparer.Instance));

        StoredRollout Known(StoredRollout rollout)
        {
            Problem problem = rollout.Problem ?? (others.Value.TryGetValue(rollout.Id, out Problem? found) ? found : throw new InputException(
                $"{rollout.Place}: has no problem, and the task has no training problem {Quoted.Of(rollout.Id)}. Give the field \"problem\"."));
            if (!problems.TryAdd(problem.Id, problem) && problems[problem.Id] != problem)
            {
                throw new InputException($"{rollout.Place}: the problem {Quoted.Of(problem.Id)} is another than that of an earlier line; ids must be unique.");
            }

            Require(options, rollout);
            return rollout with { Problem = problem };
        }
    }

    /// <summary>Checks that every rollout fits a policy's context, and finds the longest.</summary>
    /// <param name="tokenizer">The policy's tokenizer.</param>
    /// <param name="prompt">What the policy is asked of a problem.</param>
    /// <param name="context">The policy's context, in tokens.</param>
    /// <returns>Tokens of the longest response.</returns>
    /// <exception cref="InputException">One does not fit, has no token, or its tokens are another tokenizer's.</exception>
    public int RequireFit(ITokenizer tokenizer, Func<Problem, Prompt> prompt, int context)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompt);
        int longest = 1;
        foreach (Problem problem in Problems)
        {
            Prompt asked = prompt(problem);
            int before = tokenizer.Encode(asked).Length;
            foreach (StoredRollout rollout in this[problem])
            {
                int tokens = rollout.TokensOf(tokenizer, asked).Length;
                if (tokens == 0)
                {
                    throw new InputException($"{rollout.Place}: its response has no token, so there is nothing to train. Leave it out.");
                }

                longest = Math.Max(longest, tokens);
                if (before + tokens > context)
                {
                    throw new InputException(
                        $"{rollout.Place}: its prompt has {before} tokens and its response {tokens}; the policy's context is {context}. Leave it out.");
                }
            }
        }

        return longest;
    }

    /// <summary>Has the policy of the run's start score all rollouts, where importance ratios compare with it.</summary>
    /// <param name="policy">The policy with its first weights.</param>
    /// <param name="prompt">What the policy is asked of a problem.</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputException">A rollout does not fit the policy's context, or its tokens are another tokenizer's.</exception>
    public async ValueTask ScoreAsync(
        IPolicy policy, Func<Problem, Prompt> prompt, double temperature, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(prompt);
        if (Ratio != StoredRatio.Start)
        {
            return;
        }

        foreach (Problem problem in Problems)
        {
            Prompt asked = prompt(problem);
            ScoreRequest request = new(policy.Tokenizer.Encode(asked), [.. this[problem].Select(r => r.TokensOf(policy.Tokenizer, asked))]);
            IReadOnlyList<float[]> scores = (await policy.ScoreAsync([request], temperature, cancellationToken).ConfigureAwait(false))[0];
            foreach ((StoredRollout rollout, float[] logProbs) in this[problem].Zip(scores))
            {
                _atStart[rollout] = logProbs;
            }
        }
    }

    /// <summary>The log-probabilities that a rollout's importance ratios start from, but for <see cref="StoredRatio.Current"/>.</summary>
    /// <param name="rollout">One of the rollouts.</param>
    /// <exception cref="InvalidOperationException">They are those of the run's start, and <see cref="ScoreAsync"/> was not called.</exception>
    public float[] OldLogProbs(StoredRollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return Ratio == StoredRatio.Sampler ? [.. rollout.LogProbs!]
            : _atStart.TryGetValue(rollout, out float[]? logProbs) ? logProbs
            : throw new InvalidOperationException("The stored rollouts were not scored at the start: call ScoreAsync first.");
    }

    private static void Require(DataOptions options, StoredRollout rollout)
    {
        if (options.Groups != StoredGroupKind.All && rollout.Verdict is null)
        {
            throw new InputException(
                $"{rollout.Place}: has no verdict, by which data.groups chooses. Write verdicts with stepwise judge color --out, or set data.groups to all.");
        }

        if (options.Ratio == StoredRatio.Sampler && rollout.LogProbs is null)
        {
            throw new InputException(
                $"{rollout.Place}: has no logProbs, from which data.ratio: sampler starts. Set data.ratio to start, or sample with stepwise rollouts.");
        }
    }

    private static bool Is(StoredGroupKind kind, IReadOnlyList<StoredRollout> group) => kind switch
    {
        StoredGroupKind.Negative => group.Any(r => r.Verdict == Correctness.Incorrect) && !group.Any(r => r.Verdict == Correctness.Correct),
        StoredGroupKind.Positive => group.Any(r => r.Verdict == Correctness.Correct),
        _ => true,
    };
}

using System.Runtime.CompilerServices;
using Stepwise.Judging;
using Stepwise.Policies;
using Stepwise.Problems;
using Stepwise.Rollouts;
using Stepwise.Tasks;

namespace Stepwise.Training;

/// <summary>Samples and verifies groups of a policy that is not trained, to be stored.</summary>
/// <param name="policy">What is sampled from.</param>
/// <param name="task">How problems are put and checked.</param>
/// <param name="sampling">How completions are drawn; unfiltered.</param>
/// <param name="seed">Decides the samples.</param>
public sealed class GroupSampler(IPolicy policy, ITask task, SamplingOptions sampling, ulong seed)
{
    private const ulong Stream = 0x53746F7265;

    /// <summary>Samples groups; what a group is depends on its problem's place and the seed alone.</summary>
    /// <param name="problems">The problems, one for every group.</param>
    /// <param name="groupSize">G, the samples of a group; at least 1.</param>
    /// <param name="atOnce">Groups sampled side by side; at least 1.</param>
    /// <param name="progress">Told how many completions are sampled, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The groups in the order of the problems, verified and not judged.</returns>
    /// <exception cref="InputException">Sampling is filtered, or a prompt does not fit the policy's context.</exception>
    /// <exception cref="DivergenceException">A log-probability of the policy is not finite.</exception>
    /// <exception cref="RunException">The verifier threw.</exception>
    public async IAsyncEnumerable<Group> SampleAsync(
        IReadOnlyList<Problem> problems, int groupSize, int atOnce, IProgress<int>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problems);
        sampling.RequireUnfiltered();
        Assessor assessor = new(task, NoJudge.Instance);
        ulong key = CounterRandom.Key(seed, Stream);
        for (int first = 0; first < problems.Count; first += atOnce)
        {
            SampleRequest[] requests = [.. problems.Skip(first).Take(atOnce).Select((problem, i) => new SampleRequest(
                policy.Tokenizer.Encode(task.Prompt(problem)),
                [.. Enumerable.Range(0, groupSize).Select(sample => CounterRandom.Key(CounterRandom.Key(key, (ulong)(first + i)), (ulong)sample))]))];
            IReadOnlyList<IReadOnlyList<Completion>> drawn = await policy.SampleAsync(
                requests, sampling, progress is null ? null : new Offset(progress, first * groupSize), drawn: null, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < requests.Length; i++)
            {
                Group group = new(problems[first + i], requests[i].Prompt, [.. drawn[i].Select(completion => new Rollout(completion))]);
                await assessor.VerifyAsync(group, "sampling", cancellationToken).ConfigureAwait(false);
                yield return group;
            }
        }
    }
}

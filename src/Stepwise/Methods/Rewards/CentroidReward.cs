using Stepwise.Options;
using Stepwise.Policies;
using Stepwise.Rollouts;

namespace Stepwise.Methods.Rewards;

/// <summary>
/// How near a response ends to where the group's responses end, without a look at the verdict (Latent-GRPO). With u the last hidden state of a response
/// on the unit sphere and c the group's centroid,
/// <code>r_i = ⟨u_i, c⟩,   c ← Σ w_i u_i / ‖Σ w_i u_i‖,   w = softmax(⟨u_i, c⟩ / T),   begun from the mean, K times</code>
/// </summary>
/// <remarks>
/// Right responses lie close together and wrong ones apart, the paper finds. The paper's names are there and its constants are not to be had: weights, T and K
/// are our reading. Responses whose verdict is undecided or that failed are not counted, as everywhere. A group with fewer than two responses, and one
/// whose states cancel out, earns 0. With K = 0 the centroid is the mean. Source: arXiv 2601.08427.
/// </remarks>
[Formula("r_i = ⟨u_i, c⟩")]
public sealed record CentroidReward : IRewardShaper, IReadsPolicy
{
    private const string Purpose = "method.reward centroid";

    private static readonly OutcomeReward Outcome = new();

    /// <summary>K, how often the centroid is weighed again; at least 0.</summary>
    [Key("how often the centroid is weighed again; 0 takes the mean", Unit = "rounds", Low = 0, High = 1000)]
    public int CentroidRounds { get; init; } = 5;

    /// <summary>T, above 0: the lower, the less the far ones weigh.</summary>
    [Key("temperature of the weights by nearness to the centroid", Low = 0, AboveLow = true, High = 1e6)]
    public double CentroidTemperature { get; init; } = 0.1;

    /// <inheritdoc/>
    public bool AsksJudge => false;

    /// <inheritdoc/>
    public bool WantsJudgement(Group group, Rollout rollout, int step) => false;

    /// <inheritdoc/>
    public void Shape(Group group, int step)
    {
        Outcome.Shape(group, step);
        foreach (Rollout rollout in group.Rollouts)
        {
            rollout.Reward = 0;
        }
    }

    /// <inheritdoc/>
    public string Needs => "hidden states";

    /// <inheritdoc/>
    public void Require(IPolicy policy) => policy.Require<IHiddenStates>(Purpose);

    /// <inheritdoc/>
    public async ValueTask ReadAsync(IReadOnlyList<Group> groups, PolicyView view, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(view);
        IHiddenStates policy = view.Policy.Require<IHiddenStates>(Purpose);
        foreach (Group group in groups)
        {
            Rollout[] counted = [.. group.Rollouts.Where(r => r.Counted && r.Completion.Tokens.Length > 0)];
            if (counted.Length > 1)
            {
                IReadOnlyList<float[]> states = await policy.ReadStatesAsync(
                    [.. counted.Select(r => Ending(r.DrawnPrompt ?? group.Prompt, r.Completion.Tokens))], cancellationToken).ConfigureAwait(false);
                foreach ((Rollout rollout, double nearness) in counted.Zip(Nearness([.. states.Select(OnSphere)])))
                {
                    rollout.Reward = nearness;
                }
            }
        }
    }

    /// <summary>⟨u_i, c⟩ of each.</summary>
    private double[] Nearness(double[][] directions)
    {
        double[] centroid = Centroid(directions, Array.ConvertAll(directions, _ => 1.0));
        for (int round = 0; round < CentroidRounds; round++)
        {
            double[] nearness = Array.ConvertAll(directions, u => Vectors.Dot(u, centroid) / CentroidTemperature);
            centroid = Centroid(directions, Vectors.SoftMax(nearness));
        }

        return Array.ConvertAll(directions, u => Vectors.Dot(u, centroid));
    }

    private static double[] Centroid(double[][] directions, double[] weights)
    {
        double[] sum = new double[directions[0].Length];
        foreach ((double[] direction, double weight) in directions.Zip(weights))
        {
            Vectors.Add(direction, weight, sum);
        }

        return Vectors.Direction(sum);
    }

    private static double[] OnSphere(float[] state) => Vectors.Direction(Array.ConvertAll(state, value => (double)value));

    private static StateRequest Ending(int[] prompt, int[] response) => new([new(prompt, -1, []), new(response, 0, [response.Length - 1])]);
}

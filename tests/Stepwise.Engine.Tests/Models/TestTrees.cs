using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Tests.Models;

/// <summary>Trees of random tokens whose hidden states are asked.</summary>
internal static class TestTrees
{
    /// <summary>
    /// A tree that branches in and after a long run, with a run of which nothing is asked and one of which all is; a single run; and a chain of
    /// runs of one token, as deep as allowed.
    /// </summary>
    public static IReadOnlyList<StateRequest> Requests(ModelConfig config)
    {
        (int Length, int Parent, int[] Positions)[][] trees =
        [
            [(13, -1, []), (7, 0, [2, 6]), (40, 1, [0, 39]), (5, 1, [4]), (9, 0, []), (3, 4, [0, 1, 2]), (4, 2, [3])],
            [(21, -1, [5, 20])],
            [.. Enumerable.Range(0, StateRequest.MaxDepth).Select(i => (1, i - 1, i % 3 == 0 ? new[] { 0 } : []))],
        ];
        return
        [
            .. trees.Select((tree, t) => new StateRequest(
                [.. tree.Select((run, i) => new TokenRun(
                    TestModel.Tokens(config, CounterRandom.Key((ulong)t, (ulong)i), run.Length), run.Parent, run.Positions))])),
        ];
    }

    /// <summary>All tokens up to the end of a run.</summary>
    public static int[] Path(StateRequest request, int run) =>
        run < 0 ? [] : [.. Path(request, request.Runs[run].Parent), .. request.Runs[run].Tokens];
}

/// <summary>L = Σ w·s over the states of each request, with random weights w; keeps the states it saw.</summary>
internal sealed class WeightedStates : IStateLoss
{
    public List<float[]> Seen { get; } = [];

    public static double Weight(int i) => 0.01 * CounterRandom.Normal(77, (ulong)i);

    public double Evaluate(int request, ReadOnlySpan<float> states, Span<float> gradient)
    {
        Seen.Add(states.ToArray());
        double value = 0;
        for (int i = 0; i < states.Length; i++)
        {
            value += Weight(i) * states[i];
            gradient[i] = (float)Weight(i);
        }

        return value;
    }
}

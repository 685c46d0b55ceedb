using Stepwise.Rollouts;

namespace Stepwise.Methods.Sampling;

/// <summary>The rollouts of a problem as a tree of their first steps: those that begin with the same steps go the same way.</summary>
/// <param name="depth">How many steps deep the tree is.</param>
internal sealed class StepTree(int depth)
{
    private readonly Node _root = new();

    /// <summary>Takes rollouts with verdicts in; one that is undecided or failed says nothing and is left out.</summary>
    public void Add(IEnumerable<Rollout> rollouts)
    {
        foreach (Rollout rollout in rollouts.Where(r => r.Decided))
        {
            Node node = _root;
            node.Visit(rollout);
            for (int step = 1; step <= Math.Min(depth, rollout.Steps.Count); step++)
            {
                node = node.Child(rollout.Steps[step - 1].Text);
                node.Visit(rollout);
            }
        }
    }

    /// <summary>
    /// The tokens to go on from: from the root down to the child of the largest <c>Q + c p √N_parent / (1 + N)</c>, up to a node with fewer children than
    /// are wanted, or the last whose children may have steps of their own.
    /// </summary>
    /// <param name="children">How many children a node is to have before one of them is gone on from.</param>
    /// <param name="exploration">c.</param>
    public int[] Select(int children, double exploration)
    {
        Node node = _root;
        int step = 0;
        while (step + 1 < depth && node.Children.Count >= children)
        {
            int next = step + 1;
            Node[] open = [.. node.Children.Where(child => child.Rollouts.Exists(r => r.Steps.Count > next))];
            if (open.Length == 0)
            {
                break;
            }

            Node parent = node;
            node = open.MaxBy(child => child.Value + (exploration * child.Prior(next) * Math.Sqrt(parent.Visits) / (1 + child.Visits)))!;
            step = next;
        }

        Rollout? through = step == 0 ? null : node.Rollouts.Find(r => r.Steps.Count > step);
        return through?.Completion.Tokens[..through.TokensOf(step).End] ?? [];
    }

    /// <summary>
    /// The best and the worst child of every node whose values differ, a rollout of each, from the root on; a rollout stands for one child only.
    /// </summary>
    public IEnumerable<(Choice Best, Choice Worst)> Pairs()
    {
        HashSet<Rollout> taken = [];
        Queue<(Node Node, int Step)> waiting = new([(_root, 1)]);
        while (waiting.TryDequeue(out (Node Node, int Step) next))
        {
            Node[] children = [.. next.Node.Children];
            if (children.Length > 1)
            {
                Node best = children.MaxBy(child => child.Value)!, worst = children.MinBy(child => child.Value)!;
                if (best.Value > worst.Value && best.Rollouts.Find(r => !taken.Contains(r)) is { } winner
                    && worst.Rollouts.Find(r => !taken.Contains(r)) is { } loser)
                {
                    taken.UnionWith([winner, loser]);
                    yield return (new(winner, next.Step, best.Value), new(loser, next.Step, worst.Value));
                }
            }

            Array.ForEach(children, child => waiting.Enqueue((child, next.Step + 1)));
        }
    }

    /// <summary>A step that was taken at a node.</summary>
    /// <param name="Rollout">A rollout that took it.</param>
    /// <param name="Step">The step, counted from 1.</param>
    /// <param name="Value">Q, the share of right answers of the rollouts that took it.</param>
    public sealed record Choice(Rollout Rollout, int Step, double Value);

    private sealed class Node
    {
        private readonly Dictionary<string, Node> _byStep = new(StringComparer.Ordinal);
        private int _right;

        /// <summary>In the order in which they came.</summary>
        public List<Node> Children { get; } = [];

        public List<Rollout> Rollouts { get; } = [];

        public int Visits => Rollouts.Count;

        public double Value => (double)_right / Visits;

        public void Visit(Rollout rollout)
        {
            Rollouts.Add(rollout);
            _right += rollout.Correct ? 1 : 0;
        }

        public Node Child(string step)
        {
            if (!_byStep.TryGetValue(step, out Node? child))
            {
                _byStep.Add(step, child = new());
                Children.Add(child);
            }

            return child;
        }

        /// <summary>p, exp(Σℓ / n^1.25) of the n tokens of the step, as the first rollout took it.</summary>
        public double Prior(int step)
        {
            (int start, int end) = Rollouts[0].TokensOf(step);
            double sum = Rollouts[0].Completion.LogProbs[start..end].Sum(logProb => (double)logProb);
            return Math.Exp(sum / Math.Pow(Math.Max(1, end - start), 1.25));
        }
    }
}

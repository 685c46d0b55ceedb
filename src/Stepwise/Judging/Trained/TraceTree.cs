using Stepwise.Policies;

namespace Stepwise.Judging.Trained;

/// <summary>Traces of one problem as a tree of tokens: the steps that several begin with are there once.</summary>
/// <param name="Request">The tree, of which the state after every step is asked.</param>
/// <param name="States">Which of the request's states is that after each step; [traces][steps].</param>
public sealed record TraceTree(StateRequest Request, IReadOnlyList<int[]> States)
{
    /// <summary>Makes the tree.</summary>
    /// <param name="prompt">The tokens that all traces follow; at least one.</param>
    /// <param name="traces">The tokens of each step of each trace, at least one a step.</param>
    public static TraceTree Of(int[] prompt, IReadOnlyList<IReadOnlyList<int[]>> traces)
    {
        Node root = new(prompt);
        Node[][] paths = [.. traces.Select(trace => Insert(root, trace, shared: true))];
        if (root.Depth > StateRequest.MaxDepth)
        {
            root = new(prompt);
            paths = [.. traces.Select(trace => Insert(root, trace, shared: false))];
        }

        List<TokenRun> runs = [];
        int states = 0;
        AddRun(runs, root, -1, ref states);
        return new(new StateRequest(runs), [.. paths.Select(path => path.Select(node => node.State).ToArray())]);
    }

    private static Node[] Insert(Node root, IReadOnlyList<int[]> trace, bool shared)
    {
        Node[] path = new Node[trace.Count];
        Node node = root;
        for (int step = 0; step < trace.Count; step++)
        {
            Node? next = shared || step > 0 ? node.Next.Find(child => child.Tokens.AsSpan().SequenceEqual(trace[step])) : null;
            if (next is null)
            {
                node.Next.Add(next = new(trace[step]));
            }

            path[step] = node = next;
        }

        return path;
    }

    /// <summary>Adds a step and those that alone follow it as one run, then the branches.</summary>
    private static void AddRun(List<TokenRun> runs, Node first, int parent, ref int states)
    {
        List<int> tokens = [.. first.Tokens], positions = [];
        Node last = first;
        Ask(last, parent < 0, tokens.Count, positions, ref states);
        while (last.Next is [Node next])
        {
            last = next;
            tokens.AddRange(last.Tokens);
            Ask(last, isPrompt: false, tokens.Count, positions, ref states);
        }

        int run = runs.Count;
        runs.Add(new TokenRun([.. tokens], parent, [.. positions]));
        foreach (Node branch in last.Next)
        {
            AddRun(runs, branch, run, ref states);
        }
    }

    private static void Ask(Node node, bool isPrompt, int tokens, List<int> positions, ref int states)
    {
        if (!isPrompt)
        {
            positions.Add(tokens - 1);
            node.State = states++;
        }
    }

    /// <summary>A step after those that lead to it.</summary>
    private sealed class Node(int[] tokens)
    {
        public int[] Tokens { get; } = tokens;

        public List<Node> Next { get; } = [];

        public int State { get; set; }

        /// <summary>Runs from here to the deepest leaf; a step that alone follows another is of its run.</summary>
        public int Depth => Next is [Node only] ? only.Depth : 1 + Next.Select(next => next.Depth).DefaultIfEmpty().Max();
    }
}

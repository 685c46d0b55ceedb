using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <content>Batches of which hidden states are asked: a run of tokens is a segment, and an asked position a row like those that predict.</content>
internal sealed partial class PackedBatch
{
    private readonly List<int> _depths = [];

    /// <summary>Makes this a batch of trees of tokens, in place of what it was, in the memory that it has; each request is a group.</summary>
    /// <exception cref="ArgumentException">As in <see cref="IHiddenStates.ReadStatesAsync"/>.</exception>
    public void Fill(IReadOnlyList<StateRequest> requests)
    {
        Clear();
        for (int r = 0; r < requests.Count; r++)
        {
            _groups.Add((_predictingRows.Count, 0));
            _depths.Clear();
            int root = _segments.Count;
            IReadOnlyList<TokenRun> runs = requests[r].Runs;
            for (int i = 0; i < runs.Count; i++)
            {
                AddRun(runs[i], i, root);
            }
        }
    }

    private void AddRun(TokenRun run, int index, int root)
    {
        if (index == 0 ? run.Parent != -1 : (uint)run.Parent >= (uint)index)
        {
            throw new ArgumentException(
                $"Run {index} of a request follows run {run.Parent}; allowed are −1 for the first, an earlier run for the others.",
                nameof(run));
        }

        _depths.Add(index == 0 ? 1 : _depths[run.Parent] + 1);
        if (_depths[index] > KeyPath.MaxStretches)
        {
            throw new ArgumentException(
                $"Run {index} of a request is the end of {_depths[index]} that follow one another; allowed are {KeyPath.MaxStretches}.", nameof(run));
        }

        Segment parent = index == 0 ? default : _segments[root + run.Parent];
        int first = _tokens.Count, least = 0;
        AddSegment(run.Tokens, index == 0 ? 0 : root + run.Parent, parent.Position + parent.Length);
        foreach (int position in run.Positions)
        {
            if (position < least || position >= run.Tokens.Length)
            {
                throw new ArgumentException(
                    $"Run {index} of a request asks position {position} of {run.Tokens.Length} tokens; positions rise from 0.", nameof(run));
            }

            least = position + 1;
            _predictingRows.Add(first + position);
        }
    }
}

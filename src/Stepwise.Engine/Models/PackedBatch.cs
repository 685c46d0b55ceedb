using System.Runtime.InteropServices;
using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>
/// A training batch as one ragged run of rows: each group's prompt once, then the rows of its completions. Row r is one token at one
/// position; a completion token t is predicted by the row before it, the first one by the prompt's last row. Rows after a completion's
/// last trained token are left out: nothing trained depends on them.
/// </summary>
internal sealed class PackedBatch
{
    private readonly List<int> _tokens = [];
    private readonly List<int> _positions = [];
    private readonly List<Segment> _segments = [];
    private readonly List<int> _predictingRows = [];
    private readonly List<int> _targets = [];
    private readonly List<int> _groupTargets = [];

    /// <summary>An empty batch.</summary>
    public PackedBatch()
    {
    }

    /// <summary>A batch of completions of one prompt whose every token is a target.</summary>
    public PackedBatch(int[] prompt, IReadOnlyList<int[]> completions)
    {
        Segment segment = AddPrompt(prompt);
        foreach (int[] completion in completions)
        {
            bool[] mask = new bool[completion.Length];
            Array.Fill(mask, value: true);
            AddCompletion(segment, completion, mask);
        }
    }

    /// <summary>A batch of prompts without targets; segment i is prompt i.</summary>
    public static PackedBatch OfPrompts(IReadOnlyList<int[]> prompts)
    {
        PackedBatch batch = new();
        foreach (int[] prompt in prompts)
        {
            batch.AddPrompt(prompt);
        }

        return batch;
    }

    /// <summary>Makes this a training batch, in place of what it was, in the memory that it has.</summary>
    public void Fill(TrainingBatch batch)
    {
        _tokens.Clear();
        _positions.Clear();
        _segments.Clear();
        _predictingRows.Clear();
        _targets.Clear();
        _groupTargets.Clear();

        // Loops over interfaces by index: an enumerator would be allocated.
        for (int g = 0; g < batch.Groups.Count; g++)
        {
            _groupTargets.Add(_targets.Count);
            TrainingGroup group = batch.Groups[g];
            Segment prompt = AddPrompt(group.Prompt);
            for (int s = 0; s < group.Sequences.Count; s++)
            {
                AddCompletion(prompt, group.Sequences[s].Tokens, group.Sequences[s].Mask);
            }
        }
    }

    /// <summary>Number of rows.</summary>
    public int Rows => _tokens.Count;

    /// <summary>Token id per row; [rows].</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Position in its sequence per row, counted from 0; [rows].</summary>
    public ReadOnlySpan<int> Positions => CollectionsMarshal.AsSpan(_positions);

    /// <summary>The sequences, a group's prompt directly before its completions.</summary>
    public ReadOnlySpan<Segment> Segments => CollectionsMarshal.AsSpan(_segments);

    /// <summary>The row whose output predicts each target; [targets].</summary>
    public ReadOnlySpan<int> PredictingRows => CollectionsMarshal.AsSpan(_predictingRows);

    /// <summary>Token id to predict; [targets], the unmasked tokens of the completions in order.</summary>
    public ReadOnlySpan<int> Targets => CollectionsMarshal.AsSpan(_targets);

    /// <summary>Where the targets of a training batch's group start; of the group after the last, their number.</summary>
    public int FirstTarget(int group) => group < _groupTargets.Count ? _groupTargets[group] : _targets.Count;

    private Segment AddPrompt(int[] prompt)
    {
        Segment segment = new(_tokens.Count, prompt.Length, 0, 0);
        AddRows(prompt, firstPosition: 0);
        _segments.Add(segment);
        return segment;
    }

    private void AddCompletion(Segment prompt, int[] completion, bool[] mask)
    {
        int start = _tokens.Count;
        int last = Array.LastIndexOf(mask, value: true);
        for (int t = 0; t <= last; t++)
        {
            if (mask[t])
            {
                _predictingRows.Add(t == 0 ? prompt.Start + prompt.Length - 1 : start + t - 1);
                _targets.Add(completion[t]);
            }
        }

        if (last > 0)
        {
            AddRows(completion.AsSpan(0, last), prompt.Length);
            _segments.Add(new Segment(start, last, prompt.Start, prompt.Length));
        }
    }

    private void AddRows(ReadOnlySpan<int> ids, int firstPosition)
    {
        for (int t = 0; t < ids.Length; t++)
        {
            _tokens.Add(ids[t]);
            _positions.Add(firstPosition + t);
        }
    }
}

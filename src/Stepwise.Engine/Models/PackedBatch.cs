using System.Runtime.InteropServices;
using Stepwise.Engine.Kernels;
using Stepwise.Policies;

namespace Stepwise.Engine.Models;

/// <summary>
/// A training batch as one ragged run of rows: each group's prompt once, each of its different prefixes once, and the rows of its
/// completions. Row r is one token at one position; a completion token t is predicted by the row before it, the first one by the prompt's
/// last row. Rows after a completion's last trained token are left out: nothing trained depends on them; of a prefix all rows are there.
/// </summary>
/// <remarks>
/// A trained token of a prefix is one target for all sequences that begin with it: they have its log-probability in common, and their
/// gradients add up.
/// </remarks>
internal sealed partial class PackedBatch
{
    private readonly List<int> _tokens = [];
    private readonly List<int> _positions = [];
    private readonly List<Segment> _segments = [];
    private readonly List<int> _predictingRows = [];
    private readonly List<int> _targets = [];
    private readonly List<int> _targetOf = [];
    private readonly List<Prefix> _prefixes = [];
    private readonly List<int> _prefixTargets = [];
    private readonly List<(int Target, int Trained)> _groups = [];

    /// <summary>An empty batch.</summary>
    public PackedBatch()
    {
    }

    /// <summary>A batch of completions of one prompt whose every token is a target.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="completions">The completions.</param>
    /// <param name="prefixTokens">Per completion how many of its tokens are a prefix; or null for none.</param>
    public PackedBatch(int[] prompt, IReadOnlyList<int[]> completions, IReadOnlyList<int>? prefixTokens = null)
    {
        int segment = AddPrompt(prompt);
        for (int i = 0; i < completions.Count; i++)
        {
            bool[] mask = new bool[completions[i].Length];
            Array.Fill(mask, value: true);
            AddCompletion(segment, completions[i], mask, prefixTokens?[i] ?? 0);
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
        Clear();

        // Loops over interfaces by index: an enumerator would be allocated.
        for (int g = 0; g < batch.Groups.Count; g++)
        {
            _groups.Add((_targets.Count, _targetOf.Count));
            TrainingGroup group = batch.Groups[g];
            int prompt = AddPrompt(group.Prompt);
            for (int s = 0; s < group.Sequences.Count; s++)
            {
                TrainingSequence sequence = group.Sequences[s];
                AddCompletion(prompt, sequence.Tokens, sequence.Mask, sequence.PrefixTokens);
            }
        }
    }

    /// <summary>Number of rows.</summary>
    public int Rows => _tokens.Count;

    /// <summary>Token id per row; [rows].</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Position in its sequence per row, counted from 0; [rows].</summary>
    public ReadOnlySpan<int> Positions => CollectionsMarshal.AsSpan(_positions);

    /// <summary>The segments: a group's prompt, then its completions, a prefix directly before the first of those that begin with it.</summary>
    public ReadOnlySpan<Segment> Segments => CollectionsMarshal.AsSpan(_segments);

    /// <summary>The row whose output predicts each target, or is itself asked as a hidden state; [targets].</summary>
    public ReadOnlySpan<int> PredictingRows => CollectionsMarshal.AsSpan(_predictingRows);

    /// <summary>
    /// Token id to predict; [targets], the unmasked tokens of the completions in order, those of a prefix once. None where hidden states are asked.
    /// </summary>
    public ReadOnlySpan<int> Targets => CollectionsMarshal.AsSpan(_targets);

    /// <summary>Which target each unmasked token of the completions is; [trained tokens].</summary>
    public ReadOnlySpan<int> TargetOf => CollectionsMarshal.AsSpan(_targetOf);

    /// <summary><see cref="TargetOf"/> of a training batch's group.</summary>
    public ReadOnlySpan<int> TargetOfGroup(int group) =>
        TargetOf[_groups[group].Trained..(group + 1 < _groups.Count ? _groups[group + 1].Trained : _targetOf.Count)];

    /// <summary>Where the targets of a training batch's group start; of the group after the last, their number.</summary>
    public int FirstTarget(int group) => group < _groups.Count ? _groups[group].Target : _predictingRows.Count;

    private void Clear()
    {
        _tokens.Clear();
        _positions.Clear();
        _segments.Clear();
        _predictingRows.Clear();
        _targets.Clear();
        _targetOf.Clear();
        _groups.Clear();
    }

    private int AddPrompt(int[] prompt)
    {
        _prefixes.Clear();
        _prefixTargets.Clear();
        return AddSegment(prompt, parent: 0, position: 0);
    }

    private void AddCompletion(int prompt, int[] completion, bool[] mask, int prefixTokens)
    {
        int last = Array.LastIndexOf(mask, value: true);
        if (last < 0)
        {
            return;
        }

        Prefix prefix = prefixTokens > 0 ? PrefixOf(prompt, completion, prefixTokens) : new Prefix([], 0, prompt, 0);
        Segment before = _segments[prefix.Segment];
        int start = _tokens.Count - prefixTokens;
        for (int t = 0; t <= last; t++)
        {
            if (mask[t])
            {
                _targetOf.Add(
                    t < prefixTokens ? PrefixTarget(prefix, prompt, t)
                    : AddTarget(completion[t], t == prefixTokens ? LastRow(before) : start + t - 1));
            }
        }

        if (last > prefixTokens)
        {
            AddSegment(completion.AsSpan(prefixTokens, last - prefixTokens), prefix.Segment, before.Position + before.Length);
        }
    }

    /// <summary>The group's prefix of these tokens, added where it is new.</summary>
    private Prefix PrefixOf(int prompt, int[] completion, int length)
    {
        ReadOnlySpan<int> tokens = completion.AsSpan(0, length);
        foreach (ref readonly Prefix known in CollectionsMarshal.AsSpan(_prefixes))
        {
            if (known.Length == length && tokens.SequenceEqual(known.Completion.AsSpan(0, length)))
            {
                return known;
            }
        }

        Prefix prefix = new(completion, length, AddSegment(tokens, prompt, _segments[prompt].Length), _prefixTargets.Count);
        _prefixes.Add(prefix);
        CollectionsMarshal.SetCount(_prefixTargets, prefix.FirstTarget + length);
        CollectionsMarshal.AsSpan(_prefixTargets)[prefix.FirstTarget..].Fill(-1);
        return prefix;
    }

    /// <summary>The target of a prefix's token, added where no sequence has trained it yet.</summary>
    private int PrefixTarget(in Prefix prefix, int prompt, int token)
    {
        ref int target = ref CollectionsMarshal.AsSpan(_prefixTargets)[prefix.FirstTarget + token];
        if (target < 0)
        {
            int row = token == 0 ? LastRow(_segments[prompt]) : _segments[prefix.Segment].Start + token - 1;
            target = AddTarget(prefix.Completion[token], row);
        }

        return target;
    }

    private int AddTarget(int token, int predictingRow)
    {
        _predictingRows.Add(predictingRow);
        _targets.Add(token);
        return _targets.Count - 1;
    }

    private static int LastRow(in Segment segment) => segment.Start + segment.Length - 1;

    /// <summary>Adds rows; returns the index of their segment.</summary>
    private int AddSegment(ReadOnlySpan<int> ids, int parent, int position)
    {
        _segments.Add(new Segment(_tokens.Count, ids.Length, parent, position));
        AddRows(ids, position);
        return _segments.Count - 1;
    }

    private void AddRows(ReadOnlySpan<int> ids, int firstPosition)
    {
        for (int t = 0; t < ids.Length; t++)
        {
            _tokens.Add(ids[t]);
            _positions.Add(firstPosition + t);
        }
    }

    /// <summary>A prefix of a group.</summary>
    /// <param name="Completion">A completion that begins with it.</param>
    /// <param name="Length">Number of its tokens.</param>
    /// <param name="Segment">Index of its segment.</param>
    /// <param name="FirstTarget">Where the targets of its tokens are listed; −1 there for one that nothing trains.</param>
    private readonly record struct Prefix(int[] Completion, int Length, int Segment, int FirstTarget);
}

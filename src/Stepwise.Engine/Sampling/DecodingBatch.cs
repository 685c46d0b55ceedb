using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>The caches and buffers of a set of sequences that decode together, and the steps over them. Row i of the logits belongs to the
/// i-th live sequence. Sequences are placed in order, those of a request side by side, and among them those with a prefix in common.</summary>
internal sealed unsafe class DecodingBatch : IDisposable
{
    /// <summary>The most rows computed at once before decoding, a longer prompt aside; bounds the memory.</summary>
    private const int PrefillRows = 2048;

    /// <summary>As many rows are computed at once in any case: with fewer, reading the weights takes the time.</summary>
    private const int FewestPrefillRows = 64;

    /// <summary>The fewest tokens in common of two prompts for which the second is copied: a panel of keys.</summary>
    private const int FewestCopied = Packing.PanelColumns;

    private readonly Decoder _decoder;
    private readonly ModelConfig _config;
    private readonly Workers _workers;
    private readonly IReadOnlyList<SampleRequest> _requests;
    private readonly SamplingOptions _options;
    private readonly Owned _owned = new();
    private readonly KeyValueCache _promptCache;
    private readonly KeyValueCache _sampleCache;
    private readonly Stack<int> _freePromptSlots;
    private readonly Stack<int> _freeSampleSlots;
    private readonly Dictionary<int, LivePrompt> _prompts = [];
    private readonly TokenSampler[] _drawers;
    private readonly ITokenizer _tokenizer;
    private readonly ConstrainedSampler?[] _constrained;
    private readonly CachedContext[] _contexts;
    private readonly NativeBuffer<float> _logits;
    private readonly NativeBuffer<float> _promptLogits;
    private readonly NativeBuffer<float> _prefixLogits;
    private readonly NativeBuffer<float> _logSumExp;
    private readonly DecodingArena _arena;
    private readonly Prefill _prefill;

    public DecodingBatch(Decoder decoder, ITokenizer tokenizer, IReadOnlyList<SampleRequest> requests, SamplingOptions options, int slots)
    {
        _decoder = decoder;
        _config = decoder.Config;
        _workers = decoder.Workers;
        _requests = requests;
        _options = options;
        int promptSlots = Math.Min(requests.Count, slots);
        int longest = requests.Select(r => r.Prompt.Length).DefaultIfEmpty().Max();
        _freePromptSlots = new Stack<int>(Enumerable.Range(0, promptSlots).Reverse());
        _freeSampleSlots = new Stack<int>(Enumerable.Range(0, slots).Reverse());
        _drawers = [.. Enumerable.Range(0, _workers.Count).Select(_ => new TokenSampler(options, _config.VocabularySize))];
        _tokenizer = tokenizer;
        _constrained = new ConstrainedSampler?[_drawers.Length];
        _contexts = new CachedContext[slots];
        _arena = _owned.Add(new DecodingArena(_config, slots));
        _prefill = new Prefill(decoder, _arena, RowsAtOnce(slots, longest), InverseTemperature);
        try
        {
            int newTokens = Math.Min(options.MaxNewTokens, _config.ContextLength);
            _promptCache = _owned.Add(new KeyValueCache(_config.Layers, promptSlots, longest, decoder.Heads));
            _sampleCache = _owned.Add(new KeyValueCache(_config.Layers, slots, newTokens, decoder.Heads));
            _logits = _owned.Add(new NativeBuffer<float>((long)slots * _config.VocabularySize));
            _promptLogits = _owned.Add(new NativeBuffer<float>((long)promptSlots * _config.VocabularySize));
            _prefixLogits = _owned.Add(new NativeBuffer<float>(_config.VocabularySize));
            _logSumExp = _owned.Add(new NativeBuffer<float>(slots));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>1 / temperature of the log-probabilities: greedy decoding has those of temperature 1.</summary>
    private float InverseTemperature => _options.Temperature == 0 ? 1 : (float)(1 / _options.Temperature);

    /// <summary>
    /// Floats that the samples which decode together take at most: caches, logits and activations. A prefix is part of its completion, lies
    /// in a sample's slot and is computed in parts no larger than those of prompts.
    /// </summary>
    /// <param name="config">The model.</param>
    /// <param name="samples">Samples drawn in one call, each of a prompt of its own at worst.</param>
    /// <param name="prompt">Tokens of the longest prompt.</param>
    /// <param name="newTokens">Most tokens of a completion, at most the context.</param>
    public static long Floats(ModelConfig config, int samples, int prompt, int newTokens)
    {
        int slots = Math.Min(samples, Sampler.Slots(config, newTokens));
        HeadLayout layout = config.HeadLayout;
        return KeyValueCache.Floats(config.Layers, slots, prompt, layout) + KeyValueCache.Floats(config.Layers, slots, newTokens, layout)
            + (((2L * slots) + 1) * config.VocabularySize) + DecodingArena.Floats(config, RowsAtOnce(slots, prompt), slots);
    }

    /// <summary>Rows of prompts and prefixes computed so far.</summary>
    public long PrefillRowsComputed => _prefill.RowsComputed;

    /// <summary>Gives a sequence a slot; false where none is free.</summary>
    public bool TryPlace(SampledSequence sequence)
    {
        if (sequence.Prefix is { Idle: true } prefix)
        {
            // What follows the prefix in its slot was a finished sample's.
            prefix.Idle = false;
            sequence.Slot = prefix.Slot;
            return true;
        }

        bool free = _freeSampleSlots.TryPop(out int slot);
        sequence.Slot = free ? slot : sequence.Slot;
        return free;
    }

    /// <summary>Gives placed sequences the logits of their first token that is drawn, in the rows from <paramref name="firstRow"/> on.</summary>
    /// <returns>False if it was stopped: the sequences have no logits then.</returns>
    public bool Admit(ReadOnlySpan<SampledSequence> sequences, int firstRow, CancellationToken cancellationToken)
    {
        if (!Prompt(sequences, cancellationToken))
        {
            return false;
        }

        List<Filling> prefixes = [];
        for (int i = 0; i < sequences.Length; i++)
        {
            LogitsOf(_promptLogits, _prompts[sequences[i].Request].Slot).CopyTo(LogitsOf(_logits, firstRow + i));
            if (sequences[i].Prefix is { Slot: < 0 } prefix)
            {
                prefixes.Add(Begin(prefix, sequences[i], Row(_logits, firstRow + i)));
            }
        }

        if (!_prefill.Run(prefixes, cancellationToken))
        {
            return false;
        }

        for (int i = 0; i < sequences.Length; i++)
        {
            if (sequences[i].Prefix is { } prefix)
            {
                GivePrefix(prefix, sequences[i], LogitsOf(_logits, firstRow + i));
            }
        }

        return true;
    }

    /// <summary>Computes the prompts that are not there; of one that begins like another, only what follows that beginning.</summary>
    private bool Prompt(ReadOnlySpan<SampledSequence> sequences, CancellationToken cancellationToken)
    {
        List<Filling> whole = [], continued = [];
        List<(int From, int To, int Tokens)> copies = [];
        foreach (SampledSequence sequence in sequences)
        {
            if (_prompts.ContainsKey(sequence.Request))
            {
                continue;
            }

            SampleRequest request = _requests[sequence.Request];
            (LivePrompt? source, int shared) = Nearest(request.Prompt);
            LivePrompt prompt = new() { Tokens = request.Prompt, Slot = _freePromptSlots.Pop(), Open = request.Keys.Count, MayBeCopied = source is null };
            _prompts[sequence.Request] = prompt;
            (source is null ? whole : continued).Add(
                new Filling(request.Prompt, _promptCache, prompt.Slot, (nint)Row(_promptLogits, prompt.Slot), shared));
            if (source is not null)
            {
                copies.Add((source.Slot, prompt.Slot, shared));
            }
        }

        if (!_prefill.Run(whole, cancellationToken))
        {
            return false;
        }

        foreach ((int from, int to, int tokens) in copies)
        {
            _promptCache.Copy(from, to, tokens);
        }

        bool done = _prefill.Run(continued, cancellationToken);
        foreach (LivePrompt prompt in _prompts.Values)
        {
            prompt.MayBeCopied = true;
        }

        return done;
    }

    /// <summary>The prompt with the longest beginning of some tokens that is there before they are computed, and how many tokens that has.</summary>
    private (LivePrompt? Prompt, int Shared) Nearest(int[] tokens)
    {
        LivePrompt? nearest = null;
        int longest = 0;
        foreach (LivePrompt prompt in _prompts.Values.Where(p => p.MayBeCopied))
        {
            // The last token is computed in any case: its logits are needed.
            int shared = prompt.Tokens.AsSpan().CommonPrefixLength(tokens.AsSpan(0, tokens.Length - 1));
            if (shared >= FewestCopied && shared > longest)
            {
                (nearest, longest) = (prompt, shared);
            }
        }

        return (nearest, longest);
    }

    /// <summary>Computes the logits that follow each sequence's newest token.</summary>
    public void Decode(ReadOnlySpan<SampledSequence> sequences)
    {
        int rows = sequences.Length;
        if (rows == 0)
        {
            return;
        }

        Arena memory = _arena.For(rows);
        int* tokens = (int*)memory.Take(rows), positions = (int*)memory.Take(rows);
        int last = 0;
        for (int i = 0; i < rows; i++)
        {
            tokens[i] = sequences[i].Last;
            positions[i] = sequences[i].Position;
            last = Math.Max(last, positions[i]);
        }

        _decoder.Reserve(last + 1);

        LayerActivations a = LayerActivations.Allocate(memory, _config, rows);
        _decoder.Embed(tokens, rows, a.Input);
        for (int l = 0; l < _config.Layers; l++)
        {
            for (int i = 0; i < rows; i++)
            {
                _contexts[i] = ContextOf(l, sequences[i]);
            }

            _decoder.Project(l, positions, rows, a);
            _decoder.AttendDecoding(l, _contexts.AsSpan(0, rows), a);
            _decoder.Finish(l, rows, a, a.Input);
        }

        _decoder.Logits(a.Input, rows, a.Normed, null, _logits.Pointer);
    }

    /// <summary>Draws each sequence's next token from its row of logits.</summary>
    public void Draw(ReadOnlySpan<SampledSequence> sequences)
    {
        float inverseTemperature = InverseTemperature;
        SoftmaxHead.Forward(
            _workers, _logits.Pointer, _config.VocabularySize, sequences.Length, _config.VocabularySize, inverseTemperature, null,
            _logSumExp.Pointer, null, null);
        DrawKernel kernel = new() { Batch = this, Sequences = [.. sequences], InverseTemperature = inverseTemperature };
        _workers.For(ref kernel, sequences.Length, 1);
    }

    /// <summary>Takes a finished sequence's slot back, and its prompt's with the last of its samples; true if it was the last.</summary>
    public bool Release(SampledSequence sequence)
    {
        if (sequence.Prefix is { } prefix)
        {
            ReleaseSlot(prefix, sequence.Slot);
        }
        else
        {
            _freeSampleSlots.Push(sequence.Slot);
        }

        LivePrompt prompt = _prompts[sequence.Request];
        if (--prompt.Open > 0)
        {
            return false;
        }

        _freePromptSlots.Push(prompt.Slot);
        _prompts.Remove(sequence.Request);
        return true;
    }

    public void Dispose() => _owned.Dispose();

    /// <summary>The most rows computed at once.</summary>
    private static int RowsAtOnce(int slots, int prompt) =>
        Math.Max(Math.Max(prompt, slots), (int)Math.Clamp((long)slots * prompt, FewestPrefillRows, PrefillRows));

    /// <summary>Has a prefix computed in the slot of the first sample that begins with it.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="sequence">The sample.</param>
    /// <param name="logits">Those that follow the prompt; to be replaced by those that follow the prefix.</param>
    private Filling Begin(SharedPrefix prefix, SampledSequence sequence, float* logits)
    {
        prefix.Slot = sequence.Slot;
        int first = prefix.Tokens[0];
        float logSumExp, logProb;
        SoftmaxHead.Forward(
            _workers, logits, _config.VocabularySize, 1, _config.VocabularySize, InverseTemperature, &first, &logSumExp, &logProb, null);
        prefix.LogProbs[0] = logProb;
        return new Filling(prefix.Tokens, _sampleCache, sequence.Slot, (nint)logits)
        {
            Prompts = _promptCache,
            PromptSlot = _prompts[sequence.Request].Slot,
            PromptLength = _requests[sequence.Request].Prompt.Length,
            LogProbs = prefix.LogProbs,
        };
    }

    /// <summary>Lets a sample begin with its prefix. The first that does so leaves the logits for those that follow.</summary>
    private void GivePrefix(SharedPrefix prefix, SampledSequence sequence, Span<float> logits)
    {
        if (prefix.Computed)
        {
            LogitsOf(_prefixLogits, 0).CopyTo(logits);
        }
        else
        {
            logits.CopyTo(LogitsOf(_prefixLogits, 0));
            prefix.Computed = true;
        }

        sequence.BeginWithPrefix();
    }

    /// <summary>The slot where a prefix lies is free only when the last sample that begins with it is finished.</summary>
    private void ReleaseSlot(SharedPrefix prefix, int slot)
    {
        if (slot == prefix.Slot)
        {
            prefix.Idle = true;
        }
        else
        {
            _freeSampleSlots.Push(slot);
        }

        if (--prefix.Open == 0)
        {
            _freeSampleSlots.Push(prefix.Slot);
        }
    }

    private CachedContext ContextOf(int layer, SampledSequence sequence)
    {
        int prompt = sequence.Request;
        SharedPrefix? read = sequence.Prefix is { } prefix && prefix.Slot != sequence.Slot ? prefix : null;
        int shared = read?.Tokens.Length ?? 0;
        return new CachedContext(
            _promptCache.Block(layer, _prompts[prompt].Slot), _requests[prompt].Prompt.Length,
            read is null ? default : _sampleCache.Block(layer, read.Slot), shared,
            _sampleCache.Block(layer, sequence.Slot), sequence.Count - shared);
    }

    /// <summary>A thread's own; only its requests that are held to a form need one.</summary>
    private ConstrainedSampler Constrained(int worker) =>
        _constrained[worker] ??= new ConstrainedSampler(_drawers[worker], _tokenizer, _config.VocabularySize, InverseTemperature);

    private Span<float> LogitsOf(NativeBuffer<float> buffer, int row) =>
        new(Row(buffer, row), _config.VocabularySize);

    private float* Row(NativeBuffer<float> logits, int row) => logits.Pointer + ((nint)row * _config.VocabularySize);

    private sealed class LivePrompt
    {
        public required int[] Tokens { get; init; }

        public required int Slot { get; init; }

        /// <summary>Whether it is there when the next ones are computed that begin like another: not while it is one of them.</summary>
        public required bool MayBeCopied { get; set; }

        /// <summary>Samples of the request that are not finished.</summary>
        public required int Open { get; set; }
    }

    private struct DrawKernel : IRangeKernel
    {
        public DecodingBatch Batch;
        public SampledSequence[] Sequences;
        public float InverseTemperature;

        public readonly void Run(int start, int end, int worker)
        {
            for (int i = start; i < end; i++)
            {
                SampledSequence sequence = Sequences[i];
                if (sequence.Finished)
                {
                    continue;
                }

                Span<float> logits = Batch.LogitsOf(Batch._logits, i);
                float logSumExp = Batch._logSumExp.Pointer[i];

                // A logit that is NaN or ∞ makes the normaliser so, and any token's log-probability with it: there is no distribution to draw from.
                int token = !float.IsFinite(logSumExp) ? 0
                    : sequence.Constraint is { } constraint ? Batch.Constrained(worker).Draw(logits, sequence.NextUniform, constraint)
                    : Batch._drawers[worker].Draw(logits, logSumExp, sequence.NextUniform);
                if (token < 0)
                {
                    sequence.Fail("no token of the vocabulary may come next");
                    continue;
                }

                sequence.Append(token, SoftmaxHead.LogProb(logits[token], InverseTemperature, logSumExp));
            }
        }
    }
}

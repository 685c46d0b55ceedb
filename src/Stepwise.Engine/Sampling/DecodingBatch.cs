using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>The caches and buffers of a set of sequences that decode together, and the steps over them. Row i of the logits belongs to the
/// i-th live sequence.</summary>
internal sealed unsafe class DecodingBatch : IDisposable
{
    /// <summary>The most prompt rows computed at once; bounds the memory of a prefill.</summary>
    private const int PrefillRows = 2048;

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
    private readonly DecodeRow[] _rows;
    private readonly NativeBuffer<float> _logits;
    private readonly NativeBuffer<float> _promptLogits;
    private readonly NativeBuffer<float> _logSumExp;
    private Arena? _arena;

    public DecodingBatch(Decoder decoder, IReadOnlyList<SampleRequest> requests, SamplingOptions options, int slots)
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
        _rows = new DecodeRow[slots];
        try
        {
            int newTokens = Math.Min(options.MaxNewTokens, _config.ContextLength);
            _promptCache = _owned.Add(new KeyValueCache(_config.Layers, promptSlots, longest, decoder.Heads));
            _sampleCache = _owned.Add(new KeyValueCache(_config.Layers, slots, newTokens, decoder.Heads));
            _logits = _owned.Add(new NativeBuffer<float>((long)slots * _config.VocabularySize));
            _promptLogits = _owned.Add(new NativeBuffer<float>((long)promptSlots * _config.VocabularySize));
            _logSumExp = _owned.Add(new NativeBuffer<float>(slots));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>Floats that the samples which decode together take at most: caches, logits and activations.</summary>
    /// <param name="config">The model.</param>
    /// <param name="samples">Samples drawn in one call, each of a prompt of its own at worst.</param>
    /// <param name="prompt">Tokens of the longest prompt.</param>
    /// <param name="newTokens">Most tokens of a completion, at most the context.</param>
    public static long Floats(ModelConfig config, int samples, int prompt, int newTokens)
    {
        int slots = Math.Min(samples, Sampler.Slots(config, newTokens));
        HeadLayout layout = config.HeadLayout;
        int prefill = Math.Max(prompt, (int)Math.Min(PrefillRows, (long)slots * prompt));
        return KeyValueCache.Floats(config.Layers, slots, prompt, layout) + KeyValueCache.Floats(config.Layers, slots, newTokens, layout)
            + (2L * slots * config.VocabularySize) + ArenaFloats(config, Math.Max(prefill, slots), slots);
    }

    /// <summary>Gives sequences their slots and the logits of their first token, in the rows from <paramref name="firstRow"/> on.</summary>
    /// <returns>False if it was stopped: the sequences have no logits then.</returns>
    public bool Admit(ReadOnlySpan<SampledSequence> sequences, int firstRow, CancellationToken cancellationToken)
    {
        List<int> missing = [];
        foreach (SampledSequence sequence in sequences)
        {
            sequence.Slot = _freeSampleSlots.Pop();
            if (!_prompts.ContainsKey(sequence.Request))
            {
                _prompts[sequence.Request] = new LivePrompt { Slot = _freePromptSlots.Pop(), Open = _requests[sequence.Request].Keys.Count };
                missing.Add(sequence.Request);
            }
        }

        for (int start = 0; start < missing.Count;)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            int end = start, rows = 0;
            while (end < missing.Count && (end == start || rows + _requests[missing[end]].Prompt.Length <= PrefillRows))
            {
                rows += _requests[missing[end++]].Prompt.Length;
            }

            Prefill(missing[start..end]);
            start = end;
        }

        for (int i = 0; i < sequences.Length; i++)
        {
            LogitsOf(_promptLogits, _prompts[sequences[i].Request].Slot).CopyTo(LogitsOf(_logits, firstRow + i));
        }

        return true;
    }

    /// <summary>Computes the logits that follow each sequence's newest token.</summary>
    public void Decode(ReadOnlySpan<SampledSequence> sequences)
    {
        int rows = sequences.Length;
        if (rows == 0)
        {
            return;
        }

        Reserve(rows);
        int* tokens = (int*)_arena!.Take(rows), positions = (int*)_arena.Take(rows);
        int last = 0;
        for (int i = 0; i < rows; i++)
        {
            tokens[i] = sequences[i].Last;
            positions[i] = sequences[i].Position;
            last = Math.Max(last, positions[i]);
        }

        _decoder.Reserve(last + 1);

        LayerActivations a = LayerActivations.Allocate(_arena, _config, rows);
        _decoder.Embed(tokens, rows, a.Input);
        for (int l = 0; l < _config.Layers; l++)
        {
            for (int i = 0; i < rows; i++)
            {
                int request = sequences[i].Request;
                _rows[i] = new DecodeRow(
                    _promptCache.Block(l, _prompts[request].Slot), _requests[request].Prompt.Length,
                    _sampleCache.Block(l, sequences[i].Slot), sequences[i].Count);
            }

            ReadOnlySpan<DecodeRow> decodeRows = _rows.AsSpan(0, rows);
            _decoder.Project(l, positions, rows, a);
            _decoder.AttendDecoding(l, decodeRows, a);
            _decoder.Finish(l, rows, a, a.Input);
        }

        _decoder.Logits(a.Input, rows, a.Normed, null, _logits.Pointer);
    }

    /// <summary>Draws each sequence's next token from its row of logits.</summary>
    public void Draw(ReadOnlySpan<SampledSequence> sequences)
    {
        float inverseTemperature = _options.Temperature == 0 ? 1 : (float)(1 / _options.Temperature);
        SoftmaxHead.Forward(
            _workers, _logits.Pointer, _config.VocabularySize, sequences.Length, _config.VocabularySize, inverseTemperature, null,
            _logSumExp.Pointer, null, null);
        DrawKernel kernel = new() { Batch = this, Sequences = [.. sequences], InverseTemperature = inverseTemperature };
        _workers.For(ref kernel, sequences.Length, 1);
    }

    /// <summary>Takes a finished sequence's slot back, and its prompt's with the last of its samples; true if it was the last.</summary>
    public bool Release(SampledSequence sequence)
    {
        _freeSampleSlots.Push(sequence.Slot);
        LivePrompt prompt = _prompts[sequence.Request];
        if (--prompt.Open > 0)
        {
            return false;
        }

        _freePromptSlots.Push(prompt.Slot);
        _prompts.Remove(sequence.Request);
        return true;
    }

    public void Dispose()
    {
        _owned.Dispose();
        _arena?.Dispose();
    }

    /// <summary>Fills the cache and the first logits of some requests' prompts.</summary>
    private void Prefill(List<int> requests)
    {
        PackedBatch batch = PackedBatch.OfPrompts([.. requests.Select(r => _requests[r].Prompt)]);
        _decoder.Prepare(batch);
        Reserve(batch.Rows);
        int* tokens = (int*)_arena!.Take(batch.Rows), positions = (int*)_arena.Take(batch.Rows), lastRows = (int*)_arena.Take(requests.Count);
        batch.Tokens.CopyTo(new Span<int>(tokens, batch.Rows));
        batch.Positions.CopyTo(new Span<int>(positions, batch.Rows));
        LayerActivations a = LayerActivations.Allocate(_arena, _config, batch.Rows);
        int width = _decoder.QueryKeyValueWidth;
        float* k = _decoder.Keys(a), v = _decoder.Values(a);
        _decoder.Embed(tokens, batch.Rows, a.Input);
        for (int l = 0; l < _config.Layers; l++)
        {
            _decoder.Project(l, positions, batch.Rows, a);
            for (int i = 0; i < requests.Count; i++)
            {
                Segment prompt = batch.Segments[i];
                nint offset = (nint)prompt.Start * width;
                Attention.Fill(
                    _decoder.Heads, _promptCache.Block(l, _prompts[requests[i]].Slot), 0, k + offset, v + offset, width, prompt.Length);
            }

            _decoder.Attend(l, batch.Segments, a);
            _decoder.Finish(l, batch.Rows, a, a.Input);
        }

        for (int i = 0; i < requests.Count; i++)
        {
            lastRows[i] = batch.Segments[i].Start + batch.Segments[i].Length - 1;
        }

        Embedding.Forward(_workers, a.Input, lastRows, a.Middle, requests.Count, _config.Width);
        float* logits = _arena.Take((long)requests.Count * _config.VocabularySize);
        _decoder.Logits(a.Middle, requests.Count, a.Normed, null, logits);
        for (int i = 0; i < requests.Count; i++)
        {
            new ReadOnlySpan<float>(logits + ((nint)i * _config.VocabularySize), _config.VocabularySize)
                .CopyTo(LogitsOf(_promptLogits, _prompts[requests[i]].Slot));
        }
    }

    private Span<float> LogitsOf(NativeBuffer<float> buffer, int row) =>
        new(buffer.Pointer + ((nint)row * _config.VocabularySize), _config.VocabularySize);

    private static long ArenaFloats(ModelConfig config, int rows, int slots) =>
        (rows * (LayerActivations.FloatsPerRow(config) + 3)) + ((long)Math.Min(rows, slots) * config.VocabularySize) + (Arena.Aligned(1) * 32);

    private void Reserve(int rows)
    {
        long needed = ArenaFloats(_config, rows, _rows.Length);
        if (_arena is null || _arena.Capacity < needed)
        {
            _arena?.Dispose();
            _arena = null; // The larger one may be refused.
            _arena = new Arena(needed, "decoding");
        }

        _arena.Release(0);
    }

    private sealed class LivePrompt
    {
        public required int Slot { get; init; }

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
                Span<float> logits = Batch.LogitsOf(Batch._logits, i);
                float logSumExp = Batch._logSumExp.Pointer[i];

                // A logit that is NaN or ∞ makes the normaliser so, and any token's log-probability with it: there is no distribution to draw from.
                int token = float.IsFinite(logSumExp) ? Batch._drawers[worker].Draw(logits, logSumExp, sequence.NextUniform) : 0;
                sequence.Append(token, SoftmaxHead.LogProb(logits[token], InverseTemperature, logSumExp));
            }
        }
    }
}

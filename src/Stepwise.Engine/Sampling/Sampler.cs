using System.Runtime.InteropServices;
using Stepwise.Engine.Models;
using Stepwise.Policies;

namespace Stepwise.Engine.Sampling;

/// <summary>
/// Draws completions with a key-value cache: a number of slots decode together, a finished sample's slot goes to the next one at once, and
/// a prompt is computed once for all samples of its request, what prompts begin with alike once where one is still held, and a prefix once for all samples
/// that begin with it.
/// </summary>
internal sealed class Sampler(Decoder decoder, ITokenizer tokenizer)
{
    /// <summary>The most samples decoded together: enough rows to use each weight that is read often.</summary>
    private const int MaxSlots = 128;

    /// <summary>The fewest slots worth having: a tile's rows.</summary>
    private const int MinSlots = 16;

    /// <summary>Bytes of weights and of keys and values that stay in a processor's caches from one position to the next. Of a small model
    /// only so many samples decode together that their keys and values stay there; a large one's weights leave no room anyway.</summary>
    private const long CacheBytes = 8 << 20;

    /// <summary>Of the last call of <see cref="Sample"/>.</summary>
    public SamplingStatistics Statistics { get; private set; }

    /// <summary>Draws all samples of all requests; see <see cref="IPolicy.SampleAsync"/>.</summary>
    public IReadOnlyList<IReadOnlyList<Completion>> Sample(
        IReadOnlyList<SampleRequest> requests, SamplingOptions options, IProgress<int>? progress,
        Action<int, IReadOnlyList<Completion>>? drawn, CancellationToken cancellationToken)
    {
        Queue<SampledSequence> waiting = new(Sequences(requests, options));
        Completion[][] results = [.. requests.Select(r => new Completion[r.Keys.Count])];

        // As few as fill their waves evenly, where that leaves enough: 32 samples in 21 slots would end with 11 alone.
        int most = Slots(decoder.Config, Math.Min(options.MaxNewTokens, decoder.Config.ContextLength));
        int waves = Math.Max(1, (waiting.Count + most - 1) / most), even = (waiting.Count + waves - 1) / waves;
        int slots = Math.Min(most, Math.Max(even, Math.Min(MinSlots, waiting.Count)));
        HashSet<int> stopTokens = [.. options.StopTokens ?? tokenizer.StopTokens];
        List<SampledSequence> live = new(slots);
        int finished = 0;
        long steps = 0, rows = 0;
        using DecodingBatch batch = new(decoder, tokenizer, requests, options, slots);
        while ((waiting.Count > 0 || live.Count > 0) && !cancellationToken.IsCancellationRequested)
        {
            batch.Decode(CollectionsMarshal.AsSpan(live));
            int decoded = live.Count;
            steps += decoded > 0 ? 1 : 0;
            rows += decoded;
            while (waiting.TryPeek(out SampledSequence? next) && batch.TryPlace(next))
            {
                live.Add(waiting.Dequeue());
            }

            if (!batch.Admit(CollectionsMarshal.AsSpan(live)[decoded..], decoded, cancellationToken))
            {
                break;
            }

            batch.Draw(CollectionsMarshal.AsSpan(live));
            foreach (SampledSequence sequence in live)
            {
                if (!sequence.Finished)
                {
                    sequence.Close(stopTokens, options.StopStrings, tokenizer);
                }

                if (sequence.Finished)
                {
                    results[sequence.Request][sequence.Index] = sequence.Complete(tokenizer);
                    finished++;
                    if (batch.Release(sequence))
                    {
                        drawn?.Invoke(sequence.Request, results[sequence.Request]);
                    }
                }
            }

            live.RemoveAll(s => s.Finished);
            progress?.Report(finished);
        }

        Statistics = new SamplingStatistics(steps, slots, rows) { PrefillRows = batch.PrefillRowsComputed };
        foreach (SampledSequence sequence in live.Concat(waiting))
        {
            results[sequence.Request][sequence.Index] = sequence.Complete(tokenizer);
        }

        return results;
    }

    /// <summary>The most samples of a model that decode together.</summary>
    /// <param name="config">The model.</param>
    /// <param name="newTokens">Most tokens of a completion, at most the context.</param>
    public static int Slots(ModelConfig config, int newTokens)
    {
        if (new ParameterLayout(config).Count * sizeof(float) > CacheBytes)
        {
            return MaxSlots;
        }

        long perSample = config.Layers * config.HeadLayout.BlockFloats(newTokens) * sizeof(float);
        return (int)Math.Clamp(CacheBytes / perSample, MinSlots, MaxSlots);
    }

    /// <summary>All samples, those of a request that begin with the same prefix side by side, which <see cref="DecodingBatch"/> relies on.</summary>
    private List<SampledSequence> Sequences(IReadOnlyList<SampleRequest> requests, SamplingOptions options)
    {
        int context = decoder.Config.ContextLength;
        List<SampledSequence> sequences = [];
        for (int r = 0; r < requests.Count; r++)
        {
            SampleRequest request = requests[r];
            int prompt = request.Prompt.Length;
            if (prompt == 0 || prompt >= context)
            {
                throw new InputException(
                    $"A prompt has {prompt} tokens; allowed are 1 to {context - 1}, because the model's context is {context} tokens and a "
                    + "completion needs at least one. Leave the problem out or shorten it.");
            }

            decoder.CheckTokens(request.Prompt);
            int limit = Math.Min(options.MaxNewTokens, context - prompt);
            SharedPrefix?[] prefixes = Prefixes(request, limit);
            foreach (SharedPrefix? prefix in prefixes.Distinct())
            {
                for (int g = 0; g < prefixes.Length; g++)
                {
                    if (prefixes[g] == prefix)
                    {
                        sequences.Add(new SampledSequence(r, g, prompt, request.Keys[g], limit, prefix) { Constraint = request.Constraint?.Invoke() });
                    }
                }
            }
        }

        return sequences;
    }

    /// <summary>Each sample's prefix, one for all that begin alike; null where it has none.</summary>
    private SharedPrefix?[] Prefixes(SampleRequest request, int limit)
    {
        SharedPrefix?[] prefixes = new SharedPrefix?[request.Keys.Count];
        if (request.Prefixes is not { } given)
        {
            return prefixes;
        }

        if (given.Count != prefixes.Length)
        {
            throw new ArgumentException(
                $"A request has {prefixes.Length} samples and {given.Count} prefixes; give each sample one, an empty one for none.", nameof(request));
        }

        for (int g = 0; g < prefixes.Length; g++)
        {
            int[] tokens = given[g];
            if (tokens.Length >= limit)
            {
                throw new InputException(
                    $"A prefix has {tokens.Length} tokens after a prompt of {request.Prompt.Length}; allowed are 0 to {limit - 1}, because the "
                    + $"completion has at most {limit} tokens, its prefix counted, and one of them is to be drawn. Shorten the prefix, or raise "
                    + "sampling.maxNewTokens as far as the model's context allows.");
            }

            if (tokens.Length > 0)
            {
                decoder.CheckTokens(tokens);
                SharedPrefix prefix = prefixes.FirstOrDefault(p => p is not null && p.Tokens.AsSpan().SequenceEqual(tokens))
                    ?? new SharedPrefix(tokens);
                prefix.Open++;
                prefixes[g] = prefix;
            }
        }

        return prefixes;
    }
}

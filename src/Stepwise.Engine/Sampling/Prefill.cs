using Stepwise.Engine.Kernels;
using Stepwise.Engine.Memory;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Sampling;

/// <summary>Tokens whose keys and values go to a slot of a cache: a prompt's, or a prefix's after its prompt.</summary>
/// <param name="Tokens">The tokens, at least one.</param>
/// <param name="Cache">The cache.</param>
/// <param name="Slot">The slot, filled from its beginning or from <paramref name="Start"/>.</param>
/// <param name="Logits">Address that receives the logits which follow the last token; [V].</param>
/// <param name="Start">Tokens that the slot holds already; fewer than there are.</param>
internal sealed record Filling(int[] Tokens, KeyValueCache Cache, int Slot, nint Logits, int Start = 0)
{
    /// <summary>The cache of prompts, where one comes before the tokens.</summary>
    public KeyValueCache? Prompts { get; init; }

    /// <summary>The prompt's slot.</summary>
    public int PromptSlot { get; init; }

    /// <summary>Tokens of the prompt; 0 without one.</summary>
    public int PromptLength { get; init; }

    /// <summary>Receives the log-probability of each token after the first; [tokens], or empty where none is asked.</summary>
    public float[] LogProbs { get; init; } = [];

    /// <summary>What the last of some first tokens attends to.</summary>
    public CachedContext Context(int layer, int tokens) => new(
        Prompts?.Block(layer, PromptSlot) ?? default, PromptLength, default, 0, Cache.Block(layer, Slot), tokens);
}

/// <summary>Computes the tokens that sampling begins from, many rows at once.</summary>
/// <param name="decoder">The decoder.</param>
/// <param name="arena">Memory for a pass.</param>
/// <param name="mostRows">The most rows computed at once, at least 1; bounds the memory.</param>
/// <param name="inverseTemperature">1 / temperature of the log-probabilities.</param>
internal sealed unsafe class Prefill(Decoder decoder, DecodingArena arena, int mostRows, float inverseTemperature)
{
    /// <summary>Rows computed so far.</summary>
    public long RowsComputed { get; private set; }

    /// <summary>Fills slots, long ones in parts where they are more rows than are computed at once.</summary>
    /// <returns>False if it was stopped before the end.</returns>
    public bool Run(IReadOnlyList<Filling> fillings, CancellationToken cancellationToken)
    {
        List<Part> parts = [];
        int rows = 0;
        foreach (Filling filling in fillings)
        {
            for (int from = filling.Start; from < filling.Tokens.Length; from += parts[^1].Length)
            {
                if (rows == mostRows)
                {
                    if (cancellationToken.IsCancellationRequested)
                    {
                        return false;
                    }

                    Compute(parts, rows);
                    parts.Clear();
                    rows = 0;
                }

                parts.Add(new Part(filling, rows, from, Math.Min(mostRows - rows, filling.Tokens.Length - from)));
                rows += parts[^1].Length;
            }
        }

        if (rows > 0 && cancellationToken.IsCancellationRequested)
        {
            return false;
        }

        Compute(parts, rows);
        return true;
    }

    private void Compute(List<Part> parts, int rows)
    {
        if (rows == 0)
        {
            return;
        }

        RowsComputed += rows;
        Arena memory = arena.For(rows);
        int* tokens = (int*)memory.Take(rows), positions = (int*)memory.Take(rows);
        int longest = 0;
        foreach (Part part in parts)
        {
            part.Tokens.CopyTo(new Span<int>(tokens + part.Row, part.Length));
            for (int t = 0; t < part.Length; t++)
            {
                positions[part.Row + t] = part.Position + t;
            }

            longest = Math.Max(longest, part.Position + part.Length);
        }

        decoder.Reserve(longest);
        LayerActivations a = LayerActivations.Allocate(memory, decoder.Config, rows);
        CachedRun[] runs = new CachedRun[parts.Count];
        decoder.Embed(tokens, rows, a.Input);
        for (int l = 0; l < decoder.Config.Layers; l++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                runs[i] = parts[i].Run(l);
            }

            decoder.Project(l, positions, rows, a);
            decoder.AttendPrefill(l, runs, a);
            decoder.Finish(l, rows, a, a.Input);
        }

        Head([.. parts.SelectMany(p => p.Asked)], a, memory);
    }

    /// <summary>Logits of the rows that are asked for, a few rows at a time.</summary>
    private void Head(List<Asked> asked, in LayerActivations a, Arena memory)
    {
        int most = Math.Min(asked.Count, arena.LogitRows), vocabulary = decoder.Config.VocabularySize;
        int* rows = (int*)memory.Take(most), targets = (int*)memory.Take(most);
        float* logSumExp = memory.Take(most), logProbs = memory.Take(most), logits = memory.Take((long)most * vocabulary);
        for (int start = 0; start < asked.Count; start += most)
        {
            int count = Math.Min(most, asked.Count - start);
            for (int i = 0; i < count; i++)
            {
                (rows[i], targets[i]) = (asked[start + i].Row, asked[start + i].Target);
            }

            Embedding.Forward(decoder.Workers, a.Input, rows, a.Middle, count, decoder.Config.Width);
            decoder.Logits(a.Middle, count, a.Normed, null, logits);
            SoftmaxHead.Forward(
                decoder.Workers, logits, vocabulary, count, vocabulary, inverseTemperature, targets, logSumExp, logProbs, null);
            for (int i = 0; i < count; i++)
            {
                (Filling filling, int next) = (asked[start + i].Filling, asked[start + i].Next);
                if (next < filling.Tokens.Length)
                {
                    filling.LogProbs[next] = logProbs[i];
                }
                else
                {
                    new ReadOnlySpan<float>(logits + ((nint)i * vocabulary), vocabulary)
                        .CopyTo(new Span<float>((void*)filling.Logits, vocabulary));
                }
            }
        }
    }

    /// <summary>Successive tokens of a filling that are computed at once.</summary>
    /// <param name="Filling">The filling.</param>
    /// <param name="Row">Their first row.</param>
    /// <param name="From">The first token.</param>
    /// <param name="Length">Number of tokens.</param>
    private readonly record struct Part(Filling Filling, int Row, int From, int Length)
    {
        public ReadOnlySpan<int> Tokens => Filling.Tokens.AsSpan(From, Length);

        /// <summary>Position of the first token in its sequence.</summary>
        public int Position => Filling.PromptLength + From;

        /// <summary>The rows whose logits are asked for: the filling's last, and all that say a log-probability.</summary>
        public IEnumerable<Asked> Asked
        {
            get
            {
                for (int t = From; t < From + Length; t++)
                {
                    if (Filling.LogProbs.Length > 0 || t == Filling.Tokens.Length - 1)
                    {
                        yield return new Asked(Filling, Row + t - From, t + 1);
                    }
                }
            }
        }

        public CachedRun Run(int layer) => new(Row, Length, Filling.Context(layer, From + Length));
    }

    /// <summary>A row whose logits are asked for.</summary>
    /// <param name="Filling">The filling.</param>
    /// <param name="Row">The row.</param>
    /// <param name="Next">The token it predicts; the number of tokens for the last row.</param>
    private readonly record struct Asked(Filling Filling, int Row, int Next)
    {
        /// <summary>The token's id; −1 after the last.</summary>
        public int Target => Next < Filling.Tokens.Length ? Filling.Tokens[Next] : -1;
    }
}

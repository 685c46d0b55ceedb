using System.Text;

namespace Stepwise.Engine.Tests.Formats;

/// <summary>Writes small GGUF files, sound or not.</summary>
internal sealed class GgufBuilder
{
    private readonly List<(string Key, uint Type, Action<BinaryWriter> Value)> _metadata = [];
    private readonly List<(string Name, ulong[] Dimensions, uint Type, ulong Offset)> _tensors = [];
    private readonly List<byte> _data = [];

    /// <summary>A Llama of width 4, one layer, two heads of 2, and the tokens a, b and &lt;|end|&gt;.</summary>
    public static GgufBuilder TinyLlama()
    {
        GgufBuilder builder = new GgufBuilder()
            .Text("general.architecture", "llama")
            .Integer("llama.block_count", 1)
            .Integer("llama.context_length", 8)
            .Integer("llama.embedding_length", 4)
            .Integer("llama.feed_forward_length", 4)
            .Integer("llama.attention.head_count", 2)
            .Integer("llama.attention.head_count_kv", 1)
            .Add("llama.attention.layer_norm_rms_epsilon", 6, w => w.Write(1e-5f))
            .Text("tokenizer.ggml.model", "gpt2")
            .Text("tokenizer.ggml.pre", "smollm")
            .Texts("tokenizer.ggml.tokens", "a", "b", "ab", "<|end|>")
            .Add("tokenizer.ggml.token_type", 9, w =>
            {
                w.Write(5u);
                w.Write(4UL);
                Array.ForEach([1, 1, 1, 3], w.Write);
            })
            .Texts("tokenizer.ggml.merges", "a b")
            .Integer("tokenizer.ggml.eos_token_id", 3);
        builder.Tensor("token_embd.weight", [4, 4]);
        builder.Tensor("blk.0.attn_q.weight", [4, 4]);
        builder.Tensor("blk.0.attn_k.weight", [4, 2]);
        builder.Tensor("output_norm.weight", [4]);
        return builder;
    }

    public GgufBuilder Add(string key, uint type, Action<BinaryWriter> value)
    {
        _metadata.RemoveAll(m => string.Equals(m.Key, key, StringComparison.Ordinal));
        _metadata.Add((key, type, value));
        return this;
    }

    public GgufBuilder Remove(string key)
    {
        _metadata.RemoveAll(m => string.Equals(m.Key, key, StringComparison.Ordinal));
        return this;
    }

    public GgufBuilder Text(string key, string value) => Add(key, 8, w => Write(w, value));

    public GgufBuilder Integer(string key, uint value) => Add(key, 4, w => w.Write(value));

    public GgufBuilder Texts(string key, params string[] values) => Add(key, 9, w =>
    {
        w.Write(8u);
        w.Write((ulong)values.Length);
        Array.ForEach(values, v => Write(w, v));
    });

    /// <summary>Adds an F32 tensor whose numbers count up from 0.</summary>
    public GgufBuilder Tensor(string name, ulong[] dimensions, uint type = 0, ulong? offset = null)
    {
        Align();
        _tensors.Add((name, dimensions, type, offset ?? (ulong)_data.Count));
        for (int i = 0; i < (int)Math.Min(1024, dimensions.Aggregate(1UL, (a, b) => a * b)); i++)
        {
            _data.AddRange(BitConverter.GetBytes((float)i));
        }

        return this;
    }

    /// <summary>Adds a tensor of encoded blocks.</summary>
    public GgufBuilder Blocks(string name, ulong[] dimensions, uint type, ReadOnlySpan<byte> content)
    {
        Align();
        _tensors.Add((name, dimensions, type, (ulong)_data.Count));
        _data.AddRange(content);
        return this;
    }

    /// <summary>Sets the first number of an F32 tensor.</summary>
    public GgufBuilder Set(string name, float value)
    {
        int offset = (int)_tensors.Single(t => string.Equals(t.Name, name, StringComparison.Ordinal)).Offset;
        byte[] bytes = BitConverter.GetBytes(value);
        for (int i = 0; i < bytes.Length; i++)
        {
            _data[offset + i] = bytes[i];
        }

        return this;
    }

    public byte[] Build(uint version = 3)
    {
        MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(version);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach ((string key, uint type, Action<BinaryWriter> value) in _metadata)
        {
            Write(writer, key);
            writer.Write(type);
            value(writer);
        }

        foreach ((string name, ulong[] dimensions, uint type, ulong offset) in _tensors)
        {
            Write(writer, name);
            writer.Write((uint)dimensions.Length);
            Array.ForEach(dimensions, writer.Write);
            writer.Write(type);
            writer.Write(offset);
        }

        while (stream.Length % 32 != 0)
        {
            writer.Write((byte)0);
        }

        writer.Write(_data.ToArray());
        return stream.ToArray();
    }

    private void Align()
    {
        while (_data.Count % 32 != 0)
        {
            _data.Add(0);
        }
    }

    private static void Write(BinaryWriter writer, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)utf8.Length);
        writer.Write(utf8);
    }
}

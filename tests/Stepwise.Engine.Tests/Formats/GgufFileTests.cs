using Stepwise.Engine.Formats;
using Stepwise.Engine.Tokenizers;

namespace Stepwise.Engine.Tests.Formats;

public sealed class GgufFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Open_TinyLlama_RowsOfQueriesInHuggingFaceOrder(uint version)
    {
        using GgufFile file = Open(GgufBuilder.TinyLlama(), version);
        file.Config.HeadSize.ShouldBe(2);
        file.Config.TiedHead.ShouldBeTrue();
        file.Config.VocabularySize.ShouldBe(4);
        file.Config.RmsNormEpsilon.ShouldBe(1e-5);
        file.Config.RopeTheta.ShouldBe(10000);
        file.Shape("model.layers.0.self_attn.k_proj.weight").ShouldBe([2L, 4L]);
        file.Contains("lm_head.weight").ShouldBeFalse();
        float[] norm = new float[4];
        file.Read("model.norm.weight", norm);
        norm.ShouldBe([0f, 1f, 2f, 3f]);
    }

    [Fact]
    public void Read_HeadOfFour_EvenRowsFirstThenOdd()
    {
        GgufBuilder builder = GgufBuilder.TinyLlama().Integer("llama.attention.head_count", 1);
        using GgufFile file = Open(builder.Tensor("blk.1.attn_q.weight", [1, 8]));
        float[] rows = new float[8];
        file.Read("model.layers.1.self_attn.q_proj.weight", rows);
        rows.ShouldBe([0f, 2f, 1f, 3f, 4f, 6f, 5f, 7f]);
    }

    [Fact]
    public void ReadTokenizer_TinyLlama_MergesAndStops()
    {
        using GgufFile file = Open(GgufBuilder.TinyLlama());
        BpeTokenizer tokenizer = file.ReadTokenizer();
        tokenizer.Encode("aab<|end|>").ShouldBe([0, 2, 3]);
        tokenizer.StopTokens.ShouldBe([3]);
    }

    [Fact]
    public void Open_EveryValueType_Accepted()
    {
        using GgufFile file = Open(GgufBuilder.TinyLlama()
            .Add("u8", 0, w => w.Write((byte)1)).Add("i8", 1, w => w.Write((sbyte)-1)).Add("u16", 2, w => w.Write((ushort)1))
            .Add("i16", 3, w => w.Write((short)-1)).Add("i32", 5, w => w.Write(-7)).Add("b", 7, w => w.Write(true))
            .Add("u64", 10, w => w.Write(ulong.MaxValue)).Add("i64", 11, w => w.Write(-9L)).Add("f64", 12, w => w.Write(0.5))
            .Add("nested", 9, w =>
            {
                w.Write(9u);
                w.Write(1UL);
                w.Write(0u);
                w.Write(2UL);
                w.Write((ushort)5);
            }));
        file.Metadata.Integer("i8", -10, 10).ShouldBe(-1);
        file.Metadata.Integer("i32", -10, 10).ShouldBe(-7);
        file.Metadata.Integer("i64", -10, 10).ShouldBe(-9);
        file.Metadata.Number("f64").ShouldBe(0.5);
        Should.Throw<InputException>(() => file.Metadata.Integer("u64", 0, long.MaxValue)).Message.ShouldContain("u64");
    }

    [Fact]
    public void Open_NotSound_RefusedWithReason()
    {
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [4, 4], type: 16), "IQ2_XXS (16)", "Q8_0, ", "blk.0.ffn_up.weight");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [4, 4], type: 99), "unknown type (99)");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [4, 4], type: 8), "no multiple of the 32");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [128, 4], type: 14), "rows of 128", "no multiple of the 256 of a Q6_K block");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [4, 4], offset: 0), "overlaps");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [4, 4], offset: 1), "misaligned");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [4, 4], offset: 1UL << 62), "past the end");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [2147483647, 2147483647, 2147483647, 2147483647]), "more than the file has");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [4, 0]), "dimension of 0");
        Refuses(b => b.Tensor("blk.0.ffn_up.weight", [1, 1, 1, 1, 1]), "5 dimensions");
        Refuses(b => b.Tensor("rope_freqs.weight", [4]), "rope_freqs.weight");
        Refuses(b => b.Tensor("output_norm.weight", [4]), "twice");
        Refuses(b => b.Text("general.architecture", "mamba"), "mamba", "llama, qwen2, qwen3");
        Refuses(b => b.Remove("llama.block_count"), "llama.block_count", "missing");
        Refuses(b => b.Integer("llama.block_count", 0), "llama.block_count");
        Refuses(
            b => b.Integer("llama.attention.head_count", 3).Integer("llama.attention.key_length", 2).Integer("llama.attention.head_count_kv", 2),
            "evenly");
        Refuses(b => b.Integer("llama.attention.key_length", 3), "head size of 3 is odd");
        Refuses(b => b.Integer("llama.attention.value_length", 4), "llama.attention.value_length");
        Refuses(b => b.Text("llama.rope.scaling.type", "longrope"), "llama.rope.scaling.type", "none, linear, yarn");
        Refuses(b => b.Tensor("rope_freqs.weight", [1000]), "1000 numbers; at most 512");
        Refuses(b => b.Integer("general.alignment", 24), "power of two");
        Refuses(b => b.Integer("tokenizer.ggml.eos_token_id", 4), "StopTokens");
        Refuses(b => b.Add("x", 13, _ => { }), "unknown value type 13");
        Refuses(b => b.Add("x", 8, w => w.Write(ulong.MaxValue)), "bytes are left");
        Refuses(b => b.Add("x", 9, w =>
        {
            w.Write(0u);
            w.Write(1UL << 40);
        }), "entries of");
        Should.Throw<InputException>(() => Open(GgufBuilder.TinyLlama(), version: 1)).Message.ShouldContain("version 1");
        Should.Throw<InputException>(() => OpenBytes("NOPE"u8.ToArray())).Message.ShouldContain("GGUF");
        Should.Throw<InputException>(() => OpenBytes(GgufBuilder.TinyLlama().Build()[..^1])).Message.ShouldContain("output_norm.weight");
    }

    private void Refuses(Func<GgufBuilder, GgufBuilder> spoil, params string[] parts)
    {
        string message = Should.Throw<InputException>(() => Open(spoil(GgufBuilder.TinyLlama()))).Message;
        Array.ForEach(parts, part => message.ShouldContain(part));
    }

    private GgufFile Open(GgufBuilder builder, uint version = 3) => OpenBytes(builder.Build(version));

    private GgufFile OpenBytes(byte[] content)
    {
        File.WriteAllBytes(_folder.File("model.gguf"), content);
        return new GgufFile(_folder.File("model.gguf"));
    }
}

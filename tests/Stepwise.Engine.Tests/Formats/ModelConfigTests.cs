using System.Text;
using Stepwise.Engine.Formats;

namespace Stepwise.Tests.Formats;

public sealed class ModelConfigTests
{
    internal const string Sound =
        """
        {"architectures":["Qwen3ForCausalLM"],"hidden_size":8,"intermediate_size":16,"num_hidden_layers":2,"num_attention_heads":4,
        "num_key_value_heads":2,"vocab_size":32,"max_position_embeddings":64,"rms_norm_eps":1e-6,"eos_token_id":[1,2],
        "rope_parameters":{"rope_theta":1000.0,"rope_type":"default"},"tie_word_embeddings":true,"hidden_act":"silu","sliding_window":null}
        """;

    [Fact]
    public void Parse_Sound_EveryField()
    {
        ModelConfig config = Parse(Sound);
        config.HeadSize.ShouldBe(2);
        config.RopeTheta.ShouldBe(1000);
        config.StopTokens.ShouldBe([1, 2]);
        config.QueryKeyNorm.ShouldBeTrue();
        config.AttentionBias.ShouldBeFalse();
        config.InitializerRange.ShouldBe(0.02);
    }

    [Theory]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":0", "hidden_size")]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":8.5", "hidden_size")]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":\"8\"", "hidden_size")]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":99999999999999999999", "hidden_size")]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":2147483644", "Width")]
    [InlineData("\"hidden_size\":8,", "", "hidden_size")]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":10", "head_dim")]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":12", "odd")]
    [InlineData("\"num_key_value_heads\":2", "\"num_key_value_heads\":3", "evenly")]
    [InlineData("\"num_hidden_layers\":2", "\"num_hidden_layers\":100000", "Layers")]
    [InlineData("\"rms_norm_eps\":1e-6", "\"rms_norm_eps\":1e999", "rms_norm_eps")]
    [InlineData("\"rms_norm_eps\":1e-6", "\"rms_norm_eps\":0", "RmsNormEpsilon")]
    [InlineData("[1,2]", "[1,32]", "StopTokens")]
    [InlineData("[1,2]", "\"x\"", "eos_token_id")]
    [InlineData("\"silu\"", "\"gelu\"", "hidden_act")]
    [InlineData("\"default\"", "\"linear\"", "rope_parameters.rope_type")]
    [InlineData("\"sliding_window\":null", "\"use_sliding_window\":true", "use_sliding_window")]
    [InlineData("\"sliding_window\":null", "\"attention_bias\":true", "attention_bias")]
    [InlineData("\"sliding_window\":null", "\"layer_types\":[\"full_attention\",\"sliding_attention\"]", "layer_types.[1]")]
    [InlineData("\"sliding_window\":null", "\"quantization_config\":{}", "quantization_config")]
    [InlineData("\"sliding_window\":null", "\"rope_scaling\":{\"type\":\"yarn\"}", "rope_scaling.type")]
    [InlineData("\"sliding_window\":null", "\"partial_rotary_factor\":0.5", "partial_rotary_factor")]
    [InlineData("Qwen3ForCausalLM", "GPT2LMHeadModel", "LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM")]
    public void Parse_OneThingWrong_RefusedByKey(string sound, string wrong, string named)
    {
        Sound.ShouldContain(sound);
        string message = Should.Throw<InputException>(() => Parse(Sound.Replace(sound, wrong, StringComparison.Ordinal))).Message;
        message.ShouldStartWith("config.json");
        message.ShouldContain(named);
    }

    private static ModelConfig Parse(string json) => ModelConfigFile.Parse("config.json", Encoding.UTF8.GetBytes(json));
}

using System.Text;
using Stepwise.Engine.Formats;
using Stepwise.Engine.Models;
using Stepwise.Engine.Tests.Models;

namespace Stepwise.Engine.Tests.Formats;

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
    [InlineData("\"num_hidden_layers\":2", "\"num_hidden_layers\":100000", "num_hidden_layers")]
    [InlineData("\"rms_norm_eps\":1e-6", "\"rms_norm_eps\":1e999", "rms_norm_eps")]
    [InlineData("\"rms_norm_eps\":1e-6", "\"rms_norm_eps\":0", "RmsNormEpsilon")]
    [InlineData("[1,2]", "[1,32]", "StopTokens")]
    [InlineData("[1,2]", "\"x\"", "eos_token_id")]
    [InlineData("\"silu\"", "\"gelu\"", "hidden_act")]
    [InlineData("\"default\"", "\"linear\"", "\"factor\" is missing")]
    [InlineData("\"default\"", "\"longrope\"", "found \"longrope\"; allowed: default, linear, llama3, yarn")]
    [InlineData("\"default\"", "\"linear\",\"factor\":0.5", "Factor is 0.5")]
    [InlineData("\"default\"", "\"linear\",\"factor\":\"2\"", "rope_parameters.factor")]
    [InlineData("\"default\"", "\"linear\",\"factor\":2,\"beta_fast\":2", "rope_parameters.beta_fast")]
    [InlineData("\"default\"", "\"default\",\"mrope_section\":[1,2]", "mrope_section")]
    [InlineData("\"default\"", "\"default\",\"partial_rotary_factor\":0.5", "partial_rotary_factor")]
    [InlineData("\"default\"", "\"yarn\",\"factor\":2,\"beta_fast\":1,\"beta_slow\":2", "BetaFast is 1")]
    [InlineData("\"default\"", "\"yarn\",\"factor\":2,\"attention_factor\":0", "AttentionFactor")]
    [InlineData("\"default\"", "\"yarn\",\"factor\":2,\"original_max_position_embeddings\":0", "original_max_position_embeddings")]
    [InlineData("\"default\"", "\"llama3\",\"factor\":2,\"low_freq_factor\":4,\"high_freq_factor\":4", "HighFrequencyFactor is 4")]
    [InlineData("\"rope_theta\":1000.0", "\"rope_theta\":1", "RopeTheta")]
    [InlineData("{\"rope_theta\":1000.0,\"rope_type\":\"default\"}", "{\"full_attention\":{\"rope_theta\":1.0}}", "rope_parameters.full_attention")]
    [InlineData("\"sliding_window\":null", "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}", "both set")]
    [InlineData("\"sliding_window\":null", "\"use_sliding_window\":true", "\"sliding_window\" is missing")]
    [InlineData("\"sliding_window\":null", "\"use_sliding_window\":true,\"sliding_window\":0", "sliding_window")]
    [InlineData("\"sliding_window\":null", "\"layer_types\":[\"full_attention\"]", "fewer entries than the 2 layers")]
    [InlineData("\"sliding_window\":null", "\"layer_types\":[\"full_attention\",\"full_attention\",\"full_attention\"]", "more entries")]
    [InlineData("\"sliding_window\":null", "\"layer_types\":[\"full_attention\",\"linear_attention\"]", "layer_types.[1]")]
    [InlineData("\"sliding_window\":null", "\"mlp_bias\":true", "mlp_bias")]
    [InlineData("\"sliding_window\":null", "\"attention_bias\":true", "attention_bias")]
    [InlineData("\"sliding_window\":null", "\"layer_types\":[\"full_attention\",\"sliding_attention\"]", "layer_types.[1]")]
    [InlineData("\"sliding_window\":null", "\"quantization_config\":{}", "quantization_config")]
    [InlineData("\"sliding_window\":null", "\"partial_rotary_factor\":0.5", "partial_rotary_factor")]
    [InlineData("Qwen3ForCausalLM", "GPT2LMHeadModel", "LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, SmolLM3ForCausalLM")]
    public void Parse_OneThingWrong_RefusedByKey(string sound, string wrong, string named)
    {
        Sound.ShouldContain(sound);
        string message = Should.Throw<InputException>(() => Parse(Sound.Replace(sound, wrong, StringComparison.Ordinal))).Message;
        message.ShouldStartWith("config.json");
        message.ShouldContain(named);
    }

    [Theory]
    [InlineData("\"rope_theta\":1000.0,")]
    [InlineData("\"rope_theta\":1000.0,\"rope_scaling\":null,")]
    [InlineData("\"rope_scaling\":{\"rope_theta\":1000,\"type\":\"default\"},\"rope_theta\":5,")]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"default\"},\"rope_theta\":1000,")]
    public void Parse_OtherSpellingOfRope_SameConfig(string rope) =>
        ShouldBeSame(Parse(With("\"rope_parameters\":{\"rope_theta\":1000.0,\"rope_type\":\"default\"},", rope)), Parse(Sound));

    [Theory]
    [InlineData("\"rope_scaling\"", "\"type\"")]
    [InlineData("\"rope_scaling\"", "\"rope_type\"")]
    [InlineData("\"rope_parameters\"", "\"rope_type\"")]
    public void Parse_RopeScaling_ReadUnderEveryKey(string key, string type)
    {
        Rope($"{key}:{{{type}:\"linear\",\"factor\":2}}").ShouldBe(new LinearRopeScaling(2));
        Rope($"{key}:{{{type}:\"llama3\",\"factor\":8.0,\"low_freq_factor\":1,\"high_freq_factor\":4,"
            + "\"original_max_position_embeddings\":32}").ShouldBe(new Llama3RopeScaling(8, 1, 4, 32));
        Rope($"{key}:{{{type}:\"yarn\",\"factor\":4,\"original_max_position_embeddings\":16}}").ShouldBe(new YarnRopeScaling(4, 16));
    }

    [Fact]
    public void Parse_YarnKeys_AsTransformersReadsThem()
    {
        Rope("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4}").ShouldBe(new YarnRopeScaling(4, 64));
        Rope("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4},\"original_max_position_embeddings\":8").ShouldBe(new YarnRopeScaling(4, 8));
        Rope("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,\"beta_fast\":20,\"beta_slow\":2,\"truncate\":false,\"attention_factor\":1.5}")
            .ShouldBe(new YarnRopeScaling(4, 64) { BetaFast = 20, BetaSlow = 2, Truncate = false, AttentionFactor = 1.5 });

        // (0.1 · 0.707 · ln 40 + 1) / (0.1 · 0.5 · ln 40 + 1) = 1.2608037774 / 1.1844439727; one of the two alone does nothing.
        Rope("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":40,\"mscale\":0.707,\"mscale_all_dim\":0.5}")
            .AttentionFactor.ShouldBe(1.0644689047, 1e-9);
        Rope("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":40,\"mscale\":0.707}").AttentionFactor.ShouldBe(1.3688879454, 1e-9);
    }

    [Theory]
    [InlineData("", 4096)]
    [InlineData("\"sliding_window\":null,", null)]
    [InlineData("\"sliding_window\":7,", 7)]
    [InlineData("\"sliding_window\":7,\"layer_types\":[\"sliding_attention\",\"sliding_attention\"],", 7)]
    public void Parse_Mistral_WindowInEveryLayer(string keys, int? window)
    {
        ModelConfig config = Parse(Family("MistralForCausalLM", keys));
        config.SlidingWindow.ShouldBe(window);
        config.LayersWithoutWindow.ShouldBeEmpty();
        config.LayersWithoutRope.ShouldBeEmpty();
    }

    [Fact]
    public void Parse_MistralWithAFullLayer_Refused() => Should.Throw<InputException>(() => Parse(Family(
        "MistralForCausalLM", "\"sliding_window\":7,\"layer_types\":[\"sliding_attention\",\"full_attention\"],")))
        .Message.ShouldContain("layer_types.[1]\": found \"full_attention\"; allowed: sliding_attention");

    [Theory]
    [InlineData("\"max_window_layers\":1,", 7, 0)]
    [InlineData("\"max_window_layers\":0,", 7, -1)]
    [InlineData("\"max_window_layers\":2,", null, -1)]
    [InlineData("", null, -1)]
    [InlineData("\"layer_types\":[\"sliding_attention\",\"full_attention\"],", 7, 1)]
    [InlineData("\"layer_types\":[\"full_attention\",\"full_attention\"],", null, -1)]
    public void Parse_QwenWithWindow_LayersFromTheOneThatIsNamed(string keys, int? window, int without)
    {
        ModelConfig config = Parse(Family("Qwen2ForCausalLM", "\"use_sliding_window\":true,\"sliding_window\":7," + keys));
        config.SlidingWindow.ShouldBe(window);
        config.LayersWithoutWindow.ShouldBe(without < 0 ? [] : [without]);
    }

    [Theory]
    [InlineData("\"no_rope_layers\":[0,1],", new[] { 0 })]
    [InlineData("\"no_rope_layers\":[1,0,0],", new[] { 1 })]
    [InlineData("\"no_rope_layer_interval\":2,", new[] { 1 })]
    [InlineData("\"no_rope_layer_interval\":1,", new[] { 0, 1 })]
    [InlineData("", new int[0])]
    public void Parse_SmolLm3_LayersWithoutRope(string keys, int[] without) =>
        Parse(Family("SmolLM3ForCausalLM", keys)).LayersWithoutRope.ShouldBe(without);

    [Fact]
    public void Parse_SmolLm3_AbsentKeysAsInTransformers()
    {
        string json = Family("SmolLM3ForCausalLM", "").Replace("\"rope_theta\":1000.0,", "", StringComparison.Ordinal)
            .Replace("\"tie_word_embeddings\":true,", "", StringComparison.Ordinal);
        Parse(json).RopeTheta.ShouldBe(2000000);
        Parse(json).TiedHead.ShouldBeTrue();
        Parse(json.Replace("SmolLM3", "Llama", StringComparison.Ordinal)).RopeTheta.ShouldBe(10000);
        Parse(json.Replace("SmolLM3", "Llama", StringComparison.Ordinal)).TiedHead.ShouldBeFalse();
        ModelConfig window = Parse(Family("SmolLM3ForCausalLM", "\"use_sliding_window\":true,\"sliding_window\":5,\"no_rope_layers\":[1,0],"));
        (window.SlidingWindow, window.LayersWithoutWindow[0], window.LayersWithoutWindow.Count).ShouldBe((5, 0, 1));
    }

    [Theory]
    [InlineData("\"no_rope_layers\":[1],", "1 entries for 2 layers")]
    [InlineData("\"no_rope_layers\":[1,2],", "no_rope_layers.[1]")]
    [InlineData("\"no_rope_layer_interval\":0,", "no_rope_layer_interval")]
    public void Parse_SmolLm3NotSound_RefusedByKey(string keys, string named) =>
        Should.Throw<InputException>(() => Parse(Family("SmolLM3ForCausalLM", keys))).Message.ShouldContain(named);

    [Theory]
    [MemberData(nameof(TestModel.Families), MemberType = typeof(TestModel))]
    public void Format_EveryFamily_ReadBackTheSame(string family)
    {
        ModelConfig config = TestModel.Config(family);
        ShouldBeSame(ModelConfigFile.Parse("config.json", ModelConfigFile.Format(config)), config);
    }

    [Theory]
    [InlineData("{ \"a\" : {\"dtype\": \"x\"},\n \"torch_dtype\" : \"bfloat16\" , \"z\":1.50}", "{ \"a\" : {\"dtype\": \"x\"},\n \"torch_dtype\" : \"float32\" , \"z\":1.50}")]
    [InlineData("{\"dtype\":\"float16\"}\n", "{\"dtype\":\"float32\"}\n")]
    [InlineData("{\"dtype\":null,\"é\":1}", "{\"dtype\":null,\"é\":1}")]
    [InlineData("{\"architectures\":[\"dtype\"]}", "{\"architectures\":[\"dtype\"]}")]
    public void WithType_File_OnlyTheTypeChanges(string before, string after) =>
        Encoding.UTF8.GetString(ModelConfigFile.WithType(Encoding.UTF8.GetBytes(before), SafetensorsType.F32).Span).ShouldBe(after);

    /// <summary>Equal in every field, lists by their items.</summary>
    internal static void ShouldBeSame(ModelConfig actual, ModelConfig expected)
    {
        actual.StopTokens.ShouldBe(expected.StopTokens);
        actual.LayersWithoutRope.ShouldBe(expected.LayersWithoutRope);
        actual.LayersWithoutWindow.ShouldBe(expected.LayersWithoutWindow);
        (actual with
        {
            StopTokens = expected.StopTokens,
            LayersWithoutRope = expected.LayersWithoutRope,
            LayersWithoutWindow = expected.LayersWithoutWindow,
        }).ShouldBe(expected);
    }

    private static string With(string sound, string other)
    {
        Sound.ShouldContain(sound);
        return Sound.Replace(sound, other, StringComparison.Ordinal);
    }

    private static string Family(string architecture, string keys) =>
        With("\"architectures\"", keys + "\"architectures\"").Replace("Qwen3ForCausalLM", architecture, StringComparison.Ordinal)
            .Replace(",\"sliding_window\":null", "", StringComparison.Ordinal);

    private static RopeScaling Rope(string json) =>
        Parse(With("\"rope_parameters\":{\"rope_theta\":1000.0,\"rope_type\":\"default\"}", json)).RopeScaling;

    private static ModelConfig Parse(string json) => ModelConfigFile.Parse("config.json", Encoding.UTF8.GetBytes(json));
}

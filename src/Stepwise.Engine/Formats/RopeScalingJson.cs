using System.Text.Json;
using Stepwise.Engine.Files;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Formats;

/// <summary>
/// The part of config.json that says how rotary positions are scaled: <c>rope_scaling</c> in the spelling of transformers 4,
/// <c>rope_parameters</c> in that of transformers 5; the kind stands under <c>rope_type</c>, in old files under <c>type</c>.
/// </summary>
internal static class RopeScalingJson
{
    private const string OriginalContextLength = "original_max_position_embeddings";

    private static readonly string[] CommonKeys = ["rope_type", "type", "rope_theta", "partial_rotary_factor"];

    private static readonly Kind[] Kinds =
    [
        new("default", typeof(DefaultRopeScaling), [], static (_, _) => new DefaultRopeScaling()),
        new("linear", typeof(LinearRopeScaling), ["factor"], static (rope, _) => new LinearRopeScaling(Number(rope.Get("factor")))),
        new(
            "llama3", typeof(Llama3RopeScaling), ["factor", "low_freq_factor", "high_freq_factor", OriginalContextLength],
            static (rope, context) => new Llama3RopeScaling(
                Number(rope.Get("factor")), Number(rope.Get("low_freq_factor")), Number(rope.Get("high_freq_factor")),
                Original(rope, context))),
        new(
            "yarn", typeof(YarnRopeScaling),
            ["factor", "attention_factor", "mscale", "mscale_all_dim", "beta_fast", "beta_slow", "truncate", OriginalContextLength],
            Yarn),
    ];

    /// <summary>The object that holds the parameters, or <see langword="null"/>.</summary>
    /// <exception cref="InputException">Both spellings are used.</exception>
    public static JsonInput? Find(JsonInput config)
    {
        JsonInput? scaling = config.Find("rope_scaling"), parameters = config.Find("rope_parameters");
        return scaling is not null && parameters is not null
            ? throw config.Error("rope_scaling and rope_parameters are both set; keep the one that is meant")
            : scaling ?? parameters;
    }

    /// <param name="rope">What <see cref="Find"/> found.</param>
    /// <param name="contextLength">The original context where the file does not say it.</param>
    /// <exception cref="InputException">The kind is not supported, or its parameters are not sound.</exception>
    public static RopeScaling Read(JsonInput? rope, int contextLength)
    {
        if (rope is null)
        {
            return new DefaultRopeScaling();
        }

        Kind kind = Kinds[0];
        if ((rope.Find("rope_type") ?? rope.Find("type")) is { } type)
        {
            kind = Kinds.FirstOrDefault(k => string.Equals(k.Name, type.Text(), StringComparison.Ordinal))
                ?? throw type.Unexpected(string.Join(", ", Kinds.Select(k => k.Name)));
        }

        foreach ((string key, JsonInput value) in rope.Members())
        {
            if (value.Kind != JsonValueKind.Null && !CommonKeys.Contains(key, StringComparer.Ordinal)
                && !kind.Keys.Contains(key, StringComparer.Ordinal))
            {
                throw value.Error(
                    $"not a parameter of the rope type {kind.Name}; allowed: {string.Join(", ", CommonKeys.Concat(kind.Keys))}");
            }
        }

        _ = rope.Find("partial_rotary_factor")?.Number(1, 1);
        return kind.Read(rope, contextLength);
    }

    /// <summary>Writes the value of <c>rope_scaling</c>.</summary>
    public static void Write(Utf8JsonWriter json, RopeScaling scaling)
    {
        if (scaling is DefaultRopeScaling)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("rope_type", Kinds.Single(k => k.Type == scaling.GetType()).Name);
        switch (scaling)
        {
            case LinearRopeScaling linear:
                json.WriteNumber("factor", linear.Factor);
                break;
            case Llama3RopeScaling llama3:
                json.WriteNumber("factor", llama3.Factor);
                json.WriteNumber("low_freq_factor", llama3.LowFrequencyFactor);
                json.WriteNumber("high_freq_factor", llama3.HighFrequencyFactor);
                json.WriteNumber(OriginalContextLength, llama3.OriginalContextLength);
                break;
            case YarnRopeScaling yarn:
                json.WriteNumber("factor", yarn.Factor);
                json.WriteNumber("attention_factor", yarn.AttentionFactor);
                json.WriteNumber("beta_fast", yarn.BetaFast);
                json.WriteNumber("beta_slow", yarn.BetaSlow);
                json.WriteBoolean("truncate", yarn.Truncate);
                json.WriteNumber(OriginalContextLength, yarn.OriginalContextLength);
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>As transformers reads it: a stated attention factor wins, then the ratio of the two mscale keys where both are set.</summary>
    private static YarnRopeScaling Yarn(JsonInput rope, int contextLength)
    {
        double factor = Number(rope.Get("factor"));
        YarnRopeScaling yarn = new(factor, Original(rope, contextLength))
        {
            BetaFast = Optional("beta_fast", 32),
            BetaSlow = Optional("beta_slow", 1),
            Truncate = rope.Find("truncate")?.Flag() ?? true,
        };
        double scale = Optional("mscale", 0), allDimensions = Optional("mscale_all_dim", 0);
        double ratio = YarnRopeScaling.AttentionFactorOf(factor, scale) / YarnRopeScaling.AttentionFactorOf(factor, allDimensions);
        return yarn with
        {
            AttentionFactor = Optional("attention_factor", scale != 0 && allDimensions != 0 ? ratio : yarn.AttentionFactor),
        };

        double Optional(string key, double absent) => rope.Find(key) is { } value ? Number(value) : absent;
    }

    private static double Number(JsonInput value) => value.Number(0, 1e9);

    private static int Original(JsonInput rope, int contextLength) =>
        rope.Find(OriginalContextLength) is { } value ? (int)value.Integer(1, ModelConfig.MaxContextLength) : contextLength;

    /// <summary>A kind of scaling: its name, the parameters it has, and how they are read, given the model's context.</summary>
    private sealed record Kind(string Name, Type Type, string[] Keys, Func<JsonInput, int, RopeScaling> Read);
}

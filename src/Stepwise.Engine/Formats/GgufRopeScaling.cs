using Stepwise.Engine.Models;

namespace Stepwise.Engine.Formats;

/// <summary>
/// RoPE scaling in GGUF files: <c>rope.scaling.*</c> for linear and YaRN, and for Llama 3 a tensor <see cref="FactorsName"/> by which the
/// frequencies θ^(−2i/D) are divided. The files have no keys for the numbers that models in use leave at their defaults; models that do
/// not are refused.
/// </summary>
internal static class GgufRopeScaling
{
    /// <summary>The tensor of frequency divisors; [D/2], F32.</summary>
    public const string FactorsName = "rope_freqs.weight";

    private const string OriginalContext = "rope.scaling.original_context_length";
    private const double LowTurns = 1;
    private const double HighTurns = 4;

    /// <summary>The original context of every Llama 3, whose files seldom name it.</summary>
    private const int Llama3Context = 8192;

    private static readonly string[] YarnKeys =
        ["attn_factor", "yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow", "yarn_log_multiplier"];

    /// <param name="metadata">The file's metadata.</param>
    /// <param name="prefix">The architecture's name.</param>
    /// <param name="headSize">D.</param>
    /// <param name="theta">θ.</param>
    /// <param name="factors">The numbers of <see cref="FactorsName"/>; empty where the file has none.</param>
    /// <exception cref="InputException">The scaling is not supported.</exception>
    public static RopeScaling Read(GgufMetadata metadata, string prefix, int headSize, double theta, float[] factors)
    {
        RopeScaling scaling = Read(metadata, prefix);
        if (factors.All(f => f == 1))
        {
            return scaling;
        }

        int original = metadata.Has($"{prefix}.{OriginalContext}") ? ContextLength(metadata, prefix) : Llama3Context;
        Llama3RopeScaling llama = new(factors.Max(), LowTurns, HighTurns, original);
        return scaling is DefaultRopeScaling && factors.Length == headSize / 2
            && factors.Zip(Factors(llama, headSize, theta)).All(f => Math.Abs(f.First - f.Second) <= 1e-4f * f.Second)
            ? llama
            : throw metadata.Error(
                FactorsName,
                $"holds {factors.Length} frequency factors that are not Llama 3's scaling over an original context of {original} with "
                + $"{LowTurns} and {HighTurns} turns; others are not supported");
    }

    /// <summary>The keys that say a scaling.</summary>
    /// <param name="config">The model.</param>
    /// <param name="origin">Where the model comes from, for the message.</param>
    /// <param name="prefix">The architecture's name.</param>
    /// <exception cref="InputException">GGUF has no keys for it.</exception>
    public static IEnumerable<(string Key, object Value)> Write(ModelConfig config, string origin, string prefix)
    {
        switch (config.RopeScaling)
        {
            case DefaultRopeScaling { AttentionFactor: 1 }:
                return [];
            case LinearRopeScaling { AttentionFactor: 1 } linear:
                return [($"{prefix}.rope.scaling.type", "linear"), ($"{prefix}.rope.scaling.factor", (float)linear.Factor)];
            case YarnRopeScaling yarn when yarn == new YarnRopeScaling(yarn.Factor, yarn.OriginalContextLength):
                return
                [
                    ($"{prefix}.rope.scaling.type", "yarn"), ($"{prefix}.rope.scaling.factor", (float)yarn.Factor),
                    ($"{prefix}.{OriginalContext}", (uint)yarn.OriginalContextLength),
                ];
            case Llama3RopeScaling { AttentionFactor: 1, LowFrequencyFactor: LowTurns, HighFrequencyFactor: HighTurns } llama:
                return [($"{prefix}.{OriginalContext}", (uint)llama.OriginalContextLength)];
            default:
                throw new InputException(
                    $"{origin}: GGUF files cannot say {config.RopeScaling}. Export to a Hugging Face folder instead.");
        }
    }

    /// <summary>The numbers of <see cref="FactorsName"/>; [D/2].</summary>
    public static float[] Factors(Llama3RopeScaling scaling, int headSize, double theta) =>
    [
        .. new DefaultRopeScaling().InverseFrequencies(headSize, theta)
            .Zip(scaling.InverseFrequencies(headSize, theta), (plain, scaled) => plain / scaled),
    ];

    private static RopeScaling Read(GgufMetadata metadata, string prefix)
    {
        string typeKey = $"{prefix}.rope.scaling.type", factorKey = $"{prefix}.rope.scaling.factor";
        foreach (string key in YarnKeys)
        {
            if (metadata.Has($"{prefix}.rope.scaling.{key}"))
            {
                throw metadata.Error($"{prefix}.rope.scaling.{key}", "is set; only YaRN with its defaults is supported");
            }
        }

        // A file that has a factor and no type means a linear one, as does the key that files had before there were types.
        string type = metadata.Has(typeKey) ? metadata.Text(typeKey) : "linear";
        string present = metadata.Has(factorKey) ? factorKey : $"{prefix}.rope.scale_linear";
        double factor = metadata.Has(present) ? metadata.Number(present) : 1;
        return type switch
        {
            "none" => new DefaultRopeScaling(),
            "linear" => factor is 0 or 1 ? new DefaultRopeScaling() : new LinearRopeScaling(factor),
            "yarn" => new YarnRopeScaling(factor, ContextLength(metadata, prefix)),
            _ => throw metadata.Error(typeKey, $"is {Quoted.Of(type)}; supported: none, linear, yarn"),
        };
    }

    private static int ContextLength(GgufMetadata metadata, string prefix) =>
        (int)metadata.Integer($"{prefix}.{OriginalContext}", 1, ModelConfig.MaxContextLength);
}

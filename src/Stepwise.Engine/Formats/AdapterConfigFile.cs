using System.Text.Json;
using Stepwise.Engine.Files;
using Stepwise.Files;
using Stepwise.Policies;

namespace Stepwise.Engine.Formats;

/// <summary>
/// Reads and writes PEFT's <c>adapter_config.json</c>. What would change the computation and is not supported is refused by its key.
/// </summary>
internal static class AdapterConfigFile
{
    public const string Name = "adapter_config.json";

    private const int MaxBytes = 1 << 20;

    private const string Rank = "r", Alpha = "lora_alpha", Targets = "target_modules", Base = "base_model_name_or_path",
        Initial = "init_lora_weights";

    /// <summary>Keys of other adapters than <see cref="LoraOptions"/>'s, which must be absent, null, false, empty or as named.</summary>
    private static readonly (string Key, string? Allowed)[] Plain =
    [
        ("peft_type", "LORA"), ("task_type", "CAUSAL_LM"), ("bias", "none"), ("use_dora", null), ("use_rslora", null), ("fan_in_fan_out", null),
        ("lora_bias", null),
        ("rank_pattern", null), ("alpha_pattern", null), ("modules_to_save", null), ("layers_to_transform", null),
        ("layer_replication", null), ("exclude_modules", null), ("trainable_token_indices", null), ("target_parameters", null),
        ("use_qalora", null), ("use_bdlora", null), ("alora_invocation_tokens", null),
    ];

    /// <summary>Keys that change nothing of what adapters compute once they are trained.</summary>
    private static readonly string[] Silent =
    [
        "lora_dropout", "inference_mode", "peft_version", "revision", "auto_mapping", "runtime_config", "layers_pattern", "megatron_core",
        "megatron_config", "qalora_group_size", "loftq_config", "eva_config", "corda_config", "lora_ga_config",
    ];

    /// <summary>Reads a file.</summary>
    /// <param name="folder">Its folder.</param>
    /// <returns>The options, and the base model as the file names it.</returns>
    /// <exception cref="InputException">The file is missing or not sound, or its adapters are of another kind.</exception>
    public static (LoraOptions Options, string Base) Read(string folder)
    {
        string path = Path.Combine(folder, Name);
        JsonInput json = JsonInput.Parse(path, InputFile.ReadWhole(path, MaxBytes));
        foreach ((string key, string? allowed) in Plain)
        {
            if (json.Find(key) is { } value && !IsPlain(value, allowed))
            {
                throw value.Unexpected(allowed is null ? "none; plain LoRA only" : $"'{allowed}'; plain LoRA only");
            }
        }

        string[] known = [Rank, Alpha, Targets, Base, Initial, .. Silent, .. Plain.Select(plain => plain.Key)];
        foreach ((string key, JsonInput value) in json.Members().Where(member => !known.Contains(member.Key, StringComparer.Ordinal)))
        {
            if (!IsPlain(value, allowed: null))
            {
                throw value.Unexpected("nothing; the key is not known, and might change what the adapters compute");
            }
        }

        // As text it may name an initialisation that also changed the base model (pissa, olora, loftq).
        if (json.Find(Initial) is { Kind: JsonValueKind.String } initial && initial.Text() is not ("gaussian" or "eva" or "orthogonal"))
        {
            throw initial.Unexpected("true, false, gaussian, eva, orthogonal");
        }

        return (
            new LoraOptions
            {
                Rank = (int)json.Get(Rank).Integer(1, 4096),
                Alpha = json.Get(Alpha).Number(double.Epsilon, 1e9),
                Targets = ReadTargets(json.Get(Targets)),
            },
            json.Get(Base).Text());
    }

    /// <summary>Writes a file that PEFT loads.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="options">The adapters.</param>
    /// <param name="model">The base model's path or name.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Write(string folder, LoraOptions options, string model)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString(Base, model);
            json.WriteString("bias", "none");
            json.WriteNumber(Alpha, options.Alpha);
            json.WriteNumber("lora_dropout", 0);
            json.WriteString("peft_type", "LORA");
            json.WriteNumber(Rank, options.Rank);
            json.WriteStartArray(Targets);
            foreach (LoraTargets target in Singles.Where(t => options.Targets.HasFlag(t)))
            {
                json.WriteStringValue(NameOf(target));
            }

            json.WriteEndArray();
            json.WriteString("task_type", "CAUSAL_LM");
            json.WriteEndObject();
        }

        WholeFile.Write(Path.Combine(folder, Name), stream.ToArray());
    }

    private static IEnumerable<LoraTargets> Singles =>
        Enum.GetValues<LoraTargets>().Where(t => t is not LoraTargets.None and not LoraTargets.AllLinear);

    private static string NameOf(LoraTargets target) => JsonNamingPolicy.SnakeCaseLower.ConvertName(target.ToString());

    private static LoraTargets ReadTargets(JsonInput json)
    {
        LoraTargets targets = LoraTargets.None;
        foreach (JsonInput item in json.Items())
        {
            LoraTargets target = Singles.FirstOrDefault(t => string.Equals(NameOf(t), item.Text(), StringComparison.Ordinal));
            targets |= target is LoraTargets.None ? throw item.Unexpected(string.Join(", ", Singles.Select(NameOf))) : target;
        }

        return targets is LoraTargets.None ? throw json.Error("no target is named") : targets;
    }

    private static bool IsPlain(JsonInput value, string? allowed) => value.Kind switch
    {
        JsonValueKind.String => string.Equals(value.Text(), allowed, StringComparison.Ordinal),
        JsonValueKind.False or JsonValueKind.Null => true,
        JsonValueKind.Object => !value.Members().Any(),
        JsonValueKind.Array => !value.Items().Any(),
        _ => false,
    };
}

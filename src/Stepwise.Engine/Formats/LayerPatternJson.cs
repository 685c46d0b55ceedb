using System.Text.Json;
using Stepwise.Engine.Files;
using Stepwise.Engine.Models;

namespace Stepwise.Engine.Formats;

/// <summary>The part of config.json that says which layers see positions and which see only a window.</summary>
internal static class LayerPatternJson
{
    private const string Sliding = "sliding_attention";
    private const string Full = "full_attention";

    /// <summary>The window of a Mistral configuration that does not mention one, as in transformers.</summary>
    private const int MistralWindow = 4096;

    /// <summary>The first layer with a window of a Qwen configuration that names neither it nor the layers' types, as in transformers.</summary>
    private const int QwenWindowLayer = 28;

    /// <summary>The interval of SmolLM3's layers without positions where the configuration does not say it, as in transformers.</summary>
    private const int SmolLm3Interval = 4;

    /// <summary>Layers whose queries and keys are not rotated.</summary>
    /// <exception cref="InputException">The list has fewer entries than there are layers, or something else than 0 and 1.</exception>
    public static int[] LayersWithoutRope(JsonInput config, ModelArchitecture architecture, int layers)
    {
        if (architecture != ModelArchitecture.SmolLm3)
        {
            return [];
        }

        if (config.Find("no_rope_layers") is not { } list)
        {
            int interval = (int)(config.Find("no_rope_layer_interval")?.Integer(1, int.MaxValue) ?? SmolLm3Interval);
            return [.. Enumerable.Range(0, layers).Where(l => (l + 1) % interval == 0)];
        }

        // A 1 says that the layer does rotate.
        long[] rotates = [.. list.Items().Take(layers).Select(item => item.Integer(0, 1))];
        return rotates.Length == layers
            ? [.. Enumerable.Range(0, layers).Where(l => rotates[l] == 0)]
            : throw list.Error($"{rotates.Length} entries for {layers} layers");
    }

    /// <summary>The window, and the layers that do without it.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="architecture">The family, which decides what the keys mean.</param>
    /// <param name="layers">L.</param>
    /// <param name="withoutRope">What <see cref="LayersWithoutRope"/> gave: where SmolLM3 names no types, these have the window.</param>
    /// <exception cref="InputException">The keys contradict each other, or name a kind of layer that is not supported.</exception>
    public static (int? Window, int[] LayersWithout) SlidingWindow(
        JsonInput config, ModelArchitecture architecture, int layers, int[] withoutRope)
    {
        int? window = Window(config, architecture);
        bool[] sliding = [.. Enumerable.Range(0, layers).Select(
            l => window is not null && HasWindow(config, architecture, l, withoutRope))];
        if (config.Find("layer_types") is { } types)
        {
            JsonInput[] found = [.. types.Items().Take(layers + 1)];
            if (found.Length != layers)
            {
                throw types.Error($"{(found.Length > layers ? "more" : "fewer")} entries than the {layers} layers");
            }

            for (int l = 0; l < layers; l++)
            {
                sliding[l] = IsSliding(found[l], window, mustBe: architecture == ModelArchitecture.Mistral ? sliding[l] : null);
            }
        }

        return sliding.Contains(value: true) ? (window, [.. Enumerable.Range(0, layers).Where(l => !sliding[l])]) : (null, []);
    }

    /// <summary>Writes what the readers above read, where it is not what they take for granted.</summary>
    public static void Write(Utf8JsonWriter json, ModelConfig config)
    {
        IEnumerable<int> layers = Enumerable.Range(0, config.Layers);
        if (config.Architecture == ModelArchitecture.SmolLm3)
        {
            json.WritePropertyName("no_rope_layers");
            JsonSerializer.Serialize(json, layers.Select(l => config.LayersWithoutRope.Contains(l) ? 0 : 1));
        }

        if (config.SlidingWindow is { } window)
        {
            json.WriteNumber("sliding_window", window);
            json.WriteBoolean("use_sliding_window", value: true);
            json.WritePropertyName("layer_types");
            JsonSerializer.Serialize(json, layers.Select(l => config.LayersWithoutWindow.Contains(l) ? Full : Sliding));
        }
        else if (config.Architecture == ModelArchitecture.Mistral)
        {
            json.WriteNull("sliding_window");
        }
    }

    private static int? Window(JsonInput config, ModelArchitecture architecture)
    {
        if (architecture == ModelArchitecture.Llama)
        {
            return null;
        }

        if (architecture == ModelArchitecture.Mistral)
        {
            return config.Has("sliding_window") ? Tokens(config.Find("sliding_window")) : MistralWindow;
        }

        return config.Find("use_sliding_window")?.Flag() ?? false ? Tokens(config.Get("sliding_window")) : null;

        static int? Tokens(JsonInput? value) => (int?)value?.Integer(1, ModelConfig.MaxContextLength);
    }

    /// <summary>Whether a layer has the window where the configuration does not say it layer by layer.</summary>
    private static bool HasWindow(JsonInput config, ModelArchitecture architecture, int layer, int[] withoutRope)
    {
        if (architecture == ModelArchitecture.Mistral)
        {
            return true;
        }

        return architecture == ModelArchitecture.SmolLm3
            ? withoutRope.Contains(layer)
            : layer >= (config.Find("max_window_layers")?.Integer(0, int.MaxValue) ?? QwenWindowLayer);
    }

    private static bool IsSliding(JsonInput type, int? window, bool? mustBe)
    {
        bool sliding = string.Equals(type.Text(), Sliding, StringComparison.Ordinal);
        string[] allowed = window is null ? [Full] : mustBe switch { null => [Full, Sliding], true => [Sliding], false => [Full] };
        return allowed.Contains(type.Text(), StringComparer.Ordinal)
            ? sliding
            : throw type.Unexpected(string.Join(", ", allowed) + (window is null ? " (no sliding window is in use)" : ""));
    }
}

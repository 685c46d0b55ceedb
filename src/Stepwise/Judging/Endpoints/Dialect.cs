using System.Text.Json.Nodes;
using Stepwise.Judging.Models;

namespace Stepwise.Judging.Endpoints;

/// <summary>
/// How a request is written for a server: servers that speak the same protocol refuse different fields of it. What one refuses is given up, the first
/// that its message names, or else the form of the answer; what then works is remembered.
/// </summary>
/// <param name="GivenUp">Per field how often it was given up.</param>
internal sealed record Dialect(IReadOnlyDictionary<string, int> GivenUp)
{
    private const int MostChoices = 20;

    private const string Form = "response_format";

    /// <summary>Per field what is written in its place, one after the other.</summary>
    private static readonly Dictionary<string, Action<JsonObject>[]> Ways = new(StringComparer.Ordinal)
    {
        // Without the bound, which came later; llama.cpp's way, in which the schema stands beside the type; words alone.
        [Form] = [body => Unbound(body[Form]), body => body[Form] = SchemaBesideType(body), body => body.Remove(Form)],
        ["max_tokens"] = [body => Rename(body, "max_tokens", "max_completion_tokens")],
        ["temperature"] = [body => body.Remove("temperature")],
        ["seed"] = [body => body.Remove("seed")],
        ["system"] = [MergeSystem],
    };

    /// <summary>Every field as it is documented.</summary>
    public static Dialect Whole { get; } = new(new Dictionary<string, int>(StringComparer.Ordinal));

    /// <summary>A request as this dialect writes it.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="request">The request.</param>
    public JsonObject Write(string model, ChatRequest request)
    {
        JsonObject body = new()
        {
            ["model"] = model,
            ["messages"] = new JsonArray(Message("system", request.System), Message("user", request.User)),
            ["max_tokens"] = request.MaxTokens,
            ["temperature"] = request.Temperature,
        };
        if (request.Temperature > 0)
        {
            // 31 bits: the most that every server reads.
            body["seed"] = (long)(request.Seed >> 33);
        }

        if (request.Form is { } form)
        {
            body[Form] = new JsonObject
            {
                ["type"] = "json_schema",
                ["json_schema"] = new JsonObject { ["name"] = "judgement", ["strict"] = true, ["schema"] = form.ToSchema() },
            };
        }

        if (request.Choices.Count > 0)
        {
            body["logprobs"] = true;
            body["top_logprobs"] = MostChoices;
        }

        foreach ((string field, int times) in GivenUp)
        {
            foreach (Action<JsonObject> way in Ways[field].Take(times))
            {
                way(body);
            }
        }

        return body;
    }

    /// <summary>The dialect to try after a refusal, or <see langword="null"/> where nothing is left to give up.</summary>
    /// <param name="refusal">The server's message.</param>
    /// <param name="request">What it refused.</param>
    public Dialect? After(string refusal, ChatRequest request)
    {
        string? field = Ways.Keys.FirstOrDefault(name => refusal.Contains(name, StringComparison.OrdinalIgnoreCase) && IsLeft(name))
            ?? (request.Form is not null && IsLeft(Form) ? Form : null);
        return field is null
            ? null
            : new(new Dictionary<string, int>(GivenUp, StringComparer.Ordinal) { [field] = GivenUp.GetValueOrDefault(field) + 1 });
    }

    private bool IsLeft(string field) => GivenUp.GetValueOrDefault(field) < Ways[field].Length;

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static JsonObject? SchemaBesideType(JsonObject body) => body[Form]?["json_schema"]?["schema"] is { } schema
        ? new() { ["type"] = "json_object", ["schema"] = schema.DeepClone() }
        : null;

    private static void Unbound(JsonNode? node)
    {
        if (node is JsonObject json)
        {
            json.Remove(JsonForm.MaxItems);
            foreach ((_, JsonNode? field) in json)
            {
                Unbound(field);
            }
        }
    }

    private static void Rename(JsonObject body, string name, string other)
    {
        JsonNode? value = body[name]?.DeepClone();
        body.Remove(name);
        body[other] = value;
    }

    private static void MergeSystem(JsonObject body)
    {
        string[] texts = [.. body["messages"]!.AsArray().Select(message => message!["content"]!.GetValue<string>())];
        body["messages"] = new JsonArray(Message("user", string.Join("\n\n", texts)));
    }
}

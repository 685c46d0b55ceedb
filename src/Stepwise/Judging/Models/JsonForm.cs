using System.Text.Json.Nodes;

namespace Stepwise.Judging.Models;

/// <summary>
/// A form of JSON: what an answer is asked to be. It is told to servers as a JSON Schema in the strict subset that they share, of whose bounds only the
/// length of a list is written, so that a model cannot go on for ever; a model of this machine it holds with all bounds (<see cref="JsonFormConstraint"/>).
/// </summary>
internal abstract record JsonForm
{
    /// <summary>The name of the one bound in a schema.</summary>
    public const string MaxItems = "maxItems";

    /// <summary>The form as a JSON Schema.</summary>
    public abstract JsonObject ToSchema();
}

/// <summary>An object with exactly these fields, written in this order.</summary>
internal sealed record ObjectForm(IReadOnlyList<(string Name, JsonForm Form)> Fields) : JsonForm
{
    /// <inheritdoc/>
    public override JsonObject ToSchema() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(Fields.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Form.ToSchema()))),
        ["required"] = new JsonArray([.. Fields.Select(field => (JsonNode)field.Name)]),
        ["additionalProperties"] = false,
    };
}

/// <summary>A list; its items are those of <paramref name="Each"/> from the first on, at least <paramref name="Fewest"/> of them.</summary>
internal sealed record ListForm(JsonForm Any, IReadOnlyList<JsonForm> Each, int Fewest = 0) : JsonForm
{
    /// <inheritdoc/>
    public override JsonObject ToSchema() => new() { ["type"] = "array", ["items"] = Any.ToSchema(), [MaxItems] = Each.Count };
}

/// <summary>A whole number from <paramref name="Low"/>, at least 0, to <paramref name="High"/>.</summary>
internal sealed record IntegerForm(int Low, int High) : JsonForm
{
    /// <inheritdoc/>
    public override JsonObject ToSchema() => new() { ["type"] = "integer" };
}

/// <summary>A text of at most so many characters.</summary>
internal sealed record TextForm(int Most) : JsonForm
{
    /// <inheritdoc/>
    public override JsonObject ToSchema() => new() { ["type"] = "string" };
}

/// <summary>This text and no other; a server is told only that it is one, so that it need not read a new schema with every request.</summary>
internal sealed record LiteralForm(string Text) : JsonForm
{
    /// <inheritdoc/>
    public override JsonObject ToSchema() => new() { ["type"] = "string" };
}

/// <summary>One of a few words.</summary>
internal sealed record WordForm(IReadOnlyList<string> Words) : JsonForm
{
    /// <inheritdoc/>
    public override JsonObject ToSchema() => new() { ["type"] = "string", ["enum"] = new JsonArray([.. Words.Select(word => (JsonNode)word)]) };
}

/// <summary>True or false.</summary>
internal sealed record TruthForm : JsonForm
{
    /// <inheritdoc/>
    public override JsonObject ToSchema() => new() { ["type"] = "boolean" };
}

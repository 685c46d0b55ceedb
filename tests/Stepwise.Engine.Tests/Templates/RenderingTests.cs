using System.Text.Json;
using Stepwise.Engine.Templates;

namespace Stepwise.Engine.Tests.Templates;

/// <summary>
/// Renderings that Jinja 3.1.6 gave in the environment that transformers sets up (sandboxed, trim_blocks, lstrip_blocks, loop controls,
/// json.dumps as tojson), with the date 9 March 2025: <c>renderings.jsonl</c>, over the variables of <c>variables.json</c>.
/// </summary>
public sealed class RenderingTests
{
    private static readonly Dictionary<string, string> NoTokens = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, object?> Variables =
        (Dictionary<string, object?>)Value(JsonElement.Parse(File.ReadAllText(Beside("variables.json"))))!;

    [Fact]
    public void Render_TemplatesOfTheReference_SameText()
    {
        int count = 0;
        foreach (JsonElement rendering in Renderings())
        {
            string template = rendering.GetProperty("template").GetString()!;
            Render(template).ShouldBe(rendering.GetProperty("text").GetString(), template);
            count++;
        }

        count.ShouldBeGreaterThan(80);
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} templates, texts identical");
    }

    /// <summary>A template rendered over the variables.</summary>
    internal static string Render(string template) => ChatTemplate.Parse("template", template, NoTokens).Render(Variables, new DateOnly(2025, 3, 9));

    internal static IEnumerable<JsonElement> Renderings() =>
        File.ReadLines(Beside("renderings.jsonl")).Select(line => JsonElement.Parse(line));

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, "Templates", name);

    private static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().ToDictionary(p => p.Name, p => Value(p.Value), StringComparer.Ordinal),
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToArray(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.GetInt64(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}

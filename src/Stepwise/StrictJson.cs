using System.Text.Json;

namespace Stepwise;

/// <summary>Parses JSON from outside, so that finding a field in it cannot fail.</summary>
public static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a document.</summary>
    /// <param name="utf8">The text.</param>
    /// <returns>The document, whose every field has a name of Unicode text that no other of its object has.</returns>
    /// <exception cref="JsonException">It is not JSON, or an object has a name twice or one that is not Unicode text.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        CheckNames(utf8.Span);
        return JsonDocument.Parse(utf8, Options);
    }

    /// <summary>Refuses a document in which an object has a name that is not Unicode text, such as half of a surrogate pair.</summary>
    /// <param name="utf8">The text.</param>
    /// <exception cref="JsonException">It has such a name, or is not JSON.</exception>
    public static void CheckNames(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                CheckName(ref reader);
            }
        }
    }

    private static void CheckName(ref Utf8JsonReader reader)
    {
        try
        {
            _ = reader.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"the name of a field at byte {reader.TokenStartIndex} is not Unicode text (half of a surrogate pair?).", e);
        }
    }
}

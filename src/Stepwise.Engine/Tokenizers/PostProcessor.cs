using System.Text.Json;
using Stepwise.Engine.Files;

namespace Stepwise.Engine.Tokenizers;

/// <summary>
/// The <c>post_processor</c> of a <c>tokenizer.json</c>: <c>TemplateProcessing</c> puts tokens before a text; <c>ByteLevel</c> changes no
/// ids.
/// </summary>
internal static class PostProcessor
{
    /// <summary>The ids that are put before a text.</summary>
    /// <exception cref="InputException">The post-processor is of another kind, or puts tokens behind the text.</exception>
    public static IReadOnlyList<int> TextStart(JsonInput? processor)
    {
        if (processor is null)
        {
            return [];
        }

        JsonInput type = processor.Get("type");
        return type.Text() switch
        {
            "ByteLevel" => [],
            "TemplateProcessing" => OfTemplate(processor),
            "Sequence" => OfSequence(processor),
            _ => throw type.Unexpected("ByteLevel, TemplateProcessing or a Sequence of them"),
        };
    }

    /// <summary>Writes the post-processor that <see cref="TextStart"/> reads.</summary>
    public static void Write(Utf8JsonWriter json, TokenizerDefinition definition)
    {
        if (definition.TextStart.Count == 0)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        WritePieces("single", "A");
        WritePieces("pair", "A", "B");
        json.WriteStartObject("special_tokens");
        foreach (int id in definition.TextStart.Distinct())
        {
            string content = definition.Content(id);
            json.WriteStartObject(content);
            json.WriteString("id", content);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(content);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();

        void WritePieces(string name, params ReadOnlySpan<string> texts)
        {
            json.WriteStartArray(name);
            for (int i = 0; i < texts.Length; i++)
            {
                foreach (int id in definition.TextStart)
                {
                    WritePiece("SpecialToken", definition.Content(id), i);
                }

                WritePiece("Sequence", texts[i], i);
            }

            json.WriteEndArray();
        }

        void WritePiece(string kind, string id, int text)
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", id);
            json.WriteNumber("type_id", text);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static List<int> OfSequence(JsonInput sequence)
    {
        List<int> start = [];
        foreach (JsonInput processor in sequence.Get("processors").Items())
        {
            if (processor.Get("type") is var type && type.Text() is "Sequence")
            {
                throw type.Unexpected("ByteLevel or TemplateProcessing");
            }

            // A later processor puts its tokens before what the earlier ones made.
            start.InsertRange(0, TextStart(processor));
        }

        return start;
    }

    private static List<int> OfTemplate(JsonInput processor)
    {
        List<int> start = [];
        bool behindText = false;
        foreach (JsonInput piece in processor.Get("single").Items())
        {
            if (behindText)
            {
                throw piece.Error("tokens behind the text are not supported");
            }

            behindText = piece.Find("Sequence") is not null;
            if (!behindText)
            {
                JsonInput token = processor.Get("special_tokens").Get(piece.Get("SpecialToken").Get("id").Text());
                start.AddRange(token.Get("ids").Items().Select(id => (int)id.Integer(0, BpeTokenizer.MaxVocabulary - 1)));
            }
        }

        return start;
    }
}

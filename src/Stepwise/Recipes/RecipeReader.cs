using System.Text;
using System.Text.Json;
using Stepwise.Options;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Stepwise.Recipes;

/// <summary>Reads recipes into dotted keys; knows YAML and <c>key=value</c>, but no type.</summary>
internal static class RecipeReader
{
    /// <summary>The largest recipe read; real ones have a few thousand characters.</summary>
    public const int MaxCharacters = 1 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a YAML file of a recipe's size.</summary>
    /// <exception cref="InputException">It cannot be read, is larger, or is not UTF-8.</exception>
    public static string ReadText(string path)
    {
        try
        {
            using FileStream stream = RegularFile.OpenRead(path);
            byte[] bytes = new byte[MaxCharacters + 1];
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            ReadOnlySpan<byte> text = bytes.AsSpan(0, read);
            return read <= MaxCharacters
                ? Strict.GetString(text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text)
                : throw new InputException($"{path}: larger than {MaxCharacters} bytes, so it is not a recipe.");
        }
        catch (DecoderFallbackException error)
        {
            throw new InputException($"{path}: not UTF-8 at byte {error.Index}. Save the recipe as UTF-8.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path}: the recipe cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }

    /// <summary>Reads a recipe's document: one mapping of keys and sections.</summary>
    /// <exception cref="InputException">It is no such document, or a key is unknown or given twice.</exception>
    public static Dictionary<string, GivenValue> ReadYaml(string yaml, string file, string folder)
    {
        Dictionary<string, GivenValue> values = new(StringComparer.Ordinal);
        ReadDocument(yaml, file, parser => ReadMapping(parser, file, folder, "", values));
        return values;
    }

    /// <summary>Reads a document event by event, not as a tree, so that deep nesting and aliases cost nothing.</summary>
    /// <param name="yaml">The text; an empty one is not read.</param>
    /// <param name="file">Its file, for messages.</param>
    /// <param name="read">Reads what the document holds.</param>
    /// <exception cref="InputException">It is not YAML, or more than one document.</exception>
    public static void ReadDocument(string yaml, string file, Action<IParser> read)
    {
        Parser parser = new(new StringReader(yaml));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                parser.Consume<DocumentStart>();
                read(parser);
                parser.Consume<DocumentEnd>();
                if (!parser.Accept<StreamEnd>(out _))
                {
                    throw new InputException($"{At(parser.Current!, file)}: a second document; a recipe is one.");
                }
            }
        }
        catch (YamlException error)
        {
            throw new InputException($"{file}:{error.Start.Line}: not YAML as recipes use it: {error.Message}", error);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // On some malformed texts the scanner fails in its own state instead of saying what is wrong.
            throw new InputException(
                $"{file}:{parser.Current?.End.Line ?? 1}: not YAML as recipes use it, here or just below.", error);
        }
    }

    /// <summary>Reads a mapping of recipe keys, dotted or by section; an empty value is an empty mapping.</summary>
    /// <exception cref="InputException">It is no such mapping, or a key is unknown or given twice.</exception>
    public static void ReadMapping(
        IParser parser, string file, string folder, string section, Dictionary<string, GivenValue> values)
    {
        ReadEntries(parser, file, section, (name, where) =>
        {
            string key = section.Length == 0 ? name : $"{section}.{name}";
            if (RecipeKeys.IsPartList(key))
            {
                ReadParts(parser, file, folder, key, values);
                return;
            }

            if (RecipeKeys.IsSection(key))
            {
                ReadMapping(parser, file, folder, key, values);
                return;
            }

            RequireKnown(key, where);
            string text = RecipeKeys.TakesList(key) && parser.Accept<SequenceStart>(out _) ? ReadList(parser, file, key) : ReadScalar(parser, file, key);
            if (!values.TryAdd(key, new(text, where, folder)))
            {
                throw new InputException($"{where}: {key} is given a second time; the first is at {values[key].Where}.");
            }
        });
    }

    /// <summary>Reads a list of mappings, a part each, whose keys are named after their place.</summary>
    private static void ReadParts(IParser parser, string file, string folder, string list, Dictionary<string, GivenValue> values)
    {
        if (!parser.TryConsume<SequenceStart>(out _))
        {
            throw new InputException($"{At(parser.Current!, file)}: {list} must be a list, of parts that begin with \"- name: …\".");
        }

        for (int place = 1; !parser.TryConsume<SequenceEnd>(out _); place++)
        {
            ReadMapping(parser, file, folder, $"{list}.{place}", values);
        }
    }

    /// <summary>Reads a mapping whose values <paramref name="read"/> reads, given a key and where it stands.</summary>
    /// <exception cref="InputException">It is no mapping, or a key is not a word.</exception>
    public static void ReadEntries(IParser parser, string file, string section, Action<string, string> read)
    {
        if (parser.Accept<Scalar>(out Scalar? nothing) && nothing is { Value: "", Style: ScalarStyle.Plain })
        {
            parser.MoveNext();
            return;
        }

        if (!parser.TryConsume<MappingStart>(out _))
        {
            throw new InputException(
                $"{At(parser.Current!, file)}: expected lines \"key: value\"{(section.Length > 0 ? $" under {section}" : "")}.");
        }

        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out Scalar? name) || name is null)
            {
                throw new InputException($"{At(parser.Current!, file)}: a key must be a word.");
            }

            read(name.Value, At(name, file));
        }
    }

    /// <summary>Reads a single value.</summary>
    /// <exception cref="InputException">It is a list or a mapping.</exception>
    public static string ReadScalar(IParser parser, string file, string key) =>
        parser.TryConsume<Scalar>(out Scalar? value) && value is not null
            ? value.Value
            : throw new InputException($"{At(parser.Current!, file)}: {key} must be a single value.");

    /// <summary>Reads a list of texts.</summary>
    /// <returns>The list in one line, see <see cref="TextList"/>.</returns>
    /// <exception cref="InputException">An item is no text.</exception>
    private static string ReadList(IParser parser, string file, string key)
    {
        List<string> texts = [];
        parser.Consume<SequenceStart>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            texts.Add(ReadScalar(parser, file, $"an item of {key}"));
        }

        TextList list = [.. texts];
        return list.ToString();
    }

    /// <summary>Reads texts <c>key=value</c>; a value in double quotes has escapes such as <c>\n</c>.</summary>
    /// <exception cref="InputException">One has no equals sign, or its key is unknown or given twice.</exception>
    public static Dictionary<string, GivenValue> ReadOverrides(IReadOnlyList<string> overrides, string folder)
    {
        Dictionary<string, GivenValue> values = new(StringComparer.Ordinal);
        foreach (string text in overrides)
        {
            string where = $"--set {Escaped.Line(text, 100)}";
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new InputException($"{where}: write it as key=value, for example training.steps=50.");
            }

            string key = text[..equals].Trim();
            RequireKnown(key, where);
            if (!values.TryAdd(key, new(Unquoted(text[(equals + 1)..].Trim()), where, folder)))
            {
                throw new InputException($"{where}: {key} is given a second time; the first is {values[key].Where}.");
            }
        }

        return values;
    }

    /// <summary>What a text in double quotes stands for, as it would in a file; any other text is as it is.</summary>
    private static string Unquoted(string text)
    {
        try
        {
            return text.StartsWith('"') && YamlText.IsUnicode(text) ? JsonSerializer.Deserialize<string>(text)! : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static string At(ParsingEvent found, string file) => $"{file}:{found.Start.Line}";

    private static void RequireKnown(string key, string where)
    {
        if (RecipeKeys.IsSection(key))
        {
            throw new InputException($"{where}: there is no recipe key {key}; it is a section, of keys such as {RecipeKeys.FirstOf(key)}.");
        }

        if (RecipeKeys.IsPartList(key))
        {
            throw new InputException($"{where}: {key} is a list of parts, which have keys such as {RecipeKeys.FirstOf(key)}.");
        }

        if (key is RecipeKeys.ComparisonBase or RecipeKeys.ComparisonVariants)
        {
            throw new InputException($"{where}: there is no recipe key {key}; a comparison's file has it: stepwise compare takes that.");
        }

        if (!RecipeKeys.IsKnown(key))
        {
            throw new InputException($"{where}: there is no recipe key {Escaped.Line(key, 80)}; {RecipeKeys.Instead(key)}.");
        }
    }
}

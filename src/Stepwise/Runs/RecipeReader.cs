using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Stepwise.Runs;

/// <summary>A value as given, with its origin.</summary>
/// <param name="Text">The value's text.</param>
/// <param name="Where">File and line, or the override; opens every message about it.</param>
/// <param name="Folder">Where a relative path starts.</param>
internal readonly record struct RecipeValue(string Text, string Where, string Folder);

/// <summary>Reads recipes into dotted keys; knows YAML and <c>key=value</c>, but no type.</summary>
internal static class RecipeReader
{
    /// <summary>The largest recipe read; real ones have a few thousand characters.</summary>
    public const int MaxCharacters = 1 << 20;

    /// <summary>Reads a YAML document of two levels; events, not a tree, so that deep nesting and aliases cost nothing.</summary>
    /// <exception cref="InputException">It is no such document, or a key is unknown or given twice.</exception>
    public static Dictionary<string, RecipeValue> ReadYaml(string yaml, string file, string folder)
    {
        Dictionary<string, RecipeValue> values = new(StringComparer.Ordinal);
        Parser parser = new(new StringReader(yaml));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                parser.Consume<DocumentStart>();
                ReadMapping("");
                parser.Consume<DocumentEnd>();
                if (!parser.Accept<StreamEnd>(out _))
                {
                    throw new InputException($"{At(parser.Current!)}: a second document; a recipe is one.");
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
            throw new InputException($"{file}:{parser.Current?.End.Line ?? 1}: not YAML as recipes use it, here or just below.", error);
        }

        return values;

        string At(ParsingEvent found) => $"{file}:{found.Start.Line}";

        void ReadMapping(string section)
        {
            if (parser.Accept<Scalar>(out Scalar? nothing) && nothing is { Value: "", Style: ScalarStyle.Plain })
            {
                parser.MoveNext();
                return;
            }

            if (!parser.TryConsume<MappingStart>(out _))
            {
                throw new InputException(
                    $"{At(parser.Current!)}: expected lines \"key: value\"{(section.Length > 0 ? $" under {section}" : "")}.");
            }

            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (!parser.TryConsume<Scalar>(out Scalar? name) || name is null)
                {
                    throw new InputException($"{At(parser.Current!)}: a key must be a word.");
                }

                string key = section.Length == 0 ? name.Value : $"{section}.{name.Value}";
                if (RecipeSchema.IsSection(key))
                {
                    ReadMapping(key);
                    continue;
                }

                RequireKnown(key, At(name));
                if (!parser.TryConsume<Scalar>(out Scalar? value) || value is null)
                {
                    throw new InputException($"{At(parser.Current!)}: {key} must be a single value.");
                }

                if (!values.TryAdd(key, new(value.Value, At(name), folder)))
                {
                    throw new InputException($"{At(name)}: {key} is given a second time; the first is at {values[key].Where}.");
                }
            }
        }
    }

    /// <summary>Reads texts <c>key=value</c>.</summary>
    /// <exception cref="InputException">One has no equals sign, or its key is unknown or given twice.</exception>
    public static Dictionary<string, RecipeValue> ReadOverrides(IReadOnlyList<string> overrides, string folder)
    {
        Dictionary<string, RecipeValue> values = new(StringComparer.Ordinal);
        foreach (string text in overrides)
        {
            string where = $"--set {text}";
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new InputException($"{where}: write it as key=value, for example training.steps=50.");
            }

            string key = text[..equals].Trim();
            RequireKnown(key, where);
            if (!values.TryAdd(key, new(text[(equals + 1)..].Trim(), where, folder)))
            {
                throw new InputException($"{where}: {key} is given a second time; the first is {values[key].Where}.");
            }
        }

        return values;
    }

    private static void RequireKnown(string key, string where)
    {
        if (RecipeSchema.Find(key) is null)
        {
            throw new InputException($"{where}: there is no recipe key {Shorten(key)}; the nearest is {RecipeSchema.Nearest(key)}.");
        }
    }

    /// <summary>A text of the user's for a message: one line, not endless.</summary>
    internal static string Shorten(string text)
    {
        string line = string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return line.Length <= 80 ? line : line[..77] + "...";
    }
}

using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Stepwise.Options;

/// <summary>Texts in their order; two lists are equal where their texts are.</summary>
/// <remarks>Written as <c>["a", "b\n"]</c>, which is YAML and JSON alike.</remarks>
[CollectionBuilder(typeof(TextList), nameof(Create))]
public sealed class TextList : IReadOnlyList<string>, IEquatable<TextList>
{
    private readonly string[] _texts;

    private TextList(ReadOnlySpan<string> texts) => _texts = texts.ToArray();

    /// <summary>Number of texts.</summary>
    public int Count => _texts.Length;

    /// <summary>A text.</summary>
    /// <param name="index">Its place, counted from 0.</param>
    public string this[int index] => _texts[index];

    /// <summary>A list of texts.</summary>
    /// <param name="texts">The texts; may be none.</param>
    public static TextList Create(ReadOnlySpan<string> texts) => new(texts);

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _texts.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(TextList? other) => other is not null && _texts.AsSpan().SequenceEqual(other._texts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TextList);

    /// <inheritdoc/>
    public override int GetHashCode() => _texts.Aggregate(0, (hash, text) => HashCode.Combine(hash, text.GetHashCode(StringComparison.Ordinal)));

    /// <summary>The list in one line, as a recipe has it.</summary>
    public override string ToString() => $"[{string.Join(", ", _texts.Select(YamlText.DoubleQuoted))}]";

    /// <summary>Reads <see cref="ToString"/>'s form; a text that does not begin as a list does is a list of itself.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The list, or <see langword="null"/> where it is none, or where one of its texts is empty or not Unicode.</returns>
    internal static TextList? Read(string text)
    {
        try
        {
            string[]? texts = !YamlText.IsUnicode(text) ? null
                : text.StartsWith('[') ? JsonSerializer.Deserialize<string[]>(text)
                : [text];
            return texts is not null && Array.TrueForAll(texts, t => t is { Length: > 0 } && YamlText.IsUnicode(t)) ? new(texts) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

namespace Stepwise.Options;

/// <summary>A value as given, with its origin.</summary>
/// <param name="Text">The value's text.</param>
/// <param name="Where">File and line, or the override; opens every message about it.</param>
/// <param name="Folder">Where a relative path starts.</param>
public readonly record struct GivenValue(string Text, string Where, string Folder);

/// <summary>A key with the value that some options give it.</summary>
/// <param name="Name">The dotted name.</param>
/// <param name="Value">The value, as YAML.</param>
/// <param name="Default">The value where a recipe says nothing; empty where it must be given.</param>
/// <param name="Allowed">The values that are allowed, for people.</param>
/// <param name="Unit">The unit; empty for a plain number or a word.</param>
/// <param name="Help">What it is, in one line.</param>
/// <param name="ChoosesPart">Whether it chooses a part, on which other keys depend.</param>
public sealed record OptionKey(string Name, string Value, string Default, string Allowed, string Unit, string Help, bool ChoosesPart = false)
{
    /// <summary>Whether it holds a path, which stands for what lies there.</summary>
    public bool IsPath { get; init; }

    /// <summary>Whether it stands for a list of parts that has none, for people: such a list is not written, and its parts have the keys.</summary>
    public bool IsEmptyList { get; init; }
}

namespace Stepwise.Options;

/// <summary>
/// Declares a property of an options record as a key of a recipe: once, in the file of what has it. The key's name is the property's in
/// camel case, its default the record's, its kind the property's type.
/// </summary>
/// <param name="help">What it is, in one line.</param>
[AttributeUsage(AttributeTargets.Property)]
public class KeyAttribute(string help) : Attribute
{
    /// <summary>What it is, in one line.</summary>
    public string Help { get; } = help;

    /// <summary>The key's name where it is not the property's.</summary>
    public string? Name { get; init; }

    /// <summary>The unit; empty for a plain number or a word.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The lowest number allowed.</summary>
    public double Low { get; init; } = double.NegativeInfinity;

    /// <summary>The highest number allowed.</summary>
    public double High { get; init; } = double.PositiveInfinity;

    /// <summary>Whether <see cref="Low"/> itself is not allowed.</summary>
    public bool AboveLow { get; init; }

    /// <summary>Whether <see cref="High"/> itself is not allowed.</summary>
    public bool BelowHigh { get; init; }

    /// <summary>The word for no value of a number that may have none.</summary>
    public string Unset { get; init; } = "none";
}

/// <summary>A key that holds a path in full.</summary>
/// <param name="help">What it is, in one line.</param>
[AttributeUsage(AttributeTargets.Property)]
public class PathKeyAttribute(string help) : KeyAttribute(help)
{
    /// <summary>The word that stands for no path; empty where a path must be given.</summary>
    public string None { get; init; } = "";

    /// <summary>Whether something is written there: then what lies there is no part of what a run is made from.</summary>
    public bool IsWritten { get; init; }

    /// <summary>
    /// The property, declared after this one, whose key is given in the folder that this one is, unless it is given itself; <see langword="null"/> for
    /// none.
    /// </summary>
    public string? Beside { get; init; }

    /// <summary>The full path that a text stands for.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="folder">Where a relative path starts.</param>
    protected internal virtual string Locate(string text, string folder) => Path.GetFullPath(text, folder);
}

/// <summary>A key that holds a text of a form.</summary>
/// <param name="help">What it is, in one line.</param>
/// <param name="allowed">The form, for people.</param>
/// <param name="pattern">The form, as a regular expression for the whole text.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextKeyAttribute(string help, string allowed, string pattern) : KeyAttribute(help)
{
    /// <summary>The form, for people.</summary>
    public string Allowed { get; } = allowed;

    /// <summary>The form, as a regular expression for the whole text.</summary>
    public string Pattern { get; } = pattern;
}

/// <summary>A property that holds options of its own.</summary>
/// <param name="name">The section in which its keys stand; empty where they stand among those of the record that has it.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SectionAttribute(string name = "") : Attribute
{
    /// <summary>The section; empty for none.</summary>
    public string Name { get; } = name;
}

/// <summary>
/// A property that holds one of several parts, each with options of its own; a key says which. A <see cref="PartList"/> holds any number of them,
/// whose keys stand at their places, counted from 1, under the property's name.
/// </summary>
/// <param name="choice">The key that chooses the part, by the name it has in the catalog.</param>
/// <param name="help">What the key is, in one line.</param>
[AttributeUsage(AttributeTargets.Property)]
public abstract class PartAttribute(string choice, string help) : Attribute
{
    /// <summary>The key that chooses the part.</summary>
    public string Choice { get; } = choice;

    /// <summary>What the key is, in one line.</summary>
    public string Help { get; } = help;

    /// <summary>The section in which the choice and the part's keys stand; empty for none.</summary>
    public string Section { get; init; } = "";

    /// <summary>The parts there are.</summary>
    public abstract IReadOnlyList<PartEntry> Entries { get; }

    /// <summary>Whether there is more than one part, so that the choice is a key.</summary>
    public bool IsChoice => Entries.Count > 1;
}

/// <inheritdoc cref="PartAttribute"/>
/// <typeparam name="TCatalog">Lists the parts.</typeparam>
/// <param name="choice">The key that chooses the part, by the name it has in the catalog.</param>
/// <param name="help">What the key is, in one line.</param>
public sealed class PartAttribute<TCatalog>(string choice, string help) : PartAttribute(choice, help)
    where TCatalog : IPartCatalog
{
    /// <inheritdoc/>
    public override IReadOnlyList<PartEntry> Entries => TCatalog.Entries;
}

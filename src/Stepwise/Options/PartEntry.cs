namespace Stepwise.Options;

/// <summary>A part that a recipe can name.</summary>
/// <param name="Name">Its name, in lower case with hyphens.</param>
/// <param name="Part">It, with its default options.</param>
/// <param name="Summary">What it is, in one line.</param>
/// <param name="Source">Where it comes from; "ours" for what this project adds.</param>
public sealed record PartEntry(string Name, object Part, string Summary, string Source);

/// <summary>A closed list of parts of one kind.</summary>
public interface IPartCatalog
{
    /// <summary>The parts; no two have the same name.</summary>
    static abstract IReadOnlyList<PartEntry> Entries { get; }
}

/// <summary>A part that knows its name, for catalogs in which several have the same type.</summary>
public interface INamed
{
    /// <summary>The name in the catalog.</summary>
    string Name { get; }
}

/// <summary>Options with rules that concern more than one of them.</summary>
public interface IChecked
{
    /// <summary>Checks the rules.</summary>
    /// <exception cref="OptionException">One does not hold.</exception>
    void Check();
}

/// <summary>Options of which people are told something: they are allowed, as a sweep passes through them, and may not do what was meant.</summary>
public interface IRemarks
{
    /// <summary>What there is to tell.</summary>
    /// <returns>The property, and what follows its key's name: <c> has no effect while lora.rank is 0</c>.</returns>
    IEnumerable<(string Property, string Remark)> Remarks();
}

/// <summary>An option's value is not allowed; says which option, and not yet where it was given.</summary>
public sealed class OptionException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="property">The property whose value it is.</param>
    /// <param name="message">What was found, what is allowed, what to do; follows the key's name.</param>
    public OptionException(string property, string message)
        : base(message) => Property = property;

    /// <summary>The property whose value it is.</summary>
    public string Property { get; }
}

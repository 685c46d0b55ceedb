using System.Reflection;
using System.Text.Json;

namespace Stepwise.Options;

/// <summary>A property that options declare.</summary>
/// <param name="Property">The property.</param>
/// <param name="Declared">As what.</param>
/// <param name="Name">The key's or the list's name; empty for a section or a single part.</param>
/// <param name="Inner">What comes before the names of the options it holds; in a list their place follows.</param>
/// <param name="Kind">The key's or the choice's kind.</param>
internal sealed record OptionMember(PropertyInfo Property, Attribute Declared, string Name, string Inner, KeyKind? Kind)
{
    /// <summary>Whether it holds parts in a list.</summary>
    public bool IsList => typeof(PartList).IsAssignableFrom(Property.PropertyType);

    /// <summary>The key that messages about the property name: its own, or that of the choice.</summary>
    public string Key => Declared is PartAttribute part && !IsList ? part.Choice : Name;

    /// <summary>A property's declaration, or <see langword="null"/> where it has none.</summary>
    public static OptionMember? Of(PropertyInfo property) => property.GetCustomAttributes(inherit: false).OfType<Attribute>()
        .FirstOrDefault(a => a is KeyAttribute or SectionAttribute or PartAttribute) switch
    {
        KeyAttribute key => new(property, key, key.Name ?? CamelCase(property.Name), "", KeyKind.Of(property, key)),
        SectionAttribute section => new(property, section, "", InnerOf(section.Name), null),
        PartAttribute part when typeof(PartList).IsAssignableFrom(property.PropertyType) => new(
            property, part, CamelCase(property.Name), InnerOf(CamelCase(property.Name)), Choice(part)),
        PartAttribute part => new(property, part, "", InnerOf(part.Section), Choice(part)),
        _ => null,
    };

    /// <summary>A property's name as recipes write it.</summary>
    public static string CamelCase(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>What comes before the names of the options at a place.</summary>
    /// <param name="place">The place in the list, counted from 1; 0 where there is no list.</param>
    public string InnerAt(int place) => place == 0 ? Inner : $"{Inner}{place}.";

    /// <summary>The options that a section, a part or a list of parts holds, each with its place (<see cref="InnerAt"/>).</summary>
    /// <param name="holder">The options that have the property.</param>
    public IEnumerable<(object Options, int Place)> Held(object holder) =>
        Property.GetValue(holder) is PartList list ? list.Parts.Select((part, i) => (part, i + 1)) : [(Property.GetValue(holder)!, 0)];

    /// <summary>Puts others in the place of those that it holds.</summary>
    /// <param name="holder">The options that have the property.</param>
    /// <param name="held">What they hold then; one where there is no list.</param>
    public void Put(object holder, IReadOnlyList<object> held) =>
        Property.SetValue(holder, Property.GetValue(holder) is PartList list ? list.With(held) : held[0]);

    private static KeyKind Choice(PartAttribute part) => KeyKind.Word([.. part.Entries.Select(e => (e.Name, e.Part))]);

    private static string InnerOf(string section) => section.Length > 0 ? section + "." : "";
}

using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace Stepwise.Options;

/// <summary>
/// Options as a tree: a record's keys, the options it holds, and the parts that are chosen among several. Reads values into it, lists it
/// and checks it; what is allowed is known from the declarations alone (<see cref="KeyAttribute"/>).
/// </summary>
public static class OptionTree
{
    private static readonly ConcurrentDictionary<Type, Member[]> Known = new();

    private static readonly MethodInfo Clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>Options with some values in place of the defaults.</summary>
    /// <typeparam name="T">The options' type, a record.</typeparam>
    /// <param name="defaults">What holds where nothing is given; is left as it is.</param>
    /// <param name="given">Values by dotted name; those that are read are removed, so that what is left is no key of these options.</param>
    /// <exception cref="InputException">A value is not allowed; the message says where it was given.</exception>
    public static T Read<T>(T defaults, IDictionary<string, GivenValue> given)
        where T : class => (T)Build(defaults, "", given);

    /// <summary>Checks the ranges of all options and the rules across them.</summary>
    /// <param name="options">The options.</param>
    /// <param name="prefix">What comes before their names in a recipe.</param>
    /// <exception cref="InputException">A value is not allowed.</exception>
    public static void Check(object options, string prefix = "") =>
        Check(options, prefix, (key, message) => throw new InputException($"{key}{message}"));

    /// <summary>Every key of some options in the order of their declarations, those of the chosen parts among them.</summary>
    /// <param name="options">The options.</param>
    /// <param name="defaults">What holds where a recipe says nothing, of the same type.</param>
    public static IEnumerable<OptionKey> List(object options, object defaults) => List(options, defaults, "");

    /// <summary>The names of every key that options of a type may have, whatever parts are chosen.</summary>
    /// <param name="defaults">Options of that type.</param>
    public static IEnumerable<string> Names(object defaults) => Ways(defaults, "", []).Select(key => key.Name).Distinct(StringComparer.Ordinal);

    /// <summary>Those of <see cref="Names(object)"/> whose values may be lists.</summary>
    /// <param name="defaults">Options of that type.</param>
    internal static IEnumerable<string> Lists(object defaults) =>
        Ways(defaults, "", []).Where(key => key.TakesList).Select(key => key.Name).Distinct(StringComparer.Ordinal);

    /// <summary>Options with something else in place of every path that is given.</summary>
    /// <typeparam name="T">The options' type, a record.</typeparam>
    /// <param name="options">The options; are left as they are.</param>
    /// <param name="replace">What stands in place of a path: (dotted name, path) to text.</param>
    internal static T WithPaths<T>(T options, Func<string, string, string?> replace)
        where T : class => (T)WithPaths(options, "", replace);

    /// <summary>The parts and sections that options hold, and those that these hold, each after what holds it.</summary>
    /// <param name="options">The options.</param>
    /// <returns>Each with the names of the properties that lead to it, with dots between them.</returns>
    internal static IEnumerable<(string Name, object Part)> Parts(object options) => Parts(options, "");

    /// <summary>Options with others in place of some of the parts and sections they hold, directly or not.</summary>
    /// <typeparam name="T">The options' type, a record.</typeparam>
    /// <param name="options">The options; are left as they are.</param>
    /// <param name="replace">What stands in place of a part, and then of those that it holds: the part itself to keep it.</param>
    /// <returns>A copy; the options themselves where nothing was replaced.</returns>
    internal static T WithParts<T>(T options, Func<object, object> replace)
        where T : class => (T)WithParts((object)options, replace);

    /// <summary>The error for a value that is not allowed, in the one wording there is.</summary>
    internal static string Refusal(string found, string allowed, string unit) =>
        $" is {Quoted.Of(found)}; allowed is {allowed}{(unit.Length > 0 ? $" ({unit})" : "")}.";

    private static object Build(object defaults, string prefix, IDictionary<string, GivenValue> given)
    {
        object options = Clone.Invoke(defaults, null)!;
        foreach (Member member in MembersOf(options.GetType()))
        {
            string name = prefix + member.Name;
            switch (member.Declared)
            {
                case KeyAttribute key when given.Remove(name, out GivenValue value):
                    member.Property.SetValue(options, Value(name, member.Kind!, key.Unit, value));
                    break;
                case SectionAttribute:
                    member.Property.SetValue(options, Build(member.Property.GetValue(options)!, prefix + member.Inner, given));
                    break;
                case PartAttribute part:
                    object chosen = part.IsChoice && given.Remove(prefix + member.Inner + part.Choice, out GivenValue choice)
                        ? Value(prefix + member.Inner + part.Choice, member.Kind!, "", choice)!
                        : member.Property.GetValue(options)!;
                    member.Property.SetValue(options, Build(chosen, prefix + member.Inner, given));
                    break;
            }
        }

        return options;
    }

    private static object WithPaths(object from, string prefix, Func<string, string, string?> replace)
    {
        object options = Clone.Invoke(from, null)!;
        foreach (Member member in MembersOf(options.GetType()))
        {
            object? value = member.Property.GetValue(options);
            if (member.Declared is PathKeyAttribute && value is string { Length: > 0 } path)
            {
                member.Property.SetValue(options, replace(prefix + member.Name, path));
            }
            else if (member.Declared is not KeyAttribute)
            {
                member.Property.SetValue(options, WithPaths(value!, prefix + member.Inner, replace));
            }
        }

        return options;
    }

    private static object WithParts(object from, Func<object, object> replace)
    {
        object options = from;
        foreach (Member member in MembersOf(from.GetType()).Where(m => m.Declared is not KeyAttribute))
        {
            object part = member.Property.GetValue(from)!, other = WithParts(replace(part), replace);
            if (!ReferenceEquals(part, other))
            {
                options = ReferenceEquals(options, from) ? Clone.Invoke(from, null)! : options;
                member.Property.SetValue(options, other);
            }
        }

        return options;
    }

    private static IEnumerable<(string Name, object Part)> Parts(object options, string prefix)
    {
        foreach (Member member in MembersOf(options.GetType()).Where(m => m.Declared is not KeyAttribute))
        {
            string name = prefix + CamelCase(member.Property.Name);
            object part = member.Property.GetValue(options)!;
            yield return (name, part);
            foreach ((string, object) inner in Parts(part, name + "."))
            {
                yield return inner;
            }
        }
    }

    private static object? Value(string name, KeyKind kind, string unit, GivenValue given)
    {
        KeyKind.Reading reading = kind.Read(given);
        return reading.Holds
            ? reading.Value
            : throw new InputException($"{given.Where}: {name}{Refusal(given.Text, kind.Allowed, unit)}");
    }

    /// <summary>Checks as <see cref="Check(object, string)"/>, and tells the first key that is refused and why.</summary>
    internal static void Check(object options, string prefix, Action<string, string> refuse)
    {
        foreach (Member member in MembersOf(options.GetType()))
        {
            object? value = member.Property.GetValue(options);
            if (member.Declared is KeyAttribute key)
            {
                string text = value as string ?? member.Kind!.Show(value);
                if (key is not PathKeyAttribute && !member.Kind!.Read(new(text, "", "")).Holds)
                {
                    refuse(prefix + member.Name, Refusal(text, member.Kind.Allowed, key.Unit));
                }
            }
            else
            {
                Check(value!, prefix + member.Inner, refuse);
            }
        }

        try
        {
            (options as IChecked)?.Check();
        }
        catch (OptionException error)
        {
            Member? member = MembersOf(options.GetType()).FirstOrDefault(m => string.Equals(m.Property.Name, error.Property, StringComparison.Ordinal));
            string name = member is null ? CamelCase(error.Property) : member.Declared is PartAttribute part ? part.Choice : member.Name;
            refuse(prefix + name, error.Message);
        }
    }

    private static IEnumerable<OptionKey> List(object options, object defaults, string prefix)
    {
        foreach (Member member in MembersOf(options.GetType()))
        {
            object? value = member.Property.GetValue(options), orElse = member.Property.GetValue(defaults);
            switch (member.Declared)
            {
                case KeyAttribute key:
                    yield return new(
                        prefix + member.Name, member.Kind!.Show(value), member.Kind.Show(orElse), member.Kind.Allowed, key.Unit, key.Help)
                    {
                        IsPath = key is PathKeyAttribute,
                    };
                    break;
                case SectionAttribute:
                    foreach (OptionKey inner in List(value!, orElse!, prefix + member.Inner))
                    {
                        yield return inner;
                    }

                    break;
                case PartAttribute part:
                    PartEntry entry = EntryOf(part, value!), usual = EntryOf(part, orElse!);
                    if (part.IsChoice)
                    {
                        yield return new(
                            prefix + member.Inner + part.Choice, entry.Name, usual.Name, member.Kind!.Allowed, "", part.Help, ChoosesPart: true);
                    }

                    foreach (OptionKey inner in List(value!, ReferenceEquals(entry, usual) ? orElse! : entry.Part, prefix + member.Inner))
                    {
                        yield return inner;
                    }

                    break;
            }
        }
    }

    /// <summary>The remarks of options, and of those they hold (<see cref="IRemarks"/>).</summary>
    /// <param name="options">The options.</param>
    /// <param name="prefix">What comes before their names in a recipe.</param>
    /// <returns>Each with its key.</returns>
    internal static IEnumerable<(string Key, string Remark)> Remarks(object options, string prefix = "")
    {
        Member[] members = MembersOf(options.GetType());
        foreach ((string property, string remark) in (options as IRemarks)?.Remarks() ?? [])
        {
            Member member = Array.Find(members, m => string.Equals(m.Property.Name, property, StringComparison.Ordinal))!;
            yield return (prefix + (member.Declared is PartAttribute part ? part.Choice : member.Name), remark);
        }

        foreach (Member member in members.Where(m => m.Declared is not KeyAttribute))
        {
            foreach ((string, string) inner in Remarks(member.Property.GetValue(options)!, prefix + member.Inner))
            {
                yield return inner;
            }
        }
    }

    /// <summary>The parts to choose so that options of a type have a key: every way to it, from the outermost choice to the innermost.</summary>
    /// <param name="defaults">Options of that type.</param>
    /// <param name="name">The key.</param>
    /// <returns>Per way the choices as (key, part).</returns>
    internal static IEnumerable<(string Choice, string Part)[]> Ways(object defaults, string name) =>
        Ways(defaults, "", []).Where(way => string.Equals(way.Name, name, StringComparison.Ordinal)).Select(way => way.Choices);

    private static IEnumerable<(string Name, bool TakesList, (string, string)[] Choices)> Ways(
        object options, string prefix, (string, string)[] choices)
    {
        foreach (Member member in MembersOf(options.GetType()))
        {
            string inner = prefix + member.Inner;
            IEnumerable<(string, bool, (string, string)[])> ways = member.Declared switch
            {
                SectionAttribute => Ways(member.Property.GetValue(options)!, inner, choices),
                PartAttribute { IsChoice: false } part => Ways(part.Entries[0].Part, inner, choices),
                PartAttribute part => part.Entries.SelectMany(e => Ways(e.Part, inner, [.. choices, (inner + part.Choice, e.Name)]))
                    .Prepend((inner + part.Choice, false, choices)),
                _ => [(prefix + member.Name, member.Kind!.TakesList, choices)],
            };
            foreach ((string, bool, (string, string)[]) way in ways)
            {
                yield return way;
            }
        }
    }

    private static PartEntry EntryOf(PartAttribute part, object chosen) => part.Entries.FirstOrDefault(entry => chosen is INamed named
            ? string.Equals(entry.Name, named.Name, StringComparison.Ordinal)
            : entry.Part.GetType() == chosen.GetType())
        ?? throw new InvalidOperationException(
            $"{chosen.GetType()} is none of {string.Join(", ", part.Entries.Select(entry => entry.Name))}: a recipe names its parts, and so does a run that is "
            + "kept. Add it to the catalog, or run without a folder.");

    private static Member[] MembersOf(Type type) => Known.GetOrAdd(type, static t => [.. Declared(t)]);

    /// <summary>Those of the base types come after the type's own.</summary>
    private static IEnumerable<Member> Declared(Type type)
    {
        for (Type? t = type; t is not null && t != typeof(object); t = t.BaseType)
        {
            foreach (PropertyInfo property in t.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (Member.Of(property) is { } member)
                {
                    yield return member;
                }
            }
        }
    }

    private static string CamelCase(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>A property that options declare.</summary>
    /// <param name="Property">The property.</param>
    /// <param name="Declared">As what.</param>
    /// <param name="Name">The key's name; empty for a section or a part.</param>
    /// <param name="Inner">What comes before the names of the options it holds.</param>
    /// <param name="Kind">The key's or the choice's kind.</param>
    private sealed record Member(PropertyInfo Property, Attribute Declared, string Name, string Inner, KeyKind? Kind)
    {
        public static Member? Of(PropertyInfo property) => property.GetCustomAttributes(inherit: false).OfType<Attribute>()
            .FirstOrDefault(a => a is KeyAttribute or SectionAttribute or PartAttribute) switch
        {
            KeyAttribute key => new(property, key, key.Name ?? CamelCase(property.Name), "", KeyKind.Of(property, key)),
            SectionAttribute section => new(property, section, "", InnerOf(section.Name), null),
            PartAttribute part => new(
                property, part, "", InnerOf(part.Section), KeyKind.Word([.. part.Entries.Select(e => (e.Name, e.Part))])),
            _ => null,
        };

        private static string InnerOf(string section) => section.Length > 0 ? section + "." : "";
    }
}

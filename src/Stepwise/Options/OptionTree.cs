using System.Collections.Concurrent;
using System.Reflection;

namespace Stepwise.Options;

/// <summary>
/// Options as a tree: a record's keys, the options it holds, and the parts that are chosen among several. Reads values into it, lists it
/// and checks it; what is allowed is known from the declarations alone (<see cref="KeyAttribute"/>).
/// </summary>
public static class OptionTree
{
    private static readonly ConcurrentDictionary<Type, OptionMember[]> Known = new();

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
    public static IEnumerable<string> Names(object defaults) => OptionWays.All(defaults).Select(key => key.Name).Distinct(StringComparer.Ordinal);

    /// <summary>Those of <see cref="Names(object)"/> whose values may be lists.</summary>
    /// <param name="defaults">Options of that type.</param>
    internal static IEnumerable<string> Lists(object defaults) =>
        OptionWays.All(defaults).Where(key => key.TakesList).Select(key => key.Name).Distinct(StringComparer.Ordinal);

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
        foreach (OptionMember member in MembersOf(options.GetType()))
        {
            string name = prefix + member.Name;
            switch (member.Declared)
            {
                case PathKeyAttribute { Beside: { } other } path when !given.ContainsKey(name)
                    && given.TryGetValue(prefix + OptionMember.CamelCase(other), out GivenValue beside):
                    member.Property.SetValue(options, path.Locate(".", beside.Folder));
                    break;
                case KeyAttribute key when given.Remove(name, out GivenValue value):
                    member.Property.SetValue(options, Value(name, member.Kind!, key.Unit, value));
                    break;
                case PartAttribute part when member.IsList:
                    member.Put(options, BuildList(member, part, (PartList)member.Property.GetValue(options)!, prefix, given));
                    break;
                case PartAttribute part:
                    object chosen = Chosen(member, part, prefix + member.Inner, member.Property.GetValue(options)!, given);
                    member.Put(options, [Build(chosen, prefix + member.Inner, given)]);
                    break;
                case SectionAttribute:
                    member.Put(options, [Build(member.Property.GetValue(options)!, prefix + member.Inner, given)]);
                    break;
            }
        }

        return options;
    }

    /// <summary>The part that is named, or the one there is.</summary>
    private static object Chosen(OptionMember member, PartAttribute part, string inner, object orElse, IDictionary<string, GivenValue> given) =>
        part.IsChoice && given.Remove(inner + part.Choice, out GivenValue choice) ? Value(inner + part.Choice, member.Kind!, "", choice)! : orElse;

    /// <summary>The parts of a list, those that are there and those that are named after them.</summary>
    /// <exception cref="InputException">A place is given and one before it is not.</exception>
    private static List<object> BuildList(OptionMember member, PartAttribute part, PartList list, string prefix, IDictionary<string, GivenValue> given)
    {
        List<object> parts = [];
        for (int place = 1; ; place++)
        {
            string inner = prefix + member.InnerAt(place);
            if (place > list.Parts.Count && !given.ContainsKey(inner + part.Choice))
            {
                return given.FirstOrDefault(other => OptionWays.PlaceIn(prefix + member.Inner, other.Key) >= place) is { Key: { } key } left
                    ? throw new InputException(
                        $"{left.Value.Where}: {key} is given, and {inner}{part.Choice} is not; a list has no gap, and each of it names "
                        + $"itself: {member.Kind!.Allowed}.")
                    : parts;
            }

            object? orElse = place > list.Parts.Count ? null : list.Parts[place - 1];
            parts.Add(Build(Chosen(member, part, inner, orElse!, given), inner, given));
        }
    }

    private static object WithPaths(object from, string prefix, Func<string, string, string?> replace)
    {
        object options = Clone.Invoke(from, null)!;
        foreach (OptionMember member in MembersOf(options.GetType()))
        {
            object? value = member.Property.GetValue(options);
            if (member.Declared is PathKeyAttribute key && value is string { Length: > 0 } path)
            {
                member.Property.SetValue(options, key.IsWritten ? "" : replace(prefix + member.Name, path));
            }
            else if (member.Declared is not KeyAttribute)
            {
                member.Put(options, [.. member.Held(options).Select(held => WithPaths(held.Options, prefix + member.InnerAt(held.Place), replace))]);
            }
        }

        return options;
    }

    private static object WithParts(object from, Func<object, object> replace)
    {
        object options = from;
        foreach (OptionMember member in MembersOf(from.GetType()).Where(m => m.Declared is not KeyAttribute))
        {
            object[] parts = [.. member.Held(from).Select(held => held.Options)];
            object[] others = Array.ConvertAll(parts, part => WithParts(replace(part), replace));
            if (!parts.SequenceEqual(others, ReferenceEqualityComparer.Instance))
            {
                options = ReferenceEquals(options, from) ? Clone.Invoke(from, null)! : options;
                member.Put(options, others);
            }
        }

        return options;
    }

    private static IEnumerable<(string Name, object Part)> Parts(object options, string prefix)
    {
        foreach (OptionMember member in MembersOf(options.GetType()).Where(m => m.Declared is not KeyAttribute))
        {
            foreach ((object part, int place) in member.Held(options))
            {
                string name = prefix + OptionMember.CamelCase(member.Property.Name) + (place == 0 ? "" : $".{place}");
                yield return (name, part);
                foreach ((string, object) inner in Parts(part, name + "."))
                {
                    yield return inner;
                }
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
        foreach (OptionMember member in MembersOf(options.GetType()))
        {
            if (member.Declared is KeyAttribute key)
            {
                object? value = member.Property.GetValue(options);
                string text = value as string ?? member.Kind!.Show(value);
                if (key is not PathKeyAttribute && !member.Kind!.Read(new(text, "", "")).Holds)
                {
                    refuse(prefix + member.Name, Refusal(text, member.Kind.Allowed, key.Unit));
                }
            }
            else
            {
                foreach ((object held, int place) in member.Held(options))
                {
                    Check(held, prefix + member.InnerAt(place), refuse);
                }
            }
        }

        try
        {
            (options as IChecked)?.Check();
        }
        catch (OptionException error)
        {
            OptionMember? member = MembersOf(options.GetType()).FirstOrDefault(m => string.Equals(m.Property.Name, error.Property, StringComparison.Ordinal));
            string name = member is null ? OptionMember.CamelCase(error.Property) : member.Key;
            refuse(prefix + name, error.Message);
        }
    }

    private static IEnumerable<OptionKey> List(object options, object defaults, string prefix)
    {
        foreach (OptionMember member in MembersOf(options.GetType()))
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
                case PartAttribute part when member.IsList && !member.Held(options).Any():
                    yield return new(
                        prefix + member.Name, "[]", "[]", $"a list of {member.Kind!.Allowed}, each with its own keys", "", part.Help)
                    { IsEmptyList = true };
                    break;
                case PartAttribute part:
                    object?[] others = [.. member.Held(defaults).Select(held => held.Options)];
                    foreach (OptionKey inner in member.Held(options).SelectMany((held, i) =>
                        ListPart(member, part, held.Options, others.ElementAtOrDefault(i), prefix + member.InnerAt(held.Place))))
                    {
                        yield return inner;
                    }

                    break;
            }
        }
    }

    /// <summary>The choice of a part, where there is one, and the part's keys.</summary>
    private static IEnumerable<OptionKey> ListPart(OptionMember member, PartAttribute part, object chosen, object? orElse, string prefix)
    {
        PartEntry entry = EntryOf(part, chosen);
        PartEntry? usual = orElse is null ? null : EntryOf(part, orElse);
        IEnumerable<OptionKey> keys = List(chosen, ReferenceEquals(entry, usual) ? orElse! : entry.Part, prefix);
        return part.IsChoice
            ? keys.Prepend(new(prefix + part.Choice, entry.Name, usual?.Name ?? "", member.Kind!.Allowed, "", part.Help, ChoosesPart: true))
            : keys;
    }

    /// <summary>The remarks of options, and of those they hold (<see cref="IRemarks"/>).</summary>
    /// <param name="options">The options.</param>
    /// <param name="prefix">What comes before their names in a recipe.</param>
    /// <returns>Each with its key.</returns>
    internal static IEnumerable<(string Key, string Remark)> Remarks(object options, string prefix = "")
    {
        OptionMember[] members = MembersOf(options.GetType());
        foreach ((string property, string remark) in (options as IRemarks)?.Remarks() ?? [])
        {
            OptionMember member = Array.Find(members, m => string.Equals(m.Property.Name, property, StringComparison.Ordinal))!;
            yield return (prefix + member.Key, remark);
        }

        foreach (OptionMember member in members.Where(m => m.Declared is not KeyAttribute))
        {
            foreach ((string, string) inner in member.Held(options).SelectMany(held => Remarks(held.Options, prefix + member.InnerAt(held.Place))))
            {
                yield return inner;
            }
        }
    }

    private static PartEntry EntryOf(PartAttribute part, object chosen) => part.Entries.FirstOrDefault(entry => chosen is INamed named
            ? string.Equals(entry.Name, named.Name, StringComparison.Ordinal)
            : entry.Part.GetType() == chosen.GetType())
        ?? throw new InvalidOperationException(
            $"{chosen.GetType()} is none of {string.Join(", ", part.Entries.Select(entry => entry.Name))}: a recipe names its parts, and so does a run that is "
            + "kept. Add it to the catalog, or run without a folder.");

    /// <summary>The properties that options of a type declare.</summary>
    internal static OptionMember[] MembersOf(Type type) => Known.GetOrAdd(type, static t => [.. Declared(t)]);

    /// <summary>Those of the base types come after the type's own.</summary>
    private static IEnumerable<OptionMember> Declared(Type type)
    {
        for (Type? t = type; t is not null && t != typeof(object); t = t.BaseType)
        {
            foreach (PropertyInfo property in t.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (OptionMember.Of(property) is { } member)
                {
                    yield return member;
                }
            }
        }
    }
}

using System.Globalization;

namespace Stepwise.Options;

/// <summary>The keys that options of a type may have whatever parts are chosen, and the choices that lead to each.</summary>
internal static class OptionWays
{
    /// <summary>Every key by every way to it, those of a list's parts at its first place.</summary>
    /// <param name="defaults">Options of the type.</param>
    public static IEnumerable<(string Name, bool TakesList, (string Choice, string Part)[] Choices)> All(object defaults) => All(defaults, "", []);

    /// <summary>The parts to choose so that options of a type have a key: every way to it, from the outermost choice to the innermost.</summary>
    /// <param name="defaults">Options of that type.</param>
    /// <param name="name">The key.</param>
    /// <returns>Per way the choices as (key, part).</returns>
    public static IEnumerable<(string Choice, string Part)[]> To(object defaults, string name)
    {
        string[] words = name.Split('.');
        string first = AtFirstPlace(name);
        return All(defaults).Where(way => string.Equals(way.Name, first, StringComparison.Ordinal))
            .Select(way => Array.ConvertAll(way.Choices, step => (string.Join('.', step.Choice.Split('.').Select(InName)), step.Part)));

        string InName(string word, int i) => IsPlace(word) ? words[i] : word;
    }

    /// <summary>
    /// A key as <see cref="OptionTree.Names(object)"/> has it: those of a list's first part stand for those of all.
    /// </summary>
    /// <param name="name">The key.</param>
    public static string AtFirstPlace(string name) => string.Join('.', name.Split('.').Select(word => IsPlace(word) ? "1" : word));

    /// <summary>The place in a list of the part that has a key, counted from 1; 0 for a key of no part of the list.</summary>
    /// <param name="list">What comes before the places.</param>
    /// <param name="name">The key.</param>
    public static int PlaceIn(string list, string name) =>
        name.StartsWith(list, StringComparison.Ordinal) && name[list.Length..].Split('.')[0] is { } word && IsPlace(word)
            ? int.Parse(word, CultureInfo.InvariantCulture)
            : 0;

    private static bool IsPlace(string word) => word.Length is > 0 and < 10 && word[0] != '0' && word.All(char.IsAsciiDigit);

    private static IEnumerable<(string Name, bool TakesList, (string, string)[] Choices)> All(
        object options, string prefix, (string, string)[] choices)
    {
        foreach (OptionMember member in OptionTree.MembersOf(options.GetType()))
        {
            string inner = prefix + member.InnerAt(member.IsList ? 1 : 0);
            IEnumerable<(string, bool, (string, string)[])> ways = member.Declared switch
            {
                SectionAttribute => All(member.Property.GetValue(options)!, inner, choices),
                PartAttribute { IsChoice: false } part => All(part.Entries[0].Part, inner, choices),
                PartAttribute part => part.Entries.SelectMany(e => All(e.Part, inner, [.. choices, (inner + part.Choice, e.Name)]))
                    .Prepend((inner + part.Choice, false, choices)),
                _ => [(prefix + member.Name, member.Kind!.TakesList, choices)],
            };
            foreach ((string, bool, (string, string)[]) way in ways)
            {
                yield return way;
            }
        }
    }
}

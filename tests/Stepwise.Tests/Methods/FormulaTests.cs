using System.Xml.Linq;
using Stepwise.Methods;
using Stepwise.Options;

namespace Stepwise.Tests.Methods;

public sealed class FormulaTests
{
    /// <summary>What a person is shown by the program is what the code's documentation says.</summary>
    [Fact]
    public void Formulas_OfAllParts_StandInTheirDocumentation()
    {
        XDocument documentation = XDocument.Load(Path.ChangeExtension(typeof(Method).Assembly.Location, ".xml"));
        Dictionary<string, string> summaries = documentation.Descendants("member").ToDictionary(
            member => member.Attribute("name")!.Value, member => Plain(string.Concat(member.Descendants("summary").Nodes().Select(Text))), StringComparer.Ordinal);
        (Type Type, string Formula)[] parts =
        [
            .. from type in typeof(Method).Assembly.GetTypes()
               from formula in type.GetCustomAttributes(typeof(FormulaAttribute), inherit: false).Cast<FormulaAttribute>()
               select (type, formula.Text),
        ];

        parts.Length.ShouldBeGreaterThan(30);
        foreach ((Type type, string formula) in parts)
        {
            foreach (string line in formula.Split("; "))
            {
                summaries[$"T:{type.FullName}"].ShouldContain(Plain(line), Case.Sensitive, type.Name);
            }
        }
    }

    [Fact]
    public void Formulas_OfAMethod_NameTheirParts()
    {
        MethodCatalog.Find("sgpo").Formulas.Select(formula => formula.Part).ShouldBe(
            ["reward", "reward.measure", "reward.shaping", "advantage", "loss"]);
    }

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } target => target.Value.Split('.')[^1],
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    private static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
